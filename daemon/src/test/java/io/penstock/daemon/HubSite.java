package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.SummaryCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A hub in a folder, in a process of its own, with its sites' keys. */
final class HubSite {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());

    private final Path folder;

    HubSite(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        Files.createDirectories(folder.resolve("sites"));
    }

    /** @param tables beside the sites and the store */
    Path config(String store, String... tables) throws IOException {
        return Files.writeString(
                folder.resolve("hub.toml"), "sites = \"sites\"\n[store]\n" + store + "\n" + String.join("", tables));
    }

    static String sqlite() {
        return "file = \"hub.db\"";
    }

    static String broker(String uri) {
        return "[mqtt]\nbroker = \"" + uri + "\"\n";
    }

    static String publish(String uri) {
        return "[publish]\nbroker = \"" + uri + "\"\n";
    }

    /** A key line as both ends have it, and the site's assets. */
    Path site(String name, String keyLine, String... assets) throws IOException {
        Path keys = Files.writeString(folder.resolve("sites").resolve(name + ".keys"), keyLine + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        if (assets.length > 0) {
            Files.writeString(
                    folder.resolve("sites").resolve(name + ".toml"),
                    "assets = [\"" + String.join("\", \"", assets) + "\"]\n");
        }
        return keys;
    }

    /** A sealed summary of the first asset, told at a minute since 2026. */
    static byte[] frame(FrameKey key, long counter, long minutes, Severity severity) {
        Summary summary = new Summary(
                0,
                (int) (minutes % 4_096),
                minutes,
                "imbalance",
                severity,
                0.6,
                false,
                List.of(new Summary.Evidence("kurtosis_high", "1", 12.3)));
        return FrameSeal.seal(
                key,
                counter,
                FrameContent.pack(CODEC, List.of(summary), FrameSeal.LONGEST - 40)
                        .content());
    }

    /** A hub that runs until it is killed. */
    record Running(Process process, Path log) implements AutoCloseable {
        /** SIGKILL, and waits until it is gone. */
        void kill() throws InterruptedException {
            process.destroyForcibly();
            process.waitFor();
        }

        /** SIGTERM, as the service manager stops it. */
        void stop() throws InterruptedException {
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("stopped in order")
                    .isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Returns once it runs and listens to what it was told to. */
    Running start(String... lines) throws IOException {
        Path log = Files.createTempFile(folder, "hub", ".log");
        Process process = DaemonProcess.command(
                log,
                Map.of("PENSTOCK_LOG", "INFO"),
                "hub",
                "run",
                "--config",
                folder.resolve("hub.toml").toString());
        for (String line :
                Stream.concat(Stream.of("the hub runs"), Stream.of(lines)).toList()) {
            await("the hub says " + line)
                    .atMost(PATIENCE)
                    .failFast("the hub ended, see " + log, () -> !process.isAlive())
                    .until(() -> Files.readString(log).contains(line));
        }
        return new Running(process, log);
    }

    /** What a command of the hub's prints. */
    String said(int exitCode, String... arguments) throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "said", ".txt");
        List<String> line = new ArrayList<>(List.of("hub"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--config", folder.resolve("hub.toml").toString()));
        Process process = DaemonProcess.command(log, line.toArray(String[]::new));
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(log);
        assertThat(process.exitValue()).as(said).isEqualTo(exitCode);
        return said;
    }

    static List<JsonNode> objects(String lines) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            objects.add(JSON.readTree(line));
        }
        return objects;
    }
}
