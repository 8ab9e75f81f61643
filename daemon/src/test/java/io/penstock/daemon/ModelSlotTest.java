package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.language.Prompt;
import io.penstock.models.language.Urgency;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ActiveModel;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The general model is exchanged while the workers run: real weights in real processes. */
class ModelSlotTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String CONFIGURED = Catalogue.DEFAULT_LANGUAGE_MODEL;

    @TempDir
    Path folder;

    private ModelStore store;
    private GatewaySettings settings;

    @BeforeEach
    void aStoreWithTwoModels() throws Exception {
        ModelStore standard = ModelStore.standard();
        InstalledModel shipped =
                standard.pull(Catalogue.builtIn().byName(CONFIGURED).orElseThrow(), PullProgress.SILENT);
        standard.pull(Catalogue.builtIn().nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
        List<Path> folders = new java.util.ArrayList<>(List.of(folder.resolve("models")));
        folders.addAll(standard.folders());
        store = new ModelStore(folders);
        put("plant-135m", shipped.file());
        settings = new TestSite(folder)
                .settings(
                        new String[] {"pump-1"},
                        TestSite.mqtt("tcp://127.0.0.1:1"),
                        "[infer]\nthreads = 1\n[route]\nsemantic = false\n");
    }

    @Test
    void aModelPutInUseTakesThePlaceWhileTheOldOneAnswersAndARollbackBringsThatBack() throws Exception {
        try (Workers workers = Workers.of(settings, InstantSource.system(), store)) {
            answers(workers, CONFIGURED);
            new ActiveModel("plant-135m", "").save(store);
            long begun = System.nanoTime();
            await().atMost(PATIENCE).until(() -> {
                workers.follow();
                answers(workers, general(workers).name());
                return general(workers).name().equals("plant-135m");
            });
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            answers(workers, "plant-135m");
            await("the old one has ended").atMost(PATIENCE).until(() -> {
                workers.follow();
                return workers.status().stream()
                        .map(WorkerStatus::model)
                        .toList()
                        .equals(List.of("plant-135m"));
            });
            // ten seconds are promised of an idle machine
            assertThat(took).isLessThan(Duration.ofSeconds(40));

            ActiveModel.read(store).orElseThrow().rolledBack().save(store);
            await().atMost(PATIENCE).until(() -> {
                workers.follow();
                return general(workers).name().equals(CONFIGURED);
            });
            answers(workers, CONFIGURED);
        }
    }

    @Test
    void whatIsInUseIsBegunWithAfterARestartAndWithoutItTheConfigurationsModel() throws Exception {
        new ActiveModel("plant-135m", "").save(store);
        try (Workers workers = Workers.of(settings, InstantSource.system(), store)) {
            answers(workers, "plant-135m");
        }
        Files.delete(folder.resolve("models").resolve("plant-135m").resolve("manifest.toml"));
        try (Workers workers = Workers.of(settings, InstantSource.system(), store)) {
            answers(workers, CONFIGURED);
        }
        Files.writeString(folder.resolve("models").resolve("active.toml"), "model = ");
        try (Workers workers = Workers.of(settings, InstantSource.system(), store)) {
            answers(workers, CONFIGURED);
        }
    }

    @Test
    void aModelThatDoesNotLoadLeavesTheOldOneInItsPlace() throws Exception {
        Path damaged = Files.write(folder.resolve("damaged.gguf"), new byte[98_362_432]);
        put("damaged", damaged);
        try (Workers workers = Workers.of(settings, InstantSource.system(), store)) {
            answers(workers, CONFIGURED);
            for (String wrong : List.of("damaged", "nobody")) {
                new ActiveModel(wrong, "").save(store);
                await().atMost(PATIENCE).until(() -> {
                    workers.follow();
                    return workers.notUsed().equals(wrong);
                });
                answers(workers, CONFIGURED);
                assertThat(workers.status()).hasSize(1);
            }
        }
    }

    private static Expert general(Workers workers) {
        return workers.roster()
                .candidates(workers.roster().filled().getOrDefault(CaseRouter.GENERAL, ""), Urgency.ADVISORY)
                .getFirst();
    }

    private static void answers(Workers workers, String name) throws Exception {
        Expert general = general(workers);
        assertThat(general.name()).isEqualTo(name);
        assertThat(general.model()
                        .score(new Prompt("Answer.", "Is it hot?"), List.of("yes", "no"), MINUTE)
                        .scores())
                .hasSize(2);
    }

    /** Signed and believed, as an import leaves it; the weights are linked, not copied. */
    private void put(String name, Path weights) throws Exception {
        KeyPair owner = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path pem = Files.writeString(
                folder.resolve(name + ".pem"),
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getEncoder().encodeToString(owner.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
        store.trust().add(pem);
        byte[] manifest = """
                name = "%s"
                format = "gguf"
                role = "language"
                licence = "Apache-2.0"
                template = "chatml"
                context_tokens = 2048
                memory_mib = 512
                [source]
                kind = "import"
                where = "a test"
                [[file]]
                name = "m.gguf"
                bytes = 98362432
                sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
                """.formatted(name).getBytes(StandardCharsets.UTF_8);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(owner.getPrivate());
        signature.update(manifest);
        Path model = Files.createDirectories(folder.resolve("models").resolve(name));
        Files.write(model.resolve("manifest.toml"), manifest);
        Files.write(model.resolve("manifest.toml.sig"), signature.sign());
        Files.createSymbolicLink(model.resolve("m.gguf"), weights);
    }
}
