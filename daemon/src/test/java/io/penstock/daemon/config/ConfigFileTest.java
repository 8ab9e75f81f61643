package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.store.KeepSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.sensors.file.FileMeaning;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.Csv;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.JsonTable;
import io.penstock.sensors.mqtt.payload.JsonWaveform;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.SenMl;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.mqtt.payload.WaveformProperties;
import io.penstock.sensors.opcua.OpcUaAccess;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.opcua.PathPattern;
import io.penstock.sensors.reading.ChannelId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
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
        assertInferDefaults(s.infer());
        assertThat(s.publish())
                .isEqualTo(new PublishSettings(null, "penstock-works", null, null, "penstock/v1", "works", false));
        assertThat(s.socket()).isEqualTo(Path.of("/var/lib/penstock/penstock.sock"));
    }

    @Test
    void theShippedExampleIsRightAndShowsTheDefaults() throws Exception {
        GatewaySettings s = ConfigFile.read(copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml"));
        assertThat(s.store()).isEqualTo(StoreSettings.of(Path.of("/var/lib/penstock/penstock.db")));
        assertDefaults(s);
        assertInferDefaults(s.infer());
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

    /** What is equal goes on undisturbed when a running gateway takes up another configuration. */
    @Test
    void readTwiceEverySourceIsTheSameAsBefore() throws Exception {
        Path file = copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml");
        String text = Files.readString(file).replaceAll("(?m)^# (\\[|\\w+ = )", "$1");
        Files.writeString(folder.resolve("publish.password"), "secret\n");
        Files.writeString(file, text.replaceFirst("(?s)(\\[publish\\].*?)user = \"\"", "$1user = \"penstock\""));
        GatewaySettings one = ConfigFile.read(file);
        GatewaySettings two = ConfigFile.read(file);
        assertThat(two.mqtt()).isNotEmpty().isEqualTo(one.mqtt()).hasSameHashCodeAs(one.mqtt());
        assertThat(two.sparkplug()).isNotEmpty().isEqualTo(one.sparkplug());
        assertThat(two.opcua()).isNotEmpty().isEqualTo(one.opcua());
        assertThat(two.replay()).isNotEmpty().isEqualTo(one.replay());
        assertThat(two.watch()).isNotEmpty().isEqualTo(one.watch());
        assertThat(two.publish()).isEqualTo(one.publish());
        assertThat(two.assets()).isEqualTo(one.assets());
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
            assertThat(o.access()).isEqualTo(OpcUaAccess.of("opc.tcp://127.0.0.1:4840"));
            assertThat(o.browseEvery()).isEqualTo(OpcUaSourceSettings.DEFAULT_BROWSE_EVERY);
            assertThat(o.groups())
                    .extracting(
                            Group::name,
                            Group::publishingInterval,
                            Group::watchdog,
                            g -> g.items().size())
                    .containsExactly(
                            tuple(
                                    "",
                                    OpcUaSourceSettings.DEFAULT_PUBLISHING_INTERVAL,
                                    OpcUaSourceSettings.DEFAULT_WATCHDOG,
                                    2),
                            tuple("vibration", Duration.ofSeconds(1), Duration.ofSeconds(4), 2));
            Sampling sampling = Sampling.DEFAULT;
            assertThat(o.groups().getFirst().items())
                    .containsExactly(
                            new Node(
                                    "nsu=urn:plant;s=unit-1/speed",
                                    new ChannelId("unit-1", "speed_rpm"),
                                    new Sampling(sampling.every(), 0, DeadbandKind.ABSOLUTE, 0.5),
                                    Content.NUMBER),
                            new Matching(
                                    new PathPattern("Plant/{asset}/Temperature*", "{asset}", "bearing_temp_c"),
                                    OpcUaSourceSettings.DEFAULT_MOST,
                                    new Sampling(sampling.every(), 0, DeadbandKind.PERCENT, 1),
                                    Content.NUMBER));
            assertThat(o.groups().getLast().items())
                    .extracting(OpcUaSourceSettings.Item::content)
                    .containsExactly(
                            new Content.Samples(12_800), new Content.Structure("samples", "rate", "time", null));
        });
        assertThat(s.replay())
                .containsExactly(new FileSourceSettings("replay", folder.resolve("day.csv"), "unit-1", Set.of(), 1.0));
        assertThat(s.infer().models())
                .extracting(LocalModel::name)
                .containsExactly(InferSettings.DEFAULT_MODEL, "turbine");
        assertThat(s.infer().models().getFirst().adapters())
                .extracting(LocalModel.LoraAdapter::name)
                .containsExactly("bearings");
        assertDefaults(s);
    }

    private static void assertInferDefaults(InferSettings infer) {
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);
        assertThat(infer)
                .isEqualTo(new InferSettings(
                        List.of(new LocalModel(
                                InferSettings.DEFAULT_MODEL,
                                List.of("general"),
                                null,
                                null,
                                ModelManifest.Template.CHATML,
                                0,
                                threads,
                                true,
                                List.of())),
                        0,
                        Duration.ofSeconds(20),
                        Duration.ofMillis(1_500),
                        80));
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
                .anySatisfy(p -> assertThat(p).contains("line 22:", "uplink.enabled", "has no cap", "bytes_per_month"))
                .anySatisfy(p -> assertThat(p).contains("uplink.frame_keys: missing", "penstock uplink key"))
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

    private static PayloadFormat unpacked(PayloadFormat format) {
        return new Compressed(format, Compressed.Compression.AUTO, PayloadFormat.DEFAULT_LARGEST_BYTES);
    }

    private static String subscribing(String keys) {
        return LEAST + """
                [[mqtt]]
                name = "plant"
                uri = "tcp://broker:1883"
                largest_payload = "64KiB"
                [[mqtt.subscribe]]
                """ + keys;
    }

    @Test
    void everyPayloadFormatIsRead() throws Exception {
        GatewaySettings s = ConfigFile.read(file(subscribing("""
                topic = "a/{asset}"
                payload = "json"
                values = {bearing_temp_c = "/data/0/temp", flow = "/data/1"}
                source_units = {bearing_temp_c = "[degF]"}
                [[mqtt.subscribe]]
                topic = "b/{asset}/{channel}"
                array = "/samples"
                time = "/t"
                compression = "none"
                [[mqtt.subscribe]]
                topic = "c/{asset}/{channel}"
                array = "/samples"
                rate_hz = 1000
                compression = "zstd"
                [[mqtt.subscribe]]
                topic = "d/{asset}"
                payload = "csv"
                columns = ["time", "-", "flow"]
                separator = ";"
                [[mqtt.subscribe]]
                topic = "e/{asset}/#"
                payload = "senml"
                [[mqtt.subscribe]]
                topic = "f/{asset}/{channel}"
                payload = "senml_cbor"
                names = "whole"
                source_unit = "bar"
                expected_unit = "Pa"
                [[mqtt.subscribe]]
                topic = "g/{asset}/{channel}"
                payload = "binary"
                samples = "float64"
                byte_order = "big"
                properties = true
                rate_property = "fs"
                """)));
        MqttSourceSettings mqtt = s.mqtt().getFirst();
        assertThat(mqtt.largestPayloadBytes()).isEqualTo(65_536);
        assertThat(mqtt.subscriptions())
                .extracting(
                        sub -> (Object) (sub.format() instanceof Compressed c ? c.inner() : sub.format()).getClass())
                .containsExactly(
                        JsonTable.class,
                        JsonTable.class,
                        JsonWaveform.class,
                        Csv.class,
                        SenMl.class,
                        SenMl.class,
                        Binary.class);
        assertThat(mqtt.subscriptions().getLast().format())
                .isEqualTo(new Compressed(
                        new Binary(
                                Binary.Header.NONE,
                                Binary.SampleType.FLOAT64,
                                ByteOrder.BIG_ENDIAN,
                                1,
                                0,
                                new WaveformProperties("time", TimeFormat.MILLISECONDS, "fs", "unit", "samples")),
                        Compressed.Compression.AUTO,
                        65_536));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            values = {a = "/a"}; value = "/b"                              | values: found with value
            rate_hz = 100                                                  | a waveform needs array
            array = "/a"; unit = "/u"                                      | expected source_unit
            array = "/a"; time = ""                                        | needs the time pointer
            values = {a = "/a", b = "/a/b"}                                | pointer
            payload = "csv"; columns = ["time"]                            | at least one that is a channel's
            payload = "csv"; columns = ["value"]; separator = ",,"         | expected one character
            payload = "binary"                                             | rate_hz: missing
            payload = "plain"; columns = ["value"]                         | unknown key
            payload = "plain"; source_unit = "hot"                         | expected a UCUM unit
            payload = "plain"; source_unit = "kW"; expected_unit = "Cel"   | converts to the channel's "Cel"
            payload = "plain"; source_units = {bearing_temp_c = "bar"}     | converts to the channel's "Cel"
            payload = "plain"; source_units = "bar"                        | texts by name
            payload = "senml"; names = "first"                             | one of last_part, whole
            payload = "plain"; compression = "brotli"                      | one of auto, none, gzip, zstd
            """)
    void wrongPayloadKeysAreNamed(String keys, String expected) throws IOException {
        List<String> problems =
                problems(subscribing("topic = \"p/{asset}/{channel}\"\n" + keys.replace("; ", "\n") + "\n"));
        assertThat(problems).anyMatch(problem -> problem.contains(expected) && problem.contains("line"));
    }

    @Test
    void topicWithoutAChannelNeedsAPayloadThatNamesOne() throws IOException {
        assertThat(problems(subscribing("topic = \"p/{asset}\"\npayload = \"plain\"\n")))
                .anyMatch(problem -> problem.contains("names no channel and neither does the payload"));
        assertThat(problems(subscribing("topic = \"{site}/{asset}/{channel}\"\n")))
                .anyMatch(problem -> problem.contains("{site}") && problem.contains("+ for one that does not matter"));
    }

    @Test
    void mistakesOfAnOpcUaSourceAreAllToldAtOnce() throws Exception {
        assertThat(problems("""
                        assets = ["unit-1.toml"]
                        [site]
                        name = "works"
                        [[opcua]]
                        name = "plc"
                        endpoint = "opc.tcp://plc:4840"
                        security = "aes256_sha256_rsapss"
                        user_certificate = "u.der"
                        [[opcua.item]]
                        node = "ns=2;s=a"
                        path = "Plant/*"
                        deadband = 1
                        deadband_percent = 1
                        [[opcua.group]]
                        name = "g"
                        publish_every = "1s"
                        watchdog = "2s"
                        [[opcua.group.item]]
                        path = "Plant/*/Speed"
                        samples_feld = "samples"
                        """))
                .anyMatch(p -> p.contains("user_certificate and user_key go together"))
                .anyMatch(p -> p.contains("needs a trust folder"))
                .anyMatch(p -> p.contains("node and path, expected only one"))
                .anyMatch(p -> p.contains("deadband and deadband_percent"))
                .anyMatch(p -> p.contains("wants {asset}"))
                .anyMatch(p -> p.contains("did you mean 'samples_field'"))
                .noneMatch(p -> p.contains("no source"))
                .hasSize(7);
    }
}
