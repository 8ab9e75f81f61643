package io.penstock.daemon;

import static org.awaitility.Awaitility.await;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A site in a folder: pumps with a bearing temperature limit at 80 Cel, a store, and a configuration file a stranger could write. */
final class TestSite {
    static final String NAME = "works";
    static final String NO_MODELS = """
            [infer]
            enabled = false
            [route]
            semantic = false
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;

    TestSite(Path folder) {
        this.folder = folder;
    }

    /** A pump whose bearing must stay below 80 Cel; further channels have no limits. */
    static String pump(String id, String... furtherChannels) {
        StringBuilder text = new StringBuilder("""
                [asset]
                id = "%s"
                kind = "centrifugal_pump"
                [[channel]]
                id = "bearing_temp_c"
                quantity = "bearing_temperature"
                unit = "Cel"
                [[channel.limit]]
                above = 80
                hysteresis = 2
                severity = "alarm"
                source = "the bearing maker's sheet"
                """.formatted(id));
        for (String channel : furtherChannels) {
            text.append("[[channel]]\nid = \"").append(channel).append("\"\nquantity = \"flow\"\nunit = \"m3/s\"\n");
        }
        return text.toString();
    }

    /** Subscribes to {@code plant/<asset>/<channel>} with JSON values at a broker. */
    static String mqtt(String uri) {
        return """
                [[mqtt]]
                name = "plant-mqtt"
                uri = "%s"
                [[mqtt.subscribe]]
                topic = "plant/{asset}/{channel}"
                payload = "json"
                """.formatted(uri);
    }

    static String publish(String uri) {
        return "[publish]\nbroker = \"" + uri + "\"\n";
    }

    /** What a sensor sends. */
    static String reading(long epochMillis, double value) {
        return "{\"ts\":" + epochMillis + ",\"value\":" + value + "}";
    }

    void asset(String id, String text) throws IOException {
        Files.writeString(folder.resolve(id + ".toml"), text);
    }

    /** Writes the configuration of pumps with these ids, each with its asset file unless it is there already. */
    Path config(String[] pumps, String... tables) throws IOException {
        StringBuilder text = new StringBuilder("assets = [");
        for (String pump : pumps) {
            if (Files.notExists(folder.resolve(pump + ".toml"))) {
                asset(pump, pump(pump));
            }
            text.append('"').append(pump).append(".toml\", ");
        }
        text.append("]\n[site]\nname = \"" + NAME + "\"\nsimulated = true\n[store]\nfile = \"penstock.db\"\n");
        for (String table : tables) {
            text.append(table);
        }
        return Files.writeString(folder.resolve("penstock.toml"), text);
    }

    GatewaySettings settings(String[] pumps, String... tables) throws Exception {
        return ConfigFile.read(config(pumps, tables));
    }

    /** Waits until the gateway listens to the first of its sources. */
    static void awaitRunning(Gateway gateway) {
        await("subscribed")
                .atMost(PATIENCE)
                .until(() -> gateway.status().sources().getFirst().health().state() == SourceHealth.State.RUNNING);
    }

    /** What the gateway answers to an order of anna. */
    String order(Verb verb, String subject, String detail) throws Exception {
        OrderFolder orders = OrderFolder.of(store());
        String id = orders.submit(new OperatorOrder(verb, subject, detail, "anna"));
        return await("an answer")
                .atMost(PATIENCE)
                .until(() -> orders.takeAnswer(id), Optional::isPresent)
                .orElseThrow();
    }

    /** An open case of the machine. */
    Optional<CaseRecord> open(String asset) throws Exception {
        return Database.readOnly(store(), c -> CaseStore.openOf(c, asset)).stream()
                .map(CaseStore.Advised::caseRecord)
                .findFirst();
    }

    Path store() {
        return folder.resolve("penstock.db");
    }

    Path socket() {
        return folder.resolve("penstock.sock");
    }
}
