package io.penstock.packaging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that was run to its end.
 *
 * @param exitCode its own, or -1 when it was killed at the deadline
 * @param output what it wrote on both streams
 */
record Ran(int exitCode, String output) {
    private static final long DEADLINE_SECONDS = 180;

    static Ran program(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("ran", ".txt");
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            return new Ran(ended ? process.exitValue() : -1, Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    /** Whether that program is in one of the usual folders. */
    static boolean has(String program) {
        return List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin").stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
