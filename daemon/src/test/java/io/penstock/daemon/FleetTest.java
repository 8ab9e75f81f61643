package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.model.LoraFile;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several models of one gateway, by its configuration: real weights in real processes. */
class FleetTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    private static Path weights = Path.of("");

    @BeforeAll
    static void theModelIsHere() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        weights = store.pull(catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow(), PullProgress.SILENT)
                .file();
        store.pull(catalogue.nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
    }

    @Test
    void aRouteLeadsToItsOwnModelStartedByItsFirstCaseAndWhenThatIsGoneTheGeneralOneAnswers() throws Exception {
        Path own = Files.copy(weights, folder.resolve("own.gguf"));
        Path adapter = LoraFile.write(folder.resolve("zero.gguf"), 1, 0);
        Files.writeString(folder.resolve("routes.toml"), """
                [[route]]
                name = "hot"
                patterns = ["temperature"]
                model = "thermal"
                """);
        String models = """
                [infer]
                deadline = "60s"
                take_over = "20s"
                budget_mib = 1200
                [[infer.expert]]
                name = "own"
                file = "own.gguf"
                sha256 = "%s"
                memory_mib = 512
                [[infer.expert.adapter]]
                name = "heat"
                roles = ["hot"]
                file = "zero.gguf"
                sha256 = "%s"
                [route]
                semantic = false
                file = "routes.toml"
                """.formatted(sha256(own), sha256(adapter));
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            GatewaySettings settings = new TestSite(folder)
                    .settings(new String[] {"pump-1", "pump-2"}, TestSite.mqtt(broker.uri()), models);
            Path store = settings.store().file();
            try (Gateway gateway = Gateway.start(settings, InstantSource.system());
                    PahoSide plant = new PahoSide(broker.uri())) {
                await("subscribed and the pinned one loaded")
                        .atMost(PATIENCE)
                        .until(() -> gateway.status().sources().stream()
                                        .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING)
                                && model(gateway, 0).state() == WorkerStatus.State.RUNNING);
                assertThat(model(gateway, 1).state()).as("nobody asked it yet").isEqualTo(WorkerStatus.State.STOPPED);

                alarm(plant, "pump-1");
                Diagnosis first = awaitEnd(store, "pump-1");
                assertThat(first.opinion()).as(first.note()).isNotNull();
                assertThat(first.opinion().model()).as("%s", first.route()).isEqualTo("own+heat");
                assertThat(first.opinion().sha256()).isEqualTo(sha256(adapter));
                assertThat(first.route().route()).isEqualTo("hot");
                assertThat(gateway.status().json())
                        .contains("\"name\":\"own+heat\",\"kind\":\"local\",\"roles\":[\"hot\"],\"answers\":1");

                Files.delete(own);
                ProcessHandle.of(model(gateway, 1).pid()).orElseThrow().destroyForcibly();
                await("it finds its file no more")
                        .atMost(PATIENCE)
                        .until(() -> model(gateway, 1).state() == WorkerStatus.State.REFUSED);
                alarm(plant, "pump-2");
                Diagnosis second = awaitEnd(store, "pump-2");
                assertThat(second.opinion()).as(second.note()).isNotNull();
                assertThat(second.opinion().model()).isEqualTo(Catalogue.DEFAULT_LANGUAGE_MODEL);
                assertThat(second.route().reasons())
                        .anyMatch(reason -> reason.startsWith("not asked: own+heat"))
                        .endsWith("answered by " + Catalogue.DEFAULT_LANGUAGE_MODEL);
            }
        }
    }

    private static WorkerStatus model(Gateway gateway, int index) {
        return gateway.status().models().get(index);
    }

    private static void alarm(PahoSide plant, String pump) throws Exception {
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.5));
    }

    private static Diagnosis awaitEnd(Path store, String asset) {
        return await("a diagnosis of " + asset + " that is ended")
                .atMost(PATIENCE)
                .until(
                        () -> Database.readOnly(store, c -> CaseStore.diagnoses(c, 10)).stream()
                                .filter(d -> d.asset().equals(asset))
                                .findFirst(),
                        d -> d.filter(x -> x.stage() != Diagnosis.Stage.RULES).isPresent())
                .orElseThrow();
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
