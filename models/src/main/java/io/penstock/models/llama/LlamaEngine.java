package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.penstock.models.language.Completion;
import io.penstock.models.manifest.ModelManifest;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One model that scores labels and writes under a grammar. Scoring and writing have a context each, so that each keeps
 * its own instruction's cells and neither moves the other's layout. Not for several threads.
 */
public final class LlamaEngine {
    /** Labels one question may have. */
    public static final int MAX_LABELS = 32;

    private final LlamaModel model;
    private final ModelManifest.Template template;
    private final int contextTokens;
    private final int threads;
    private final int threadsBatch;
    private final String device;
    private @Nullable LlamaContext scoring;
    private @Nullable LlamaContext writing;

    /**
     * Log-probabilities of labels.
     *
     * @param logProbabilities natural logarithms in the order asked
     * @param promptTokens of the whole prompt
     * @param reusedTokens of them, kept from before
     */
    public record Scores(List<Double> logProbabilities, int promptTokens, int reusedTokens) {}

    /**
     * A written text.
     *
     * @param text as generated
     * @param promptTokens of the whole prompt
     * @param reusedTokens of them, kept from before
     * @param generatedTokens written
     * @param stop why it ended
     */
    public record Text(String text, int promptTokens, int reusedTokens, int generatedTokens, Completion.Stop stop) {}

    private LlamaEngine(
            LlamaModel model,
            ModelManifest.Template template,
            int contextTokens,
            int threads,
            int threadsBatch,
            String device) {
        this.model = model;
        this.template = template;
        this.contextTokens = contextTokens;
        this.threads = threads;
        this.threadsBatch = threadsBatch;
        this.device = device;
    }

    /**
     * Loads the library and the model.
     *
     * @param natives folder of the shared libraries
     * @param contextTokens wished for; never more than the model was trained on
     * @throws LlamaFailure with the library's own reason
     */
    public static LlamaEngine load(
            Path file, Path natives, ModelManifest.Template template, int contextTokens, int threads, int threadsBatch)
            throws LlamaFailure {
        LlamaLibrary library = new LlamaLibrary(natives);
        NativeLog log = new NativeLog();
        log.attach(library);
        library.checkLayouts();
        String device = startBackend(library, natives, log);
        LlamaModel model = new LlamaModel(library, log, file);
        int trained = model.trainedContextTokens();
        int most = trained > 0 ? Math.min(trained, ModelManifest.MAX_CONTEXT_TOKENS) : contextTokens;
        LlamaEngine engine =
                new LlamaEngine(model, template, Math.min(contextTokens, most), threads, threadsBatch, device);
        // a template the model lacks is found now, not at the first question
        ChatLayout probe = ChatLayout.of(template, "", "");
        model.tokens(probe.fixed(), true);
        engine.scoring();
        return engine;
    }

