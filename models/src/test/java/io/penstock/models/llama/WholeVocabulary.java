package io.penstock.models.llama;

import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.ModelManifest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A process that writes each answer twice: as {@link LlamaEngine} does, and token by token with the whole vocabulary held against the
 * grammar.
 */
final class WholeVocabulary {
    private static final int MOST_TOKENS = 60;

    private WholeVocabulary() {}

    /** Takes the model's file and the folder of the libraries; prints a line an answer, each twice. */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        LlamaEngine engine = LlamaEngine.load(
                Path.of(args[0]), java.util.Map.of(), Path.of(args[1]), ModelManifest.Template.CHATML, 1024, 1, 1);
        LlamaLibrary library = new LlamaLibrary(Path.of(args[1]));
        LlamaModel model = new LlamaModel(library, new NativeLog(), Path.of(args[0]));
        LlamaContext context = new LlamaContext(model, 1024, LlamaEngine.MAX_LABELS + 1, 1, 1);
        for (Prompt prompt : GreedyTextTest.PROMPTS) {
            LlamaEngine.Text text = engine.complete(prompt, GreedyTextTest.GRAMMAR, MOST_TOKENS, Duration.ofMinutes(1));
            out.println(text.text());
            out.println(plainly(model, context, prompt));
        }
    }

    private static String plainly(LlamaModel model, LlamaContext context, Prompt prompt) throws Exception {
        ChatLayout layout = ChatLayout.of(ModelManifest.Template.CHATML, prompt);
        int[] fixed = model.tokens(layout.fixed(), true);
        int[] asked = model.tokens(layout.asked(), false);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofConfined();
                GrammarWalk walk = new GrammarWalk(model, GreedyTextTest.GRAMMAR)) {
            context.keepPrefix(fixed, new int[0]);
            context.decodeAll(asked, 0, asked.length, fixed.length, true);
            for (int position = fixed.length + asked.length; ; position++) {
                int token = mostProbableAllowed(walk, context.logits(-1));
                if (model.isEnd(token)) {
                    break;
                }
                walk.accept(token);
                model.append(token, text, arena);
                context.decodeAll(new int[] {token}, 0, 1, position, true);
            }
        }
        context.backToPrefix(1);
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Every token in the order of its probability, until one is allowed. */
    private static int mostProbableAllowed(GrammarWalk walk, float[] logits) throws LlamaFailure {
        List<Integer> byProbability = IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                .toList();
        for (int token : byProbability) {
            if (walk.allows(token)) {
                return token;
            }
        }
        throw new IllegalStateException("nothing is allowed");
    }
}
