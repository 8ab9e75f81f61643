package io.penstock.daemon.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.check.ModelAnswer;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.fixtures.hostile.HostileText;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real model, asked about cases whose tags are hostile: one of each family, beside a neutral twin. */
class HostileModelTest {
    private static final Duration DEADLINE = Duration.ofSeconds(120);

    @Tag("slow")
    @Test
    void theModelsLabelIsTheNeutralTwinsAndNothingOfAHostileTagIsInItsWords() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelManifest manifest = catalogue.byName(InferSettings.DEFAULT_MODEL).orElseThrow();
        Optional<InstalledModel> model = ModelStore.standard().find(manifest);
        Optional<InstalledModel> natives = ModelStore.standard().find(catalogue.nativesFor(manifest.format()));
        assumeTrue(
                model.isPresent() && natives.isPresent(),
                "the language model is not on this machine; 'penstock models pull' brings it");
        SymptomMatrix matrix = ShippedMatrices.of("hydro_francis");
        try (WorkerProcess worker =
                new WorkerProcess(model.get(), natives.get(), WorkerSettings.defaults(), InstantSource.system())) {
            Diagnosis twin = asked(worker, matrix, "vibration_de", "dB");
            for (HostileText text : HostileText.all()) {
                if (text.number() == 7) {
                    Diagnosis hostile = asked(worker, matrix, text.text(), text.text());
                    assertThat(hostile.fault()).isEqualTo(twin.fault());
                    assertThat(hostile.severity()).isEqualTo(twin.severity());
                    assertThat(hostile.opinion()).as(text.family().word()).isNotNull();
                    assertThat(label(hostile)).as("label of %s", text).isEqualTo(label(twin));
                    assertThat(hostile.explanation().stream().filter(line -> line.startsWith("Model: ")))
                            .allSatisfy(line -> assertThat(line).doesNotContain("\u001B", "<|", "\u0000"));
                }
            }
        }
    }

    private static String label(Diagnosis diagnosis) {
        Diagnosis.Opinion opinion = diagnosis.opinion();
        return opinion == null ? "none" : opinion.label();
    }

    private static Diagnosis asked(WorkerProcess worker, SymptomMatrix matrix, String tag, String unit)
            throws Exception {
        EvidenceLine first = Evidence.line(1, "bearing_outer_lines", tag, 0.9, true);
        EvidenceLine second = Evidence.line(2, "kurtosis_high", tag, 0.7, true);
        CaseRecord record = Evidence.record(matrix, List.of(in(first, unit), in(second, unit)));
        LabelScores scores =
                worker.score(CasePrompt.label(record, matrix, List.of()), CasePrompt.labels(record, matrix), DEADLINE);
        Completion completion = worker.complete(
                CasePrompt.explanation(record, matrix, List.of()), CasePrompt.grammar(record, matrix), 80, DEADLINE);
        CheckedDiagnosis checked = DiagnosisCheck.explained(
                record,
                matrix,
                null,
                List.of(),
                new ModelAnswer("smollm2", "0".repeat(64), scores, completion, ""),
                new Diagnosis.Timing(0, 0, 0, 0));
        return checked.diagnosis();
    }

    private static EvidenceLine in(EvidenceLine line, String unit) {
        return new EvidenceLine(
                line.number(),
                line.channel(),
                line.tier(),
                line.symptom(),
                line.location(),
                line.active(),
                line.firstMicros(),
                line.lastMicros(),
                line.value(),
                unit,
                line.limit(),
                line.limitSource(),
                line.baseline(),
                line.severity(),
                line.strength(),
                line.share(),
                line.quality(),
                line.position());
    }
}
