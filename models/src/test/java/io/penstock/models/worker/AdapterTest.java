package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.fixtures.model.LoraFile;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.Checksum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRA adapters on the real base in its real process; the adapters themselves are random. */
class AdapterTest {
    private static final Prompt PROMPT = new Prompt("Name the fault.", "Noise is very high, suction pressure is low.");
    private static final List<String> LABELS = List.of("cavitation", "imbalance", "leak");
    private static final String GRAMMAR = "root ::= [a-z ]{12,24}";

    @TempDir
    Path folder;

    @Test
    void aZeroAdapterChangesNothingAnotherDoesAndTheBaseIsAsBeforeAllInOneProcess() throws Exception {
        try (WorkerProcess worker = worker(
                adapter("zero", LoraFile.write(folder.resolve("zero.gguf"), 1, 0)),
                adapter("strong", LoraFile.write(folder.resolve("strong.gguf"), 2, 0.3f)))) {
            List<Double> base = logProbabilities(worker);
            long pid = worker.status().pid();
            assertThat(logProbabilities(worker.through("zero"))).isEqualTo(base);
            List<Double> strong = logProbabilities(worker.through("strong"));
            assertThat(strong).isNotEqualTo(base);
            assertThat(Math.abs(strong.getFirst() - base.getFirst())).isGreaterThan(0.1);
            assertThat(logProbabilities(worker))
                    .as("nothing of the adapter is left")
                    .isEqualTo(base);
            assertThat(logProbabilities(worker.through("strong"))).isEqualTo(strong);

            Completion plain = worker.complete(PROMPT, GRAMMAR, 12, MINUTE);
            assertThat(worker.through("zero")
                            .complete(PROMPT, GRAMMAR, 12, MINUTE)
                            .text())
                    .isEqualTo(plain.text());
            assertThat(worker.through("strong")
                            .complete(PROMPT, GRAMMAR, 12, MINUTE)
                            .text())
                    .isNotEqualTo(plain.text());
            assertThat(worker.status().pid()).isEqualTo(pid);
            assertThat(worker.status().problem()).isEmpty();
        }
    }

    @Test
    void aWrongAdapterIsRefusedByItselfAndTheBaseAnswers() throws Exception {
        Path page = Files.writeString(folder.resolve("page.gguf"), "<html>not found</html>");
        Path other = LoraFile.write(folder.resolve("other.gguf"), 3, 0.1f, 2, 64);
        Path changed = LoraFile.write(folder.resolve("changed.gguf"), 4, 0.1f);
        try (WorkerProcess worker = worker(
                adapter("page", page),
                adapter("other", other),
                new Adapter("changed", changed, "0123456789abcdef".repeat(4)))) {
            refused(worker, "page", "it is no GGUF file");
            refused(worker, "other", "llama.cpp refuses adapter file");
            refused(worker, "changed", "the configuration says 0123456789abcdef");
            assertThat(logProbabilities(worker)).hasSize(3);
            assertThat(worker.status().starts()).isEqualTo(1);
            assertThat(worker.status().problem()).contains("page.gguf").contains("changed.gguf");
        }
    }

    private static void refused(WorkerProcess worker, String adapter, String why) {
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.through(adapter).score(PROMPT, LABELS, MINUTE))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.REFUSED))
                .withMessageContaining(why);
    }

    private static List<Double> logProbabilities(LanguageModel model) throws ModelUnavailable {
        return model.score(PROMPT, LABELS, MINUTE).scores().stream()
                .map(LabelScores.Score::logProbability)
                .toList();
    }

    private static Adapter adapter(String name, Path file) throws IOException {
        return new Adapter(name, file, Checksum.sha256(file));
    }

    private static WorkerProcess worker(Adapter... adapters) {
        return new WorkerProcess(
                Installed.model(Catalogue.DEFAULT_LANGUAGE_MODEL),
                Installed.natives(ModelManifest.Format.GGUF),
                List.of(adapters),
                WorkerSettings.defaults(),
                new MemoryBudget(0),
                InstantSource.system());
    }
}
