package io.penstock.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.egress.EgressLog;
import io.penstock.daemon.health.PeerStatus;
import io.penstock.daemon.peer.ModelServer;
import io.penstock.daemon.peer.Precedence;
import io.penstock.daemon.peer.TestPeer;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.sensors.reading.SourceHealth;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole gateway without a model of its own, and who answers elsewhere. */
class ElsewhereTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Diagnosis alarmed(TestSite site, EmbeddedBroker broker, Gateway gateway) throws Exception {
        await("subscribed")
                .atMost(PATIENCE)
                .until(() -> gateway.status().sources().stream()
                        .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING));
        try (PahoSide plant = new PahoSide(broker.uri())) {
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.5));
            return await("a diagnosis that is ended")
                    .atMost(PATIENCE)
                    .until(
                            () -> Database.readOnly(site.store(), c -> CaseStore.diagnoses(c, 1)).stream()
                                    .filter(d -> d.stage() != Diagnosis.Stage.RULES)
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow();
        }
    }

    @Test
    void withoutAModelHereTheStandbyIsAskedAndTheDiagnosisSaysSo() throws Exception {
        TestSite site = new TestSite(folder);
        TestPeer peers = new TestPeer(folder);
        TestPeer.FirstLabel model = new TestPeer.FirstLabel();
        try (EmbeddedBroker broker = new EmbeddedBroker();
                ModelServer other = peers.open(model, new Precedence())) {
            broker.start();
            String standby = """
                    [[standby]]
                    name = "gw-b"
                    url = "https://127.0.0.1:%d"
                    pins = ["%s"]
                    certificate_file = "client.crt"
                    key_file = "client.key"
                    """.formatted(other.port(), peers.server.pin());
            Path config =
                    site.config(new String[] {"pump-1"}, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, standby);
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                await("ready")
                        .atMost(PATIENCE)
                        .until(() -> standby(gateway).status().standing().ready());
                Diagnosis diagnosis = alarmed(site, broker, gateway);
                Diagnosis.Opinion opinion =
                        Optional.ofNullable(diagnosis.opinion()).orElseThrow();
                assertThat(opinion.model()).isEqualTo("gw-b");
                assertThat(opinion.sha256()).isEqualTo(TestPeer.SHA256);
                // its explanation had the wrong form: it is dropped, the label stays, and the form is said
                assertThat(diagnosis.note()).contains("wrong in form");
                assertThat(model.asked)
                        .anyMatch(prompt -> prompt.question().contains("91.5"))
                        .noneMatch(prompt -> prompt.toString().contains("bearing_temp_c"));
                assertThat(standby(gateway).status().wire().sent()).isPositive();
            }
            assertThat(PenstockCommand.run("config", "check", "--config", config.toString()))
                    .isEqualTo(ExitCode.DONE);
        }
    }

    private static PeerStatus.One standby(Gateway gateway) {
        return gateway.status().peers().standbys().getFirst();
    }

    @Test
    void whatTheEndpointGetsIsWhatEgressShowsAndWhatTheLogHolds() throws Exception {
        List<String> received = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4);
        server.createContext("/v1/chat/completions", exchange -> {
            received.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            var answer = JSON.createObjectNode();
            answer.putArray("choices").addObject().putObject("message").put("content", "A");
            byte[] text = answer.toString().getBytes(UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        server.start();
        TestSite site = new TestSite(folder);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config = site.config(
                    new String[] {"pump-1"},
                    TestSite.mqtt(broker.uri()),
                    TestSite.NO_MODELS,
                    endpoint(server.getAddress().getPort(), 0.95));
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                Diagnosis diagnosis = alarmed(site, broker, gateway);
                assertThat(received).hasSize(2).noneMatch(body -> body.contains("bearing_temp_c"));
                assertThat(Optional.ofNullable(diagnosis.route()).orElseThrow().reasons())
                        .anyMatch(reason -> reason.startsWith("asked beyond the site, of cloud"));
                assertThat(Optional.ofNullable(diagnosis.opinion())
                                .orElseThrow()
                                .model())
                        .isEqualTo("endpoint cloud");
                assertThat(EgressLog.read(EgressLog.folder(site.store())).stream()
                                .filter(EgressLog.Line::isQuestion)
                                .map(line -> line.json().path("body").asText()))
                        .containsExactlyElementsOf(received);
                String shown = printed("egress", "show", "--config", config.toString(), diagnosis.caseId());
                assertThat(shown).contains(received.getFirst(), received.getLast(), "P1 is bearing_temp_c");
                assertThat(printed("egress", "log", "--config", config.toString()))
                        .contains("left ", " for cloud: the label of case " + diagnosis.caseId(), "came ");
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anEndpointThatIsOffOrNotNeededIsNeverConnectedTo() throws Exception {
        TestSite site = new TestSite(folder);
        try (EmbeddedBroker broker = new EmbeddedBroker();
                ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            broker.start();
            nobody.setSoTimeout(1);
            String on = endpoint(nobody.getLocalPort(), 0.1);
            Path config = site.config(
                    new String[] {"pump-1"},
                    TestSite.mqtt(broker.uri()),
                    TestSite.NO_MODELS,
                    on.replace("enabled = true", "enabled = false"));
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                alarmed(site, broker, gateway);
                assertThat(gateway.status().peers()).isEqualTo(PeerStatus.OFF);
                assertThat(EgressLog.folder(site.store())).doesNotExist();
            }
            site = new TestSite(folder.resolve("second"));
            Files.createDirectory(folder.resolve("second"));
            config = site.config(new String[] {"pump-1"}, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, on);
            try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
                alarmed(site, broker, gateway);
                assertThat(EgressLog.read(EgressLog.folder(site.store()))).isEmpty();
            }
            assertThatThrownBy(nobody::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static String endpoint(int port, double below) {
        return """
                [endpoint]
                enabled = true
                name = "cloud"
                url = "http://127.0.0.1:%d"
                server = "ollama"
                model = "big"
                below_confidence = %s
                bytes_per_day = "1MiB"
                """.formatted(port, below);
    }

    /** What a command prints; the command line writes to the process's own output. */
    private static synchronized String printed(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, UTF_8));
            assertThat(PenstockCommand.run(arguments)).isEqualTo(ExitCode.DONE);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(UTF_8);
    }
}
