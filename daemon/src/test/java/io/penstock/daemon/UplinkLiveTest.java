package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.NodeHealth;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.paho.mqttv5.client.IMqttMessageListener;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metered link from a reading to a frame, with the daemon as it is shipped. */
class UplinkLiveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String KEY_LINE = "7 " + "c3".repeat(44);

    @TempDir
    Path folder;

    private Path key(String permissions) throws Exception {
        Path file = Files.writeString(folder.resolve("uplink.keys"), KEY_LINE + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static String uplink(String link) {
        return "[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\nbytes_per_month = \"20KiB\"\n" + link + "\n";
    }

    private static Path config(TestSite site, EmbeddedBroker broker, String link) throws Exception {
        return site.config(
                new String[] {"pump-2", "pump-1"}, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, uplink(link));
    }

    private static void alarm(EmbeddedBroker broker) throws Exception {
        try (PahoSide plant = new PahoSide(broker.uri())) {
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
        }
    }

    private static List<Path> frames(Path stick) throws Exception {
        try (Stream<Path> files = Files.list(stick)) {
            return files.filter(file -> file.toString().endsWith(".frame")).toList();
        }
    }

    @Test
    void aFaultBecomesAFrameThatTheOtherEndReadsAndAKillSendsNothingTwice() throws Exception {
        TestSite site = new TestSite(folder);
        Path stick = Files.createDirectory(folder.resolve("stick"));
        Path keys = key("rw-------");
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config = config(site, broker, "folder = \"stick\"");
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                alarm(broker);
                await("a frame").atMost(PATIENCE).until(() -> !frames(stick).isEmpty());
                await("marked as sent")
                        .atMost(PATIENCE)
                        .until(() -> number(site, "SELECT count(*) FROM uplink_frame WHERE sent_time > 0") == 1);
                assertThat(daemon.status().path("uplink").asText()).contains("on, frames to the folder", "20480 bytes");
                daemon.kill();
            }
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                daemon.stop();
            }
        }
        assertThat(frames(stick)).hasSize(1);
        assertThat(number(site, "SELECT count(*) FROM uplink_ledger")).isEqualTo(1);
        assertThat(number(site, "SELECT count(*) FROM uplink_summary WHERE frame IS NULL"))
                .isZero();
        Path said = folder.resolve("decoded.txt");
        Process decode = DaemonProcess.command(
                said, "uplink", "decode", "--keys", keys.toString(), "--assets", "pump-2,pump-1", stick.toString());
        assertThat(decode.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(said)).contains("pump-1", "alarm", "bearing_temperature_high 91", "Cel", "open");
        assertThat(decode.exitValue()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void aGatewayTellsThatItLivesAndWhatIsOpen() throws Exception {
        TestSite site = new TestSite(folder);
        Path stick = Files.createDirectory(folder.resolve("stick"));
        key("rw-------");
        SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config = config(site, broker, "folder = \"stick\"\nhealth = \"2s\"");
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                await("listening")
                        .atMost(PATIENCE)
                        .until(() -> gateway.status().sources().stream()
                                .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING));
                alarm(broker);
                await("told").atMost(PATIENCE).until(() -> {
                    for (Path frame : frames(stick)) {
                        byte[] content = FrameSeal.open(Map.of(7, FrameKey.parse(KEY_LINE)), Files.readAllBytes(frame))
                                .content();
                        for (FrameItem item : FrameContent.items(codec, content).orElseThrow()) {
                            if (item instanceof FrameItem.Health(NodeHealth health)
                                    && health.assets().equals(List.of(Optional.empty(), Optional.of(Severity.ALARM)))) {
                                assertThat(health.sources()).isEqualTo(1);
                                assertThat(health.sourcesDown()).isZero();
                                assertThat(health.readings()).isEqualTo(1);
                                assertThat(health.opened()).isEqualTo(1);
                                assertThat(health.freePercent()).isBetween(0, 100);
                                return true;
                            }
                        }
                    }
                    return false;
                });
            }
        }
    }

    @Test
    void aBrokerGetsTheFramesBytesAndNothingElse() throws Exception {
        TestSite site = new TestSite(folder);
        key("rw-r-----");
        List<byte[]> arrived = new CopyOnWriteArrayList<>();
        try (EmbeddedBroker plant = new EmbeddedBroker();
                EmbeddedBroker away = new EmbeddedBroker()) {
            plant.start();
            away.start();
            MqttClient hub = new MqttClient(away.uri(), "hub", new MemoryPersistence());
            hub.connect();
            hub.subscribe(
                    new MqttSubscription[] {new MqttSubscription("#", 1)},
                    new IMqttMessageListener[] {(topic, message) -> arrived.add(message.getPayload())});
            Path config = config(site, plant, "broker = \"" + away.uri() + "\"");
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                await("listening")
                        .atMost(PATIENCE)
                        .until(() -> gateway.status().sources().stream()
                                .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING));
                alarm(plant);
                await("a frame").atMost(PATIENCE).until(() -> !arrived.isEmpty());
                assertThat(gateway.failure()).isNotDone();
            } finally {
                hub.disconnectForcibly(500, 500);
                hub.close(true);
            }
        }
        FrameKey key = FrameKey.parse(KEY_LINE);
        assertThat(arrived).hasSize(1);
        assertThat(arrived.getFirst()).hasSizeLessThanOrEqualTo(48);
        assertThat(FrameSeal.open(Map.of(7, key), arrived.getFirst()).counter()).isZero();
    }

    @Test
    void aKeyFileThatIsAwayIsAMistakeOfTheConfigurationWithItsCure() throws Exception {
        Files.createDirectory(folder.resolve("stick"));
        assertThat(said("run")).contains("uplink.frame_keys", "it is not there", "penstock uplink key");
        key("rw-r--r--");
        assertThat(said("run")).contains("everybody may read it", "chmod o-rwx");
        assertThat(said("config", "check")).contains("everybody may read it");
    }

    private String said(String... command) throws Exception {
        Path config = new TestSite(folder)
                .config(
                        new String[] {"pump-1"},
                        TestSite.mqtt("tcp://127.0.0.1:1"),
                        TestSite.NO_MODELS,
                        uplink("folder = \"stick\""));
        Path log = Files.createTempFile(folder, "run", ".log");
        Process run = DaemonProcess.command(
                log,
                Stream.concat(Stream.of(command), Stream.of("--config", config.toString()))
                        .toArray(String[]::new));
        assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isEqualTo(ExitCode.CONFIGURATION);
        return Files.readString(log);
    }

    @Test
    void aReplayOfARecordingSendsNothing() throws Exception {
        Files.writeString(folder.resolve("day.csv"), "time,bearing_temp_c\n");
        GatewaySettings settings = new TestSite(folder)
                .settings(
                        new String[] {"pump-1"},
                        "[[replay]]\nname = \"day\"\nfile = \"day.csv\"\nasset = \"pump-1\"\n",
                        uplink("folder = \"stick\""));
        assertThat(settings.uplink().enabled()).isTrue();
        assertThat(settings.replaying(settings.replay().getFirst(), folder, false)
                        .uplink())
                .isEqualTo(UplinkSettings.OFF);
    }

    private static long number(TestSite site, String sql) throws Exception {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery(sql)) {
                return r.getLong(1);
            }
        });
    }
}
