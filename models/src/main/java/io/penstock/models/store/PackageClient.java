package io.penstock.models.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Runs one ordinary command line client as a child process and watches a folder grow meanwhile. */
final class PackageClient {
    private static final long LOOK_EVERY_MILLIS = 250;
    private static final int TAIL_CHARS = 600;

    /** The command is not installed. */
    static final class Missing extends Exception {
        private static final long serialVersionUID = 1L;

        Missing(String command, Throwable cause) {
            super("command " + command + " is not installed", cause);
        }
    }

    /**
     * How it ended.
     *
     * @param exit its exit code, 124 when we killed it at the limit
     * @param said the last of what it printed, in one line
     */
    record Outcome(int exit, String said) {}

    private final Duration limit;

    PackageClient(Duration limit) {
        this.limit = limit;
    }

    /**
     * Runs it.
     *
     * @param watched folder whose size is reported
     * @throws Missing when there is no such command
     * @throws IOException when its output cannot be kept
     */
    Outcome run(List<String> command, Map<String, String> environment, Path watched, LongConsumer size)
            throws Missing, IOException, InterruptedException {
        Path log = Files.createTempFile(watched, "client", ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(watched.toFile());
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            Files.deleteIfExists(log);
            throw new Missing(command.getFirst(), e);
        }
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                size.accept(sizeOf(watched));
                if (System.nanoTime() > end) {
                    process.destroyForcibly();
                    return new Outcome(124, "no end after " + limit.toMinutes() + " minutes; " + tail(log));
                }
            }
            return new Outcome(process.exitValue(), tail(log));
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(log);
        }
    }

    private static String tail(Path log) throws IOException {
        byte[] all = Files.readAllBytes(log);
        String text = new String(all, StandardCharsets.UTF_8)
                .replaceAll("\\p{Cntrl}+", " ")
                .strip();
        return text.length() <= TAIL_CHARS ? text : "... " + text.substring(text.length() - TAIL_CHARS);
    }

    private static long sizeOf(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(PackageClient::sizeOfOne).sum();
        } catch (IOException | UncheckedIOException vanishedMeanwhile) {
            return 0;
        }
    }

    private static long sizeOfOne(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException vanishedMeanwhile) {
            return 0;
        }
    }
}
