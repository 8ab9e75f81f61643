package io.penstock.daemon.cli;

import io.penstock.models.manifest.ModelFile;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.worker.WorkerSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another program that embeds texts, to compare with: a text a line to its standard input, and back for each a line with the seconds
 * of processor time it took. What it says on standard error is shown.
 */
final class RoutePeer implements AutoCloseable {
    /** It waits for a processor as the embedder's process does. */
    private static final Path NICE = Path.of("/usr/bin/nice");

    private final String command;
    private final Process process;
    private final OutputStream texts;
    private final BufferedReader answers;

    private RoutePeer(String command, Process process) {
        this.command = command;
        this.process = process;
        this.texts = process.getOutputStream();
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Starts it on a model.
     *
     * @param command program and arguments, blanks between them
     */
    static RoutePeer start(String command, InstalledModel model) throws IOException {
        List<String> words = new ArrayList<>(List.of(command.strip().split("\\s+")));
        for (ModelFile file : model.manifest().files()) {
            words.add(model.file(file.name()).toString());
        }
        words.add("-");
        if (Files.isExecutable(NICE)) {
            words.addAll(
                    0,
                    List.of(
                            NICE.toString(),
                            "-n",
                            Integer.toString(WorkerSettings.defaults().niceness())));
        }
        return new RoutePeer(
                command,
                new ProcessBuilder(words)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /**
     * Processor time it takes to embed a text.
     *
     * @throws IOException when it ended, or answered something else than seconds
     */
    double processorSeconds(String text) throws IOException {
        String answer = answer(text.replaceAll("\\R", " ") + "\n");
        try {
            return Double.parseDouble(answer);
        } catch (NumberFormatException e) {
            throw new IOException(
                    "peer " + command + " answered \"" + answer + "\", expected seconds of processor time", e);
        }
    }

    private String answer(String line) throws IOException {
        @Nullable String answer = null;
        try {
            texts.write(line.getBytes(StandardCharsets.UTF_8));
            texts.flush();
            answer = answers.readLine();
        } catch (IOException broken) {
            throw ended(broken);
        }
        if (answer == null) {
            throw ended(null);
        }
        return answer;
    }

    private IOException ended(@Nullable IOException cause) {
        return new IOException(
                "peer " + command + " ended before it answered; what it needs it may have said above", cause);
    }

    @Override
    public void close() throws IOException {
        try {
            texts.close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
