package io.penstock.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's {@code mosquitto_pub} and {@code mosquitto_sub}. */
final class MosquittoSide implements OtherSide {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALL = "penstock/#";

    private final int port;
    private final Process subscriber;
    private final List<Message> received = new CopyOnWriteArrayList<>();

    MosquittoSide(int port) throws IOException {
        this.port = port;
        subscriber = new ProcessBuilder(line("mosquitto_sub", "-t", ALL, "-q", "1", "-F", "%j"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader lines = subscriber.inputReader(UTF_8);
        Thread.ofVirtual().start(() -> read(lines));
    }

    private void read(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                received.add(message(line));
            }
        } catch (IOException e) {
            if (subscriber.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Message message(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            return new Message(
                    json.path("topic").asText(),
                    json.path("retain").asInt() == 1,
                    json.path("payload").asText(),
                    System.nanoTime());
        } catch (IOException e) {
            throw new UncheckedIOException("mosquitto_sub said " + line, e);
        }
    }

    private List<String> line(String program, String... arguments) {
        return Stream.concat(
                        Stream.of(program, "-h", "127.0.0.1", "-p", Integer.toString(port), "-V", "mqttv5"),
                        Stream.of(arguments))
                .toList();
    }

    @Override
    public void publish(String topic, String payload) throws Exception {
        run(new ProcessBuilder(line("mosquitto_pub", "-t", topic, "-q", "1", "-m", payload)));
    }

    /** One message a line of the file, as fast as the broker takes them. */
    void publishLines(String topic, Path file) throws Exception {
        run(new ProcessBuilder(line("mosquitto_pub", "-t", topic, "-q", "1", "-l")).redirectInput(file.toFile()));
    }

    private static void run(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.PIPE)
                .start();
        String error = new String(process.getErrorStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(builder.command() + " ended with " + process.exitValue() + ": " + error);
        }
    }

    @Override
    public List<Message> received() {
        return List.copyOf(received);
    }

    @Override
    public List<Message> retained() throws Exception {
        Process process = new ProcessBuilder(line("mosquitto_sub", "-t", ALL, "-W", "3", "-F", "%j", "--retained-only"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<Message> all = new ArrayList<>();
        try (BufferedReader lines = process.inputReader(UTF_8)) {
            lines.lines().forEach(line -> all.add(message(line)));
        }
        process.waitFor(10, TimeUnit.SECONDS);
        return all;
    }

    @Override
    public void close() {
        subscriber.destroy();
    }
}
