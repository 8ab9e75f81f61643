package io.penstock.daemon.cli;

import io.penstock.models.manifest.ModelFile;
import io.penstock.models.store.InstalledModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another program that embeds texts, to compare with: a text a line to its standard input, and back for each a line with the seconds
 * of processor time it took. What it says on standard error is shown.
 */
final class RoutePeer implements AutoCloseable {
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
        return new RoutePeer(
                command,
                new ProcessBuilder(words)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /**
     * Processor time it takes to embed these, one after the other.
     *
     * @throws IOException when it ended, or answered something else than seconds
     */
    double processorSeconds(List<String> some) throws IOException {
        double sum = 0;
        for (String text : some) {
            String answer = answer(text.replaceAll("\\R", " ") + "\n");
            try {
                sum += Double.parseDouble(answer);
            } catch (NumberFormatException e) {
                throw new IOException(
                        "peer " + command + " answered \"" + answer + "\", expected seconds of processor time", e);
            }
        }
        return sum;
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
        return new IOException("peer " + command + " ended before it answered; what it needs it may have said above", cause);
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
