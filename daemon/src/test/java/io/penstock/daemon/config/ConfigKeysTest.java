package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.store.KeepSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.sensors.file.FileMeaning;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.opcua.OpcUaAccess;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each key of the file is the setting it names. */
class ConfigKeysTest {
    @TempDir
    Path folder;

    private ConfigFolder config;

    @BeforeEach
    void anAsset() throws IOException {
        config = new ConfigFolder(folder);
    }

    @Test
    void everyKeyReachesItsSetting() throws Exception {
        String sha256 = "0123456789abcdef".repeat(4);
        config.copy("/io/penstock/daemon/routes/default.toml", "routes.toml");
        GatewaySettings s = ConfigFile.read(config.file("""
                assets = ["unit-1.toml"]
                [site]
                name = "works"
                simulated = true
                [store]
                file = "a/b.db"
                keep_readings = "2h"
                reading_bytes = "64KiB"
                queue = 11
                batch = 12
                linger = "13ms"
                snapshot_every = "14s"
                keep_results = "15d"
                keep_minutes = "16d"
                keep_hours = "17d"
                aggregate_bytes = "18KiB"
                keep_evidence = "19d"
                case_evidence_bytes = "20KiB"
                evidence_bytes = "21KiB"
                reserve_bytes = "22KiB"
                [[mqtt]]
                name = "m"
                uri = "ssl://broker:8883"
                client_id = "c"
                user = "u"
                password_file = "pw"
                trust_file = "ca.pem"
                keep_alive = "40s"
                receive_maximum = 7
                [[mqtt.subscribe]]
                topic = "a/{asset}/{channel}"
                filter = "a/#"
                payload = "json"
                value = "/v"
                time = "/t"
                time_format = "seconds"
                quality = "/q"
                unit = "/u"
                expected_unit = "Cel"
                [[mqtt.subscribe]]
                topic = "b"
                asset = "unit-1"
                channel = "vibration_de"
                payload = "binary"
                header = "time_and_sequence"
                samples = "int16"
                scale = 0.5
                rate_hz = 12800
                [[mqtt.subscribe]]
                topic = "c/{channel}"
                asset = "unit-1"
                payload = "plain"
                [[opcua]]
                name = "o"
                endpoint = "opc.tcp://plc:4840/x"
                security = "aes128_sha256_rsaoaep"
                mode = "sign"
                verify_host = false
                user = "u"
                password_file = "pw"
                trust_folder = "trust"
                publish_every = "500ms"
                sample_every = "50ms"
                queue = 12
                watchdog = "3s"
                browse_every = "2m"
                [[opcua.item]]
                node = "ns=2;s=speed"
                asset = "unit-1"
                channel = "speed_rpm"
                deadband = 0.25
                [[opcua.group]]
                name = "slow"
                publish_every = "2s"
                sample_every = "1s"
                queue = 5
                deadband_percent = 2
                [[opcua.group.item]]
                node = "ns=2;s=temp"
                asset = "unit-1"
                channel = "temp"
                [[replay]]
                name = "r"
                file = "day.csv"
                asset = "unit-1"
                ignore = ["anomaly"]
                speed = 60
                [detect]
                cadence = "200ms"
                stale_after = "3s"
                baseline_vectors = 75
                baseline_waveforms = 16
                [cases]
                close_after = "1m"
                gathering = "2s"
                hold_off = "4s"
                chatter_hold = "5s"
                join_within = "6s"
                announce_window = "7m"
                most_announcements = 8
                reserved_for_new = 2
                most_lines = 9
                [route]
                file = "routes.toml"
                semantic = false
                deadline = "6s"
                [infer]
                file = "own.gguf"
                sha256 = "%s"
                template = "plain"
                memory_mib = 2048
                deadline = "21s"
                take_over = "2s"
                budget_mib = 4096
                max_tokens = 33
                threads = 3
                [publish]
                broker = "tcp://scada:1883"
                client_id = "p"
                user = "u"
                password_file = "pw"
                root = "x/y"
                [uplink]
                enabled = false
                [health]
                socket = "s.sock"
                metrics = "127.0.0.1:9464"
                [[watch]]
                name = "inbox"
                folder = "in"
                pattern = "*.npy"
                asset = "unit-1"
                channels = ["vibration_de", "vibration_nde"]
                rate_hz = 12800
                samples = 4096
                quiet = "5s"
                then = "keep"
                """.formatted(sha256)));
        assertThat(s.store())
                .isEqualTo(new StoreSettings(
                        folder.resolve("a/b.db"),
                        Duration.ofHours(2),
                        65_536,
                        11,
                        12,
                        Duration.ofMillis(13),
                        Duration.ofSeconds(14),
                        Duration.ofDays(15),
                        new KeepSettings(
                                Duration.ofDays(16),
                                Duration.ofDays(17),
                                18 << 10,
                                Duration.ofDays(19),
                                20 << 10,
                                21 << 10,
                                22 << 10)));
        MqttSourceSettings mqtt = s.mqtt().getFirst();
        assertThat(mqtt.connection().toString())
                .contains(
                        "ssl://broker:8883",
                        "clientId=c",
                        "PT40S",
                        "7",
                        folder.resolve("ca.pem").toString())
                .contains(folder.resolve("pw").toString());
        assertThat(mqtt.subscriptions().getFirst().topicFilter()).isEqualTo("a/#");
        assertThat(mqtt.subscriptions())
                .extracting(MqttSourceSettings.Subscription::format)
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(
                        unpacked(new Json("/v", "/t", TimeFormat.SECONDS, "/q", "/u")),
                        unpacked(new Binary(Binary.Header.TIME_AND_SEQUENCE, Binary.SampleType.INT16, 0.5, 12_800)),
                        unpacked(new Plain()));
        assertThat(s.opcua())
                .containsExactly(new OpcUaSourceSettings(
                        "o",
                        new OpcUaAccess(
                                "opc.tcp://plc:4840/x",
                                OpcUaAccess.Security.AES128_SHA256_RSAOAEP,
                                OpcUaAccess.Mode.SIGN,
                                new OpcUaAccess.Login.Password("u", folder.resolve("pw")),
                                folder.resolve("trust"),
                                false),
                        Duration.ofMinutes(2),
                        List.of(
                                new Group(
                                        "",
                                        Duration.ofMillis(500),
                                        Duration.ofSeconds(3),
                                        List.of(new Node(
                                                "ns=2;s=speed",
                                                new ChannelId("unit-1", "speed_rpm"),
                                                new Sampling(Duration.ofMillis(50), 12, DeadbandKind.ABSOLUTE, 0.25),
                                                Content.NUMBER))),
                                new Group(
                                        "slow",
                                        Duration.ofSeconds(2),
                                        Duration.ofSeconds(8),
                                        List.of(new Node(
                                                "ns=2;s=temp",
                                                new ChannelId("unit-1", "temp"),
                                                new Sampling(Duration.ofSeconds(1), 5, DeadbandKind.PERCENT, 2),
                                                Content.NUMBER))))));
        assertThat(s.replay())
                .containsExactly(
                        new FileSourceSettings("r", folder.resolve("day.csv"), "unit-1", Set.of("anomaly"), 60.0));
        assertThat(s.window().cadence()).isEqualTo(Duration.ofMillis(200));
        assertThat(s.window().staleAfter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(s.state().fitVectors()).isEqualTo(75);
        assertThat(s.vibration().baselineWindows()).isEqualTo(16);
        assertThat(s.cases())
                .isEqualTo(new CaseSettings(
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(6),
                        Duration.ofMinutes(7),
                        8,
                        2,
                        9));
        assertThat(s.route())
                .isEqualTo(new RouteSettings(folder.resolve("routes.toml").toString(), false, Duration.ofSeconds(6)));
        assertThat(s.infer())
                .isEqualTo(new InferSettings(
                        List.of(new LocalModel(
                                "own",
                                List.of("general"),
                                folder.resolve("own.gguf").toString(),
                                sha256,
                                ModelManifest.Template.PLAIN,
                                2_048,
                                3,
                                true,
                                List.of())),
                        4_096,
                        Duration.ofSeconds(21),
                        Duration.ofSeconds(2),
                        33));
        assertThat(s.publish())
                .isEqualTo(new PublishSettings(
                        "tcp://scada:1883", "p", "u", folder.resolve("pw").toString(), "x/y", "works", true));
        assertThat(s.socket()).isEqualTo(folder.resolve("s.sock"));
        assertThat(s.metrics()).isEqualTo(new MetricsAddress("127.0.0.1", 9464));
        assertThat(s.watch())
                .containsExactly(new WatchSettings(
                        "inbox",
                        folder.resolve("in"),
                        "*.npy",
                        new FileMeaning(
                                "unit-1",
                                Set.of(),
                                List.of("vibration_de", "vibration_nde"),
                                OptionalDouble.of(12_800),
                                4_096),
                        WatchSettings.Then.KEEP,
                        Duration.ofSeconds(5),
                        folder.resolve("a/b.db.inbox.taken")));
    }

    private static PayloadFormat unpacked(PayloadFormat format) {
        return new Compressed(format, Compressed.Compression.AUTO, PayloadFormat.DEFAULT_LARGEST_BYTES);
    }
}
