package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of diagnoses while the model dies or its file is wrong. The real model, in its real process. */
class KillModelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration DEADLINE = Duration.ofSeconds(45);

    private static final String WITH_MODEL = """
            [infer]
            deadline = "45s"
            [route]
            semantic = false
            """;

    @TempDir
    Path folder;

    @BeforeAll
    static void theModelIsHere() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        store.pull(catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow(), PullProgress.SILENT);
        store.pull(catalogue.nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
    }

    @Test
    void killedDuringAnAnswerTheRulesStandUntilAnotherProcessHasAnsweredTheSameCase() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            GatewaySettings settings = new TestSite(folder)
                    .settings(new String[] {"pump-1", "pump-2"}, TestSite.mqtt(broker.uri()), WITH_MODEL);
            Path store = settings.store().file();
            try (Gateway gateway = Gateway.start(settings, InstantSource.system());
                    PahoSide plant = new PahoSide(broker.uri())) {
                awaitReady(gateway);
                long pid = model(gateway).pid();
                awaitHasReadAhead(pid);
                Duration before = processorTime(pid);
                alarm(plant, "pump-1");
                await("the model works on its answer")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> processorTime(pid).compareTo(before.plusMillis(30)) > 0);
                assertThat(stage(store, "pump-1")).contains(Diagnosis.Stage.RULES);
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();

                Diagnosis explained = awaitEnd(store, "pump-1");
                assertThat(explained.stage()).as(explained.note()).isEqualTo(Diagnosis.Stage.EXPLAINED);
                assertThat(explained.route().reasons())
                        .anyMatch(reason -> reason.contains("the model's process died"))
                        .endsWith("answered by " + Catalogue.DEFAULT_LANGUAGE_MODEL);
                assertThat(explained.headline()).contains("91.5");
                assertThat(millisToTheEnd(store)).isLessThan(DEADLINE.toMillis());
                assertThat(gateway.failure()).isNotDone();
                assertThat(model(gateway).deaths()).isEqualTo(1);
                assertThat(model(gateway).pid()).isNotEqualTo(pid);

                alarm(plant, "pump-2");
                assertThat(awaitEnd(store, "pump-2").opinion())
                        .extracting(Diagnosis.Opinion::model)
                        .isEqualTo(Catalogue.DEFAULT_LANGUAGE_MODEL);
            }
        }
    }

    /** From the rules' word to the end of the only diagnosis. */
    private static long millisToTheEnd(Path store) throws StoreFailed {
        return Database.readOnly(store, c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT (updated_time - created_time) / 1000 FROM diagnosis")) {
                return r.getLong(1);
            }
        });
    }

    /** A way to spoil a model file. */
    enum Damage {
        CORRUPT_HEADER("has a corrupt header"),
        TRUNCATED("it is truncated"),
        WRONG_MAGIC("it is no GGUF file"),
        DAMAGED_WEIGHTS("manifest says "),
        MISSING("is missing");

        final String said;

        Damage(String said) {
            this.said = said;
        }
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void aSpoiltModelFileIsRefusedInOneLineAndTheRulesAnswer(Damage damage) throws Exception {
        Path good = ModelStore.standard()
                .locate(Catalogue.builtIn()
                        .byName(Catalogue.DEFAULT_LANGUAGE_MODEL)
                        .orElseThrow())
                .file();
        Path file = folder.resolve("own-model.gguf");
        // its own checksum is stated, so that what refuses it is a look into the file; the weights' damage only that
        // can tell
        String sha256 = spoil(damage, good, file) ? sha256(good) : sha256(file);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            GatewaySettings settings = new TestSite(folder)
                    .settings(
                            new String[] {"pump-1"},
                            TestSite.mqtt(broker.uri()),
                            "[infer]\nfile = \"own-model.gguf\"\nsha256 = \"" + sha256
                                    + "\"\n[route]\nsemantic = false\n");
            try (Gateway gateway = Gateway.start(settings, InstantSource.system());
                    PahoSide plant = new PahoSide(broker.uri())) {
                await("refused").atMost(PATIENCE).until(() -> model(gateway).state() == WorkerStatus.State.REFUSED);
                assertThat(model(gateway).problem())
                        .contains(damage.said)
                        .contains(file.toString())
                        .doesNotContain("\n");
                assertThat(model(gateway).starts()).isZero();
                awaitListening(gateway);
                alarm(plant, "pump-1");
                Diagnosis alone = awaitEnd(settings.store().file(), "pump-1");
                assertThat(alone.stage()).isEqualTo(Diagnosis.Stage.RULES_ONLY);
                assertThat(alone.note()).contains("the model was refused").contains(damage.said);
                assertThat(gateway.failure()).isNotDone();
                assertThat(gateway.alive(Duration.ofSeconds(60))).isTrue();
            }
        }
    }

    /** Returns whether the damage shows only against the good file's checksum. */
    private static boolean spoil(Damage damage, Path good, Path bad) throws IOException {
        switch (damage) {
            case CORRUPT_HEADER -> {
                Files.copy(good, bad);
                write(bad, 8, new byte[] {-1, -1, -1, -1, -1, -1, -1, 127});
            }
            case TRUNCATED -> {
                Files.copy(good, bad);
                try (RandomAccessFile cut = new RandomAccessFile(bad.toFile(), "rw")) {
                    cut.setLength(50_000_000);
                }
            }
            case WRONG_MAGIC -> {
                Files.copy(good, bad);
                write(bad, 0, new byte[] {'G', 'G', 'M', 'L'});
            }
            case DAMAGED_WEIGHTS -> {
                Files.copy(good, bad);
                write(bad, 60_000_000, new byte[] {1});
                return true;
            }
            case MISSING -> {
                return true;
            }
        }
        return false;
    }

    private static void write(Path file, long at, byte[] bytes) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            open.write(bytes);
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void awaitReady(Gateway gateway) {
        await("the model is loaded").atMost(PATIENCE).until(() -> model(gateway).state() == WorkerStatus.State.RUNNING);
        awaitListening(gateway);
    }

    /** A fresh process reads the instruction before it is asked: only then does its work tell of an answer. */
    private static void awaitHasReadAhead(long pid) {
        AtomicReference<Duration> last = new AtomicReference<>(Duration.ZERO);
        await("it rests")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .until(() -> processorTime(pid).equals(last.getAndSet(processorTime(pid))));
    }

    private static void awaitListening(Gateway gateway) {
        await("subscribed")
                .atMost(PATIENCE)
                .until(() -> gateway.status().sources().stream()
                        .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING));
    }

    private static WorkerStatus model(Gateway gateway) {
        return gateway.status().models().getFirst();
    }

    private static void alarm(PahoSide plant, String pump) throws Exception {
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.5));
    }

    private static Diagnosis awaitEnd(Path store, String asset) {
        return await("a diagnosis of " + asset + " that is ended")
                .atMost(PATIENCE)
                .until(
                        () -> diagnosis(store, asset),
                        d -> d.filter(x -> x.stage() != Diagnosis.Stage.RULES).isPresent())
                .orElseThrow();
    }

    private static Optional<Diagnosis.Stage> stage(Path store, String asset) throws StoreFailed {
        return diagnosis(store, asset).map(Diagnosis::stage);
    }

    private static Optional<Diagnosis> diagnosis(Path store, String asset) throws StoreFailed {
        return Database.readOnly(store, c -> CaseStore.diagnoses(c, 10)).stream()
                .filter(d -> d.asset().equals(asset))
                .findFirst();
    }

    private static Duration processorTime(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }
}
