package io.penstock.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon and its models speak to the configured broker and server, and to nobody else. */
class NoByteLeavesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    @Test
    void onlyTheConfiguredBrokerAndServerAreSpokenToFromStartToDiagnosis() throws Exception {
        for (var manifest : Catalogue.builtIn().defaults()) {
            ModelStore.standard().pull(manifest, PullProgress.SILENT);
        }
        TestSite site = new TestSite(folder);
        try (EmbeddedBroker broker = new EmbeddedBroker();
                PlantServer server = new PlantServer()) {
            broker.start();
            server.variable("pump-1/bearing_temp_c", 60);
            server.start();
            Path config = site.config(
                    new String[] {"pump-1", "pump-2"},
                    TestSite.mqtt(broker.uri()),
                    TestSite.publish(broker.uri()),
                    opcua(server),
                    "[infer]\ndeadline = \"60s\"\n",
                    // written out and switched off is as good as not there
                    "[serve]\nenabled = false\nlisten = \"0.0.0.0:8443\"\n",
                    "[endpoint]\nenabled = false\nurl = \"https://203.0.113.1:443\"\nbelow_confidence = 1\n");
            OpenSockets sockets = new OpenSockets();
            try (DaemonProcess daemon = DaemonProcess.start(config);
                    PahoSide plant = new PahoSide(broker.uri())) {
                await("subscribed to both").atMost(PATIENCE).until(() -> {
                    sockets.look(daemon.handle());
                    return daemon.connected();
                });
                server.set("pump-1/bearing_temp_c", 90);
                plant.publish("plant/pump-2/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
                int[] processes = new int[1];
                await("both are diagnosed and published")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> {
                            processes[0] = Math.max(processes[0], sockets.look(daemon.handle()));
                            return ended(site) >= 2
                                    && number(site, "SELECT count(*) FROM outbox WHERE sent_time = 0") == 0;
                        });
                assertThat(processes[0]).as("daemon, language model, embedder").isEqualTo(3);
                // nothing listens, not even on loopback: the status is a UNIX socket
                assertThat(sockets.seen())
                        .containsExactlyInAnyOrder("tcp 127.0.0.1:" + broker.port(), "tcp 127.0.0.1:" + server.port());
                daemon.stop();
            }
        }
        noSummaryIsEvenQueued(site);
    }

    @Test
    void figuresAreToldOnLoopbackAloneAndOnlyWhereTheyAreAskedFor() throws Exception {
        TestSite site = new TestSite(folder);
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            String on = "[health]\nmetrics = \"127.0.0.1:" + port + "\"\n";
            Path config = site.config(new String[] {"pump-1"}, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, on);
            OpenSockets sockets = new OpenSockets();
            try (DaemonProcess daemon = DaemonProcess.start(config);
                    PahoSide plant = new PahoSide(broker.uri())) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
                plant.publish("plant/pump-1/bearing_temp_c", "no number");
                await("figures").atMost(PATIENCE).untilAsserted(() -> {
                    sockets.look(daemon.handle());
                    assertThat(get(port, "/metrics"))
                            .contains("penstock_readings_total 1\n", "penstock_cases_open 1\n")
                            .contains("penstock_source_rejects_total{source=\"plant-mqtt\",reason=\"syntax\"} 1\n");
                });
                assertThat(sockets.seen())
                        .contains("tcp listens on 127.0.0.1:" + port)
                        .filteredOn(socket -> socket.contains("listens"))
                        .hasSize(1);
                // taken up without it, the port is closed
                site.config(new String[] {"pump-1"}, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS);
                assertThat(PenstockCommand.run("config", "apply", "--config", config.toString()))
                        .isEqualTo(ExitCode.DONE);
                assertThatThrownBy(() -> get(port, "/metrics")).isInstanceOf(ConnectException.class);
                daemon.stop();
            }
        }
    }

    private static String get(int port, String path) throws Exception {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static void noSummaryIsEvenQueued(TestSite site) throws Exception {
        for (String table : List.of("uplink_summary", "uplink_frame", "uplink_ledger", "uplink_count")) {
            assertThat(number(site, "SELECT count(*) FROM " + table)).as(table).isZero();
        }
        assertThat(texts(site, "SELECT topic FROM outbox"))
                .isNotEmpty()
                .allMatch(topic -> topic.startsWith("penstock/v1/" + TestSite.NAME + "/"));
        assertThat(texts(site, "SELECT key FROM outbox"))
                .allMatch(key -> key.matches("(anomaly|case|diagnosis|state):.*"));
    }

    @Test
    void anUplinkWithoutCapsLinkOrKeyIsRefusedAsConfiguration() throws Exception {
        Path config = new TestSite(folder)
                .config(
                        new String[] {"pump-1"},
                        TestSite.mqtt("tcp://127.0.0.1:1"),
                        TestSite.NO_MODELS,
                        "[uplink]\nenabled = true\n");
        Path log = folder.resolve("run.log");
        Process run = DaemonProcess.command(log, "run", "--config", config.toString());
        assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(Files.readString(log)).contains("uplink.enabled: has no cap", "uplink.frame_keys: missing");
        assertThat(site().store()).doesNotExist();
    }

    private TestSite site() {
        return new TestSite(folder);
    }

    private static String opcua(PlantServer server) {
        return """
                [[opcua]]
                name = "plant-opcua"
                endpoint = "%s"
                [[opcua.item]]
                node = "%s"
                asset = "pump-1"
                channel = "bearing_temp_c"
                """.formatted(server.uri(), PlantServer.nodeId("pump-1/bearing_temp_c"));
    }

    private static long ended(TestSite site) throws Exception {
        return Database.readOnly(site.store(), c -> CaseStore.diagnoses(c, 10)).stream()
                .filter(d -> d.stage() != Diagnosis.Stage.RULES)
                .count();
    }

    private static long number(TestSite site, String sql) throws Exception {
        return Long.parseLong(texts(site, sql).getFirst());
    }

    private static List<String> texts(TestSite site, String sql) throws Exception {
        return Database.readOnly(site.store(), c -> {
            List<String> all = new ArrayList<>();
            try (var s = c.createStatement();
                    var r = s.executeQuery(sql)) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
            return all;
        });
    }
}
