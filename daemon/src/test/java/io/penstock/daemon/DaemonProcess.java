package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.health.StatusSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The daemon as systemd would run it: {@code penstock run --config FILE} in a process of its own. */
final class DaemonProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(120);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path log;
    private final Path socket;

    private DaemonProcess(Process process, Path log, Path socket) {
        this.process = process;
        this.log = log;
        this.socket = socket;
    }

    /** Any command line of penstock; its output goes to the file. */
    static Process command(Path log, String... arguments) throws IOException {
        return command(log, Map.of(), arguments);
    }

    /** @param environment beside this process's own */
    static Process command(Path log, Map<String, String> environment, String... arguments) throws IOException {
        List<String> line = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xmx384m",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "io.penstock.daemon.GatewayMain"),
                        Stream.of(arguments))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Returns once the daemon answers on its status socket. */
    static DaemonProcess start(Path config) throws IOException {
        Path folder = config.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(config + " lies in no folder");
        }
        // the file that a killed daemon leaves would answer nobody
        Files.deleteIfExists(folder.resolve("penstock.sock"));
        Path log = folder.resolve("daemon.log");
        DaemonProcess daemon = new DaemonProcess(
                command(log, "run", "--config", config.toString()), log, folder.resolve("penstock.sock"));
        try {
            await("the daemon answers")
                    .atMost(START)
                    .failFast("the daemon ended, see " + log, () -> !daemon.process.isAlive())
                    .until(() -> StatusSocket.ask(daemon.socket).isPresent());
        } catch (RuntimeException e) {
            String said = daemon.log();
            daemon.close();
            throw new IllegalStateException("the daemon did not start; it said:\n" + said, e);
        }
        return daemon;
    }

    /** What {@code penstock status} reads. */
    JsonNode status() throws IOException {
        Optional<String> answer = StatusSocket.ask(socket);
        return JSON.readTree(answer.orElseThrow(() -> new IOException("the daemon does not answer at " + socket)));
    }

    /** Whether every source is connected and subscribed: a reading sent before is nobody's. */
    boolean connected() throws IOException {
        for (JsonNode source : status().path("sources")) {
            if (!source.path("state").asText().equals("running")) {
                return false;
            }
        }
        return true;
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** SIGKILL, and waits until the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** SIGTERM, as the service manager stops it; returns when all is closed. Java then ends with 128 + 15. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException("the daemon still ran 60 s after SIGTERM");
        }
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(socket).as("closed in order").doesNotExist();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
