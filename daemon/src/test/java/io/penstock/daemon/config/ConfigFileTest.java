package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.sensors.file.FileMeaning;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.reading.ChannelId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
    private static final String LEAST = """
            assets = ["unit-1.toml"]
            [site]
            name = "works"
            [[replay]]
            file = "day.jsonl"
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void anAsset() throws IOException {
        copy("/io/penstock/daemon/demo/unit-1.toml", "unit-1.toml");
    }

    private Path copy(String resource, String name) throws IOException {
        try (InputStream in = ConfigFileTest.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("penstock.toml"), text);
    }

    private List<String> problems(String text) throws IOException {
        Path file = file(text);
        ConfigWrong wrong = catchThrowableOfType(ConfigWrong.class, () -> ConfigFile.read(file));
        assertThat(wrong).as("this configuration was accepted: %s", text).isNotNull();
        assertThat(wrong).hasMessageStartingWith(file.toString());
        return wrong.problems();
    }

    @Test
    void theLeastIsEnoughAndTheRestIsDefaults() throws Exception {
        GatewaySettings s = ConfigFile.read(file(LEAST));
        assertThat(s.store()).isEqualTo(StoreSettings.of(Path.of("/var/lib/penstock/penstock.db")));
        assertThat(s.assets()).hasSize(1);
        assertThat(s.replay()).containsExactly(FileSourceSettings.of("replay", folder.resolve("day.jsonl"), ""));
        assertDefaults(s);
        assertThat(s.publish())
                .isEqualTo(new PublishSettings(null, "penstock-works", null, null, "penstock/v1", "works", false));
        assertThat(s.socket()).isEqualTo(Path.of("/var/lib/penstock/penstock.sock"));
    }

    @Test
    void theShippedExampleIsRightAndShowsTheDefaults() throws Exception {
        GatewaySettings s = ConfigFile.read(copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml"));
        assertThat(s.store()).isEqualTo(StoreSettings.of(Path.of("/var/lib/penstock/penstock.db")));
        assertDefaults(s);
        // what it says beside the defaults
        assertThat(s.publish())
                .isEqualTo(new PublishSettings(
                        "tcp://127.0.0.1:1883", "penstock-site-1", null, null, "penstock/v1", "site-1", false));
        assertThat(s.mqtt()).singleElement().satisfies(m -> {
            assertThat(m.name()).isEqualTo("plant");
            assertThat(m.connection())
                    .isEqualTo(io.penstock.sensors.mqtt.MqttConnectionSettings.of(
                            "tcp://127.0.0.1:1883", "penstock-plant"));
            assertThat(m.subscriptions()).hasSize(3);
        });
        assertThat(s.socket()).isEqualTo(Path.of("/run/penstock/penstock.sock"));
    }

    /** Its commented tables are right as well: a site only takes the # away. */
    @Test
    void theShippedExamplesCommentedTablesAreRightToo() throws Exception {
        Path file = copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml");
        Files.writeString(file, Files.readString(file).replaceAll("(?m)^# (\\[|\\w+ = )", "$1"));
        Files.writeString(folder.resolve("publish.password"), "secret\n");
        GatewaySettings s = ConfigFile.read(Files.writeString(
                file,
                // with a password file a user is needed
                Files.readString(file).replaceFirst("(?s)(\\[publish\\].*?)user = \"\"", "$1user = \"penstock\"")));
        assertThat(s.opcua()).singleElement().satisfies(o -> {
            assertThat(o.publishingInterval()).isEqualTo(OpcUaSourceSettings.DEFAULT_PUBLISHING_INTERVAL);
            assertThat(o.items())
                    .singleElement()
                    .satisfies(i -> assertThat(i.channel()).isEqualTo(new ChannelId("unit-1", "speed_rpm")));
        });
        assertThat(s.replay())
                .containsExactly(new FileSourceSettings("replay", folder.resolve("day.csv"), "unit-1", Set.of(), 1.0));
        assertDefaults(s);
    }

    private static void assertDefaults(GatewaySettings s) {
        // when a recording is read says nothing of a clock
        boolean live = !s.mqtt().isEmpty() || !s.opcua().isEmpty();
        assertThat(s.window())
                .isEqualTo(
                        live
                                ? WindowSettings.standard()
                                : WindowSettings.standard().recorded());
        assertThat(s.state()).isEqualTo(StateSettings.standard());
        assertThat(s.vibration()).isEqualTo(VibrationSettings.DEFAULTS);
        assertThat(s.cases()).isEqualTo(CaseSettings.DEFAULTS);
        assertThat(s.route()).isEqualTo(new RouteSettings(null, true, Duration.ofSeconds(5)));
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);
        assertThat(s.infer())
                .isEqualTo(new InferSettings(
                        InferSettings.DEFAULT_MODEL,
                        null,
                        null,
                        ModelManifest.Template.CHATML,
                        1_024,
                        Duration.ofSeconds(20),
                        80,
                        threads));
        assertThat(s.uplink()).isEqualTo(UplinkSettings.OFF);
    }

    @Test
    void everyKeyReachesItsSetting() throws Exception {
        String sha256 = "0123456789abcdef".repeat(4);
        copy("/io/penstock/daemon/routes/default.toml", "routes.toml");
        GatewaySettings s = ConfigFile.read(file("""
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
                security = "basic256sha256"
                user = "u"
                password_file = "pw"
                trust_folder = "trust"
                publish_every = "500ms"
                sample_every = "50ms"
                [[opcua.item]]
                node = "ns=2;s=speed"
                asset = "unit-1"
                channel = "speed_rpm"
                deadband = 0.25
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
                        Duration.ofDays(15)));
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
                .containsExactly(
                        new Json("/v", "/t", TimeFormat.SECONDS, "/q", "/u", "Cel"),
                        new Binary(Binary.Header.TIME_AND_SEQUENCE, Binary.SampleType.INT16, 0.5, 12_800),
                        new Plain());
        assertThat(s.opcua())
                .containsExactly(new OpcUaSourceSettings(
                        "o",
                        "opc.tcp://plc:4840/x",
                        OpcUaSourceSettings.Security.BASIC256SHA256,
                        new OpcUaSourceSettings.Credentials("u", folder.resolve("pw")),
                        folder.resolve("trust"),
                        Duration.ofMillis(500),
                        Duration.ofMillis(50),
                        List.of(new OpcUaSourceSettings.Item(
                                "ns=2;s=speed", new ChannelId("unit-1", "speed_rpm"), 0.25, null))));
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
                        InferSettings.DEFAULT_MODEL,
                        folder.resolve("own.gguf").toString(),
                        sha256,
                        ModelManifest.Template.PLAIN,
                        2_048,
                        Duration.ofSeconds(21),
                        33,
                        3));
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

    @Test
    void figuresAreToldOnLoopbackOrNotAtAll() throws Exception {
        assertThat(ConfigFile.read(file(LEAST)).metrics()).isNull();
        assertThat(problems(LEAST + "[health]\nmetrics = \"0.0.0.0:9464\"\n"))
                .singleElement()
                .asString()
                .contains("health.metrics: found \"0.0.0.0:9464\", expected a loopback address");
    }

    @Test
    void allMistakesAreToldAtOnceWithLineAndNearestSpelling() throws Exception {
        Files.writeString(
                folder.resolve("bad.toml"),
                "[asset]\nid = \"b\"\nkind = \"hydro_fransis\"\n" + "[[channel]]\nid = \"c\"\nquantity = \"flow\"\n");
        assertThat(problems("""
                asets = ["unit-1.toml"]
                assets = ["bad.toml", "absent.toml"]
                [site]
                nam = "works"
                [store]
                linger = "20"
                reading_bytes = 512
                queue = 0
                [[mqtt]]
                name = "m"
                uri = "tcp://127.0.0.1:1883"
                user = "u"
                [[mqtt.subscribe]]
                topic = "plant/{asset}/{channel}"
                payload = "jsn"
                [[replay]]
                name = "m"
                file = "day.csv"
                [infer]
                file = "own.gguf"
                [uplink]
                enabled = true
                """))
                .anySatisfy(p -> assertThat(p).contains("line 1:", "asets: unknown key"))
                .anySatisfy(p -> assertThat(p).contains("hydro_fransis", "did you mean 'hydro_francis'?"))
                .anySatisfy(p -> assertThat(p).contains("line 2:", "absent.toml cannot be read"))
                .anySatisfy(p -> assertThat(p).contains("site.name: missing"))
                .anySatisfy(p -> assertThat(p).contains("line 4:", "site.nam: unknown key", "did you mean 'name'?"))
                .anySatisfy(p -> assertThat(p).contains("line 6:", "store.linger", "\"20\"", "a duration"))
                .anySatisfy(p -> assertThat(p).contains("line 7:", "store.reading_bytes", "512", "\"64MiB\""))
                .anySatisfy(p -> assertThat(p).contains("line 8:", "store.queue", "found 0", "from 1 to"))
                .anySatisfy(p -> assertThat(p).contains("line 12:", "user and password_file go together"))
                .anySatisfy(p -> assertThat(p).contains("line 15:", "payload", "\"jsn\"", "did you mean 'json'?"))
                .anySatisfy(p -> assertThat(p).contains("two sources are named 'm'"))
                .anySatisfy(p -> assertThat(p).contains("line 20:", "infer.file", "needs its sha256"))
                .anySatisfy(p -> assertThat(p).contains("line 22:", "uplink.enabled", "no uplink yet"))
                .allSatisfy(p -> assertThat(p).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[store]~queue = \"many\"         | store.queue: found \"many\", expected a whole number",
                "[store]~file = 5                 | store.file: found 5, expected text in quotes",
                "[site]~name = \"again\"          | line",
                "detect = 5                       | detect: found 5, expected a table",
                "[route]~semantic = \"yes\"       | route.semantic: found \"yes\", expected true or false",
                "[cases]~gathering = \"99m\"      | gathering is PT1H39M, expected PT0S to PT10M",
                "[infer]~sha256 = \"abc\"         | infer.sha256: found \"abc\", expected 64 hexadecimal digits",
                "[infer]~max_tokens = 100000      | infer.max_tokens: found 100000, expected a whole number from 1 to 512",
                "[publsh]~broker = \"x\"          | publsh: unknown key; did you mean 'publish'?",
                "[detect]~cadense = \"1s\"        | detect.cadense: unknown key; did you mean 'cadence'?",
                "[infer~                          | line",
            })
    void oneMistakeIsToldByItsKey(String lines, String expected) throws Exception {
        // a top-level key has to stand before the first table
        String text = lines.startsWith("[") ? LEAST + lines : lines + "~" + LEAST;
        assertThat(problems(text.replace('~', '\n')))
                .anySatisfy(problem -> assertThat(problem).contains(expected));
    }

    @Test
    void aMissingFileSaysHowToHaveOne() {
        ConfigWrong wrong =
                catchThrowableOfType(ConfigWrong.class, () -> ConfigFile.read(folder.resolve("absent.toml")));
        assertThat(wrong).hasMessageContaining("penstock init").hasMessageContaining("absent.toml");
    }
}
