package io.penstock.daemon.config;

import static io.penstock.daemon.config.ConfigFolder.LEAST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.sensors.file.FileSourceSettings;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts where a file says nothing, and that the shipped example shows it. */
class ConfigDefaultsTest {
    @TempDir
    Path folder;

    private ConfigFolder config;

    @BeforeEach
    void anAsset() throws IOException {
        config = new ConfigFolder(folder);
    }

    @Test
    void theLeastIsEnoughAndTheRestIsDefaults() throws Exception {
        GatewaySettings s = ConfigFile.read(config.file(LEAST));
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
        GatewaySettings s =
                ConfigFile.read(config.copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml"));
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
        Path file = config.copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml");
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
        Path file = config.copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml");
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

    /** What is off is not built: switched on, the example's other keys are the defaults as well. */
    @Test
    void switchedOnTheExamplesLinkPeersAndEndpointAreTheDefaults() throws Exception {
        String pins = "[\"sha256:" + "0123456789abcdef".repeat(4) + "\"]";
        Map<String, String> uplink = Map.of("enabled", "true", "frame_keys", "\"k\"", "folder", "\"out\"");
        Map<String, String> serve =
                Map.of("enabled", "true", "certificate_file", "\"c\"", "key_file", "\"k\"", "clients", pins);
        Map<String, String> endpoint = Map.of(
                "enabled", "true", "url", "\"https://a.b\"", "server", "\"openai\"", "model", "\"m\"", "pins", pins);
        String cap = "bytes_per_day = \"100KiB\"\n";
        String example =
                Files.readString(config.copy("/io/penstock/daemon/config/penstock.toml.example", "penstock.toml"));
        example = set(set(set(example, "uplink", uplink), "serve", serve), "endpoint", endpoint)
                .replaceAll("(\n\\[(uplink|endpoint)]\n)", "$1" + cap);
        GatewaySettings shown = ConfigFile.read(config.file(example));
        String least = LEAST.replace("works", "site-1")
                + table("uplink", uplink)
                + cap
                + table("serve", serve)
                + table("endpoint", endpoint)
                + cap;
        GatewaySettings defaults = ConfigFile.read(config.file(least));
        assertThat(defaults.uplink().enabled()).isTrue();
        assertThat(shown.uplink()).isEqualTo(defaults.uplink());
        assertThat(defaults.peers().serve().enabled()).isTrue();
        assertThat(shown.peers()).isEqualTo(defaults.peers());
        assertThat(defaults.endpoint().enabled()).isTrue();
        assertThat(shown.endpoint()).isEqualTo(defaults.endpoint());
    }

    private static String set(String text, String table, Map<String, String> values) {
        String changed = text;
        for (Map.Entry<String, String> value : values.entrySet()) {
            String before = changed;
            changed = changed.replaceFirst(
                    "(?s)(\n\\[" + table + "]\n(?:.*?\n)??)" + value.getKey() + " = [^\n]*",
                    "$1" + value.getKey() + " = " + value.getValue());
            assertThat(changed).as("%s.%s", table, value.getKey()).isNotEqualTo(before);
        }
        return changed;
    }

    private static String table(String name, Map<String, String> values) {
        StringBuilder all = new StringBuilder("[" + name + "]\n");
        values.forEach((key, value) -> all.append(key + " = " + value + "\n"));
        return all.toString();
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
}
