package io.penstock.models.worker;

import io.penstock.models.store.InstalledModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One piece of work on a model file in a process of its own, which ends with it: how fast it is, or the same in another
 * quantization. Checked before, as a worker's model is.
 */
public final class NativeTask {
    /** llama_ftype of llama.cpp 0.5.0, by the name a person says. */
    public static final Map<String, Integer> QUANTIZATIONS =
            Map.of("F32", 0, "F16", 1, "Q4_0", 2, "Q4_1", 3, "Q8_0", 7, "Q4_K_M", 15, "Q5_K_M", 17, "Q6_K", 18);

    private static final String TOOL = "io.penstock.models.llama.NativeTool";
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int TAIL_CHARS = 400;

    private NativeTask() {}

    /**
     * How fast a model is, without a grammar.
     *
     * @param read tokens a second of a prompt of 256
     * @param written tokens a second, one by one after it
     */
    public record Speed(double read, double written) {}

    /** The work could not be done; the message says why. */
    public static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }

    /** Measures a model: the median of some rounds after one that warms up. */
    public static Speed speed(InstalledModel model, InstalledModel natives, int threads, int rounds)
            throws Failed, IOException, InterruptedException {
        refuseUnsound(model);
        refuseUnsound(natives);
        String said = run(
                LIMIT,
                List.of(
                        "speed",
                        model.file().toAbsolutePath().toString(),
                        natives.folder().toAbsolutePath().toString(),
                        Integer.toString(threads),
                        Integer.toString(rounds)));
        for (String line : said.lines().toList()) {
            String[] words = line.split(" ");
            if (words.length == 3 && words[0].equals("speed")) {
                return new Speed(Double.parseDouble(words[1]), Double.parseDouble(words[2]));
            }
        }
        throw new Failed("measuring " + model.file() + ": no figures came, but \"" + said.strip() + "\"");
    }

    /**
     * Writes a model in another quantization, by llama.cpp's own quantizer. From a file that is quantized already it brings no precision
     * back: what was lost stays lost.
     *
     * @param to written whole or not at all
     * @param quantization of {@link #QUANTIZATIONS}
     */
    public static void quantize(InstalledModel model, Path to, InstalledModel natives, String quantization, int threads)
            throws Failed, IOException, InterruptedException {
        Integer type = QUANTIZATIONS.get(quantization);
        if (type == null) {
            throw new Failed("quantization " + quantization + " is unknown; expected one of "
                    + QUANTIZATIONS.keySet().stream().sorted().toList());
        }
        refuseUnsound(model);
        refuseUnsound(natives);
        Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            run(
                    LIMIT,
                    List.of(
                            "quantize",
                            model.file().toAbsolutePath().toString(),
                            part.toAbsolutePath().toString(),
                            natives.folder().toAbsolutePath().toString(),
                            Integer.toString(type),
                            Integer.toString(threads)));
            Files.move(part, to, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void refuseUnsound(InstalledModel model) throws Failed {
        if (model.verify() instanceof InstalledModel.Verdict.Unsound unsound) {
            throw new Failed(unsound.problem());
        }
    }

    /**
     * Runs the tool and gives what it wrote to its standard output.
     *
     * @param limit after which it is killed
     */
    static String run(Duration limit, List<String> arguments) throws Failed, IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "-Xms16m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:+ErrorFileToStderr",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path", ""),
                TOOL));
        command.addAll(arguments);
        Path log = Files.createTempFile("penstock-tool", ".log");
        Path out = Files.createTempFile("penstock-tool", ".out");
        Process process = null;
        try {
            // a file: reading from a pipe would wait for the process past every limit
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectError(log.toFile()).redirectOutput(out.toFile());
            builder.environment().put("GGML_NO_BACKTRACE", "1");
            process = builder.start();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Failed(arguments.getFirst() + " did not end within " + limit);
            }
            if (process.exitValue() != 0) {
                throw new Failed(arguments.getFirst() + " of " + arguments.get(1) + " ended with exit code "
                        + process.exitValue() + ": " + tail(log));
            }
            return Files.readString(out);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(log);
            Files.deleteIfExists(out);
        }
    }

    private static String tail(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .replaceAll("\\p{Cntrl}+", " ")
                .strip();
        return text.substring(Math.max(0, text.length() - TAIL_CHARS));
    }
}
