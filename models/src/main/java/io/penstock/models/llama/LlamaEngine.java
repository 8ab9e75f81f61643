package io.penstock.models.llama;

import io.penstock.models.language.Completion;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.ModelManifest;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One model that scores labels and writes under a grammar, in one context: what is asked about a question whose cells are
 * still there begins at once. Not for several threads, but for {@link #writingSteps}.
 */
public final class LlamaEngine {
    /** Labels one question may have. */
    public static final int MAX_LABELS = 32;

    private final LlamaModel model;
    private final ModelManifest.Template template;
    private final int contextTokens;
    private final String device;
    private final LlamaContext context;
    private final LoraAdapters adapters;
    private volatile boolean writing;

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
            LlamaContext context,
            LoraAdapters adapters,
            String device) {
        this.model = model;
        this.template = template;
        this.contextTokens = contextTokens;
        this.context = context;
        this.adapters = adapters;
        this.device = device;
    }

    /**
     * Loads the library and the model.
     *
     * @param adapterFiles LoRA adapters by name; one that cannot be used is left out, see {@link #unusableAdapters}
     * @param natives folder of the shared libraries
     * @param contextTokens wished for; never more than the model was trained on
     * @throws LlamaFailure with the library's own reason
     */
    public static LlamaEngine load(
            Path file,
            Map<String, Path> adapterFiles,
            Path natives,
            ModelManifest.Template template,
            int contextTokens,
            int threads,
            int threadsBatch)
            throws LlamaFailure {
        LlamaLibrary library = new LlamaLibrary(natives);
        NativeLog log = new NativeLog();
        log.attach(library);
        library.checkLayouts();
        String device = startBackend(library, natives, log);
        LlamaModel model = new LlamaModel(library, log, file);
        int trained = model.trainedContextTokens();
        int most = trained > 0 ? Math.min(trained, ModelManifest.MAX_CONTEXT_TOKENS) : contextTokens;
        int room = Math.min(contextTokens, most);
        // a template the model lacks is found now, not at the first question
        model.tokens(ChatLayout.of(template, new Prompt("", "")).fixed(), true);
        LoraAdapters adapters = new LoraAdapters(model, adapterFiles);
        LlamaContext context = new LlamaContext(model, room, MAX_LABELS + 1, threads, threadsBatch);
        return new LlamaEngine(model, template, room, context, adapters, device);
    }

    static String startBackend(LlamaLibrary library, Path natives, NativeLog log) throws LlamaFailure {
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

    /** Why adapters cannot be used, by name. */
    public Map<String, String> unusableAdapters() {
        return adapters.unusable();
    }

    /**
     * Questions are answered through this adapter from now on; the kept prefix is another one's, and read again.
     *
     * @param adapter empty for the base alone
     */
    public void use(String adapter) throws LlamaFailure {
        context.use(adapters, adapter);
    }

    /** Reads an instruction ahead, so that the first question need not. */
    public void read(String instruction) throws LlamaFailure, OverBudget {
        context.until(Long.MAX_VALUE);
        context.keepPrefix(tokens(new Prompt(instruction, "")).fixed(), new int[0]);
    }

    /**
     * Steps of computing, a thousand or so a token: as long as a text is written they grow. Zero while none is, or its prompt is still
     * read, because a single step of that may take seconds. From any thread.
     */
    public long writingSteps() {
        return writing ? context.steps() : 0;
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
     * shared with one sequence a label, the question's tokens belong to all of them, each label's tokens to its own and to
     * those that begin alike. Always this one layout: other layouts of the same question differ by up to 0.3 nat.
     */
    public Scores score(Prompt prompt, List<String> labels, Duration budget) throws LlamaFailure, OverBudget {
        if (labels.size() < 2 || labels.size() > MAX_LABELS) {
            throw new LlamaFailure("asked to score " + labels.size() + " labels, expected 2 to " + MAX_LABELS);
        }
        context.until(System.nanoTime() + budget.toNanos());
        Tokens tokens = tokens(prompt);
        List<int[]> labelTokens = new ArrayList<>();
        for (String label : labels) {
            int[] ofLabel = model.tokens(label);
            if (ofLabel.length == 0) {
                throw new LlamaFailure("label \"" + label + "\" has no token");
            }
            labelTokens.add(ofLabel);
        }
        LabelTree tree = LabelTree.of(labelTokens);
        int extra = tree.nodes().size();
        refuseTooLong(tokens.count(), extra);
        if (extra >= LlamaContext.BATCH_TOKENS) {
            throw new LlamaFailure("the labels have " + extra + " tokens, at most " + (LlamaContext.BATCH_TOKENS - 1)
                    + " fit one batch; use fewer or shorter labels");
        }
        int sequences = labels.size() + 1;
        int reused = context.keepPrefix(tokens.fixed(), tokens.shared());
        try {
            // of a question longer than a batch the first part goes ahead, and only its end shares the labels' batch
            int ahead = Math.max(0, tokens.asked().length - (LlamaContext.BATCH_TOKENS - extra));
            context.decodeAll(tokens.asked(), 0, ahead, tokens.kept(), false);
            for (int sequence = 1; sequence < sequences; sequence++) {
                context.shareWith(sequence);
            }
            return new Scores(scoreBatch(tokens, ahead, tree), tokens.count(), reused);
        } finally {
            context.backToPrefix(sequences);
        }
    }

    private List<Double> scoreBatch(Tokens prompt, int ahead, LabelTree tree) throws LlamaFailure, OverBudget {
        int[] asked = prompt.asked();
        int[] everySequence = IntStream.rangeClosed(0, tree.labels().size()).toArray();
        try (Arena arena = Arena.ofConfined()) {
            LlamaContext.Batch batch = new LlamaContext.Batch(
                    arena, asked.length - ahead + tree.nodes().size(), everySequence.length);
            int last = 0;
            for (int i = ahead; i < asked.length; i++) {
                last = batch.add(asked[i], prompt.kept() + i, i == asked.length - 1, everySequence);
            }
            for (LabelTree.Node node : tree.nodes()) {
                batch.add(node.token(), prompt.count() + node.depth(), true, node.sequences());
            }
            context.decode(batch);
            double[] sums = new double[tree.labels().size()];
            for (int node = -1; node < tree.nodes().size(); node++) {
                float[] logits = context.logits(last + 1 + node);
                double logSum = logSumExp(logits);
                for (int label = 0; label < sums.length; label++) {
                    int[] tokens = tree.labels().get(label);
                    for (int depth = 0; depth < tokens.length; depth++) {
                        if (tree.before(label, depth) == node) {
                            sums[label] += logits[tokens[depth]] - logSum;
                        }
                    }
                }
            }
            return Arrays.stream(sums).boxed().toList();
        }
    }

    private static double logSumExp(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    /** The most probable text the grammar allows, token by token where the grammar leaves a choice. */
    public Text complete(Prompt prompt, String grammar, int maxTokens, Duration budget)
            throws LlamaFailure, OverBudget {
        if (grammar.isBlank()) {
            throw new LlamaFailure("the grammar is empty: llama.cpp would write anything");
        }
        if (grammar.indexOf('\0') >= 0) {
            throw new LlamaFailure("the grammar holds a NUL: llama.cpp would read it only up to there");
        }
        context.until(System.nanoTime() + budget.toNanos());
        Tokens tokens = tokens(prompt);
        refuseTooLong(tokens.count(), maxTokens);
        try (GrammarWalk walk = new GrammarWalk(model, grammar)) {
            int reused = context.keepPrefix(tokens.fixed(), tokens.shared());
            try {
                return write(walk, tokens, reused, maxTokens);
            } finally {
                writing = false;
                context.backToPrefix(1);
            }
        }
    }

    /** What the grammar forces goes into one batch with what was chosen before it. */
    private Text write(GrammarWalk walk, Tokens prompt, int reused, int maxTokens) throws LlamaFailure, OverBudget {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int written = 0;
        int[] next = prompt.asked();
        int position = prompt.kept();
        try (Arena arena = Arena.ofConfined()) {
            while (true) {
                GrammarWalk.Forced forced = walk.force(maxTokens - written);
                for (int token : forced.tokens()) {
                    model.append(token, text, arena);
                }
                written += forced.tokens().length;
                if (forced.ended() || written == maxTokens) {
                    Completion.Stop stop = forced.ended() ? Completion.Stop.END : Completion.Stop.LENGTH;
                    return new Text(text.toString(StandardCharsets.UTF_8), prompt.count(), reused, written, stop);
                }
                next = joined(next, forced.tokens());
                context.decodeAll(next, 0, next.length, position, true);
                writing = true;
                position += next.length;
                int token = walk.choose(context.logits(-1));
                if (model.isEnd(token)) {
                    return new Text(
                            text.toString(StandardCharsets.UTF_8),
                            prompt.count(),
                            reused,
                            written,
                            Completion.Stop.END);
                }
                walk.accept(token);
                model.append(token, text, arena);
                written++;
                next = new int[] {token};
            }
        }
    }

    private static int[] joined(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** A prompt cut into what is kept after the answer and what is not. */
    private record Tokens(int[] fixed, int[] shared, int[] asked) {
        int kept() {
            return fixed.length + shared.length;
        }

        int count() {
            return kept() + asked.length;
        }
    }

    private Tokens tokens(Prompt prompt) throws LlamaFailure {
        ChatLayout layout = ChatLayout.of(template, prompt);
        return new Tokens(
                model.tokens(layout.fixed(), true),
                model.tokens(layout.shared(), false),
                model.tokens(layout.asked(), false));
    }

    private void refuseTooLong(int prompt, int more) throws LlamaFailure {
        if (prompt + more > contextTokens) {
            throw new LlamaFailure("the prompt has " + prompt + " tokens and the answer may take " + more
                    + ", but the context holds " + contextTokens + "; shorten the evidence or raise context_tokens");
        }
    }
}
