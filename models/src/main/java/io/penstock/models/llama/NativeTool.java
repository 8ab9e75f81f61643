package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * A process that does one thing with a model file and ends: measures how fast it reads and writes, or writes it in another
 * quantization. Ends with its parent: standard input stays open as long as that lives.
 */
public final class NativeTool {
    /** Tokens read and tokens written in one round. */
    private static final int PROMPT_TOKENS = 256;

    private static final int WRITTEN_TOKENS = 64;
    private static final int CONTEXT_TOKENS = 512;
    /** llama_model_quantize_params of 0.5.0 is 64 bytes; room to spare. */
    private static final int QUANTIZE_PARAMS_BYTES = 256;

    private static final String TEXT =
            "The bearing at the drive end shows lines of its outer race, and the oil is warmer than it was. ";

    private NativeTool() {}

    /** {@code speed FILE NATIVES THREADS ROUNDS} or {@code quantize FROM TO NATIVES FTYPE THREADS}. */
    public static void main(String[] args) {
        Thread watch = new Thread(NativeTool::endWithParent, "parent");
        watch.setDaemon(true);
        watch.start();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int exit = 0;
        try {
            switch (args[0]) {
                case "speed" ->
                    out.println(speed(
                            Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4])));
                case "quantize" ->
                    quantize(
                            Path.of(args[1]),
                            Path.of(args[2]),
                            Path.of(args[3]),
                            Integer.parseInt(args[4]),
                            Integer.parseInt(args[5]));
                default -> throw new LlamaFailure("unknown work " + args[0]);
            }
        } catch (LlamaFailure | OverBudget e) {
            System.err.println(e.getMessage());
            exit = 1;
        }
        Runtime.getRuntime().halt(exit);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException e) {
            System.err.println("watching standard input: " + e);
        }
        Runtime.getRuntime().halt(3);
    }

    /** Tokens a second read in batches, and written one by one without a grammar; the median of the rounds. */
    private static String speed(Path file, Path natives, int threads, int rounds) throws LlamaFailure, OverBudget {
        LlamaLibrary library = new LlamaLibrary(natives);
        NativeLog log = new NativeLog();
        log.attach(library);
        library.checkLayouts();
        LlamaEngine.startBackend(library, natives, log);
        LlamaModel model = new LlamaModel(library, log, file);
        LlamaContext context = new LlamaContext(model, CONTEXT_TOKENS, LlamaEngine.MAX_LABELS + 1, threads, threads);
        int[] prompt = Arrays.copyOf(model.tokens(TEXT.repeat(40)), PROMPT_TOKENS);
        double[] read = new double[rounds];
        double[] written = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            context.clear();
            long begun = System.nanoTime();
            context.decodeAll(prompt, 0, prompt.length, 0, true);
            long between = System.nanoTime();
            for (int i = 0; i < WRITTEN_TOKENS; i++) {
                int token = GrammarWalk.mostProbable(context.logits(-1));
                context.decodeAll(new int[] {token}, 0, 1, prompt.length + i, true);
            }
            long end = System.nanoTime();
            // the first round warms up
            if (round >= 0) {
                read[round] = PROMPT_TOKENS * 1e9 / (between - begun);
                written[round] = WRITTEN_TOKENS * 1e9 / (end - between);
            }
        }
        Arrays.sort(read);
        Arrays.sort(written);
        return String.format(Locale.ROOT, "speed %.3f %.3f", read[rounds / 2], written[rounds / 2]);
    }

    private static void quantize(Path from, Path to, Path natives, int type, int threads) throws LlamaFailure {
        LlamaLibrary library = new LlamaLibrary(natives);
        NativeLog log = new NativeLog();
        log.attach(library);
        library.checkLayouts();
        LlamaEngine.startBackend(library, natives, log);
        MethodHandle quantize =
                library.bound("llama_model_quantize", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(QUANTIZE_PARAMS_BYTES, 8);
            library.quantizeDefaults(params);
            if (params.get(JAVA_INT, 4) != 7 || params.get(JAVA_BYTE, 17) != 1) {
                throw new LlamaFailure(
                        "llama_model_quantize_default_params is another release's; install the pinned natives again");
            }
            params.set(JAVA_INT, 0, threads); // nthread
            params.set(JAVA_INT, 4, type); // ftype
            params.set(JAVA_BYTE, 16, (byte) 1); // allow_requantize
            int result = (int) quantize.invokeExact(
                    arena.allocateFrom(from.toString()), arena.allocateFrom(to.toString()), params);
            if (result != 0) {
                throw new LlamaFailure("llama.cpp could not write " + to + ": " + log.drain());
            }
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }
}