    private static String startBackend(LlamaLibrary library, Path natives, NativeLog log) throws LlamaFailure {
        try (Arena arena = Arena.ofConfined()) {
            library.ggmlBackendLoadAllFromPath.invokeExact(arena.allocateFrom(natives.toString()));
            long devices = (long) library.ggmlBackendDevCount.invokeExact();
            if (devices == 0) {
                throw new LlamaFailure("no CPU backend in " + natives + " runs on this processor: " + log.drain());
            }
            library.backendInit.invokeExact();
            MemorySegment info = (MemorySegment) library.printSystemInfo.invokeExact();
            return info.reinterpret(4096).getString(0).strip();
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** What computes: the processor's features in use. */
    public String device() {
        return device;
    }

    /** Room for prompt and answer. */
    public int contextTokens() {
        return contextTokens;
    }

    /**
     * Exact log-probability of each label as the answer's beginning, all in one batch: the kept prefix in sequence 0 is
     * shared with one sequence a label, the question's tokens belong to all of them, each label's tokens to its own.
     * Always this one layout: other layouts of the same question differ by up to 0.3 nat.
     */
    public Scores score(String instruction, String question, List<String> labels, Duration budget)
            throws LlamaFailure, OverBudget {
        if (labels.size() < 2 || labels.size() > MAX_LABELS) {
            throw new LlamaFailure("asked to score " + labels.size() + " labels, expected 2 to " + MAX_LABELS);
        }
        LlamaContext context = scoring();
        context.until(System.nanoTime() + budget.toNanos());
        ChatLayout layout = ChatLayout.of(template, instruction, question);
        int[] fixed = model.tokens(layout.fixed(), true);
        int[] asked = model.tokens(layout.asked(), false);
        List<int[]> labelTokens = new ArrayList<>();
        int extra = 0;
        for (String label : labels) {
            int[] tokens = model.tokens(label);
            if (tokens.length == 0) {
                throw new LlamaFailure("label \"" + label + "\" has no token");
            }
            labelTokens.add(tokens);
            extra += tokens.length - 1;
        }
        int prompt = fixed.length + asked.length;
        refuseTooLong(prompt, extra);
        if (extra >= LlamaContext.BATCH_TOKENS) {
            throw new LlamaFailure("the labels have " + extra + " tokens, at most " + (LlamaContext.BATCH_TOKENS - 1)
                    + " fit one batch; use fewer or shorter labels");
        }
        int sequences = labels.size() + 1;
        int reused = context.keepPrefix(fixed);
        try {
            // of a question longer than a batch the first part goes ahead, and only its end shares the labels' batch
            int ahead = Math.max(0, asked.length - (LlamaContext.BATCH_TOKENS - extra));
            context.decodeAll(asked, 0, ahead, fixed.length, false);
            for (int sequence = 1; sequence < sequences; sequence++) {
                context.shareWith(sequence);
            }
            return new Scores(scoreBatch(context, asked, ahead, fixed.length, labelTokens, extra), prompt, reused);
        } finally {
            context.backToPrefix(sequences);
        }
    }

    private List<Double> scoreBatch(
            LlamaContext context, int[] asked, int ahead, int fixed, List<int[]> labels, int extra)
            throws LlamaFailure, OverBudget {
        int[] everySequence = IntStream.rangeClosed(0, labels.size()).toArray();
        try (Arena arena = Arena.ofConfined()) {
            LlamaContext.Batch batch =
                    new LlamaContext.Batch(arena, asked.length - ahead + extra, everySequence.length);
            int last = 0;
            for (int i = ahead; i < asked.length; i++) {
                last = batch.add(asked[i], fixed + i, i == asked.length - 1, everySequence);
            }
            int[] firstRow = new int[labels.size()];
            for (int label = 0; label < labels.size(); label++) {
                int[] tokens = labels.get(label);
                firstRow[label] = batch.size();
                for (int i = 0; i + 1 < tokens.length; i++) {
                    batch.add(tokens[i], fixed + asked.length + i, true, label + 1);
                }
            }
            context.decode(batch);
            MemorySegment answerStart = context.logits(last);
            double answerStartLogSum = logSumExp(answerStart);
            List<Double> result = new ArrayList<>();
            for (int label = 0; label < labels.size(); label++) {
                int[] tokens = labels.get(label);
                double sum = answerStart.getAtIndex(JAVA_FLOAT, tokens[0]) - answerStartLogSum;
                for (int i = 1; i < tokens.length; i++) {
                    MemorySegment row = context.logits(firstRow[label] + i - 1);
                    sum += row.getAtIndex(JAVA_FLOAT, tokens[i]) - logSumExp(row);
                }
                result.add(sum);
            }
            return result;
        }
    }

    private static double logSumExp(MemorySegment logits) {
        long count = logits.byteSize() / JAVA_FLOAT.byteSize();
        float max = Float.NEGATIVE_INFINITY;
        for (long i = 0; i < count; i++) {
            max = Math.max(max, logits.getAtIndex(JAVA_FLOAT, i));
        }
        double sum = 0;
        for (long i = 0; i < count; i++) {
            sum += Math.exp(logits.getAtIndex(JAVA_FLOAT, i) - max);
        }
        return max + Math.log(sum);
    }

    /** The most probable text the grammar allows, token by token. */
    public Text complete(String instruction, String question, String grammar, int maxTokens, Duration budget)
            throws LlamaFailure, OverBudget {
        if (grammar.isBlank()) {
            throw new LlamaFailure("the grammar is empty: llama.cpp would write anything");
        }
        if (grammar.indexOf('\0') >= 0) {
            throw new LlamaFailure("the grammar holds a NUL: llama.cpp would read it only up to there");
        }
        LlamaContext context = writing();
        context.until(System.nanoTime() + budget.toNanos());
        ChatLayout layout = ChatLayout.of(template, instruction, question);
        int[] fixed = model.tokens(layout.fixed(), true);
        int[] asked = model.tokens(layout.asked(), false);
        int prompt = fixed.length + asked.length;
        refuseTooLong(prompt, maxTokens);
        try (SamplerChain chain = new SamplerChain(model, grammar)) {
            int reused = context.keepPrefix(fixed);
            try {
                context.decodeAll(asked, 0, asked.length, fixed.length, true);
                return write(context, chain, prompt, reused, maxTokens);
            } finally {
                context.backToPrefix(1);
            }
        }
    }

    private Text write(LlamaContext context, SamplerChain chain, int prompt, int reused, int maxTokens)
            throws LlamaFailure, OverBudget {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Completion.Stop stop = Completion.Stop.LENGTH;
        int written = 0;
        try (Arena arena = Arena.ofConfined()) {
            while (written < maxTokens) {
                int token = context.sample(chain.pointer());
                if (model.isEnd(token)) {
                    stop = Completion.Stop.END;
                    break;
                }
                model.append(token, text, arena);
                written++;
                if (written < maxTokens) {
                    context.decodeAll(new int[] {token}, 0, 1, prompt + written - 1, true);
                }
            }
        }
        return new Text(text.toString(StandardCharsets.UTF_8), prompt, reused, written, stop);
    }

    private void refuseTooLong(int prompt, int more) throws LlamaFailure {
        if (prompt + more > contextTokens) {
            throw new LlamaFailure("the prompt has " + prompt + " tokens and the answer may take " + more
                    + ", but the context holds " + contextTokens + "; shorten the evidence or raise context_tokens");
        }
    }

    private LlamaContext scoring() throws LlamaFailure {
        if (scoring == null) {
            scoring = new LlamaContext(model, contextTokens, MAX_LABELS + 1, threads, threadsBatch);
        }
        return scoring;
    }

    private LlamaContext writing() throws LlamaFailure {
        if (writing == null) {
            writing = new LlamaContext(model, contextTokens, 1, threads, threadsBatch);
        }
        return writing;
    }
}
