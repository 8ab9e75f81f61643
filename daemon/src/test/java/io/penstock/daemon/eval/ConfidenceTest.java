package io.penstock.daemon.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Confidence;
import io.penstock.daemon.check.Confidence.Features;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.prompt.CaseLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConfidenceTest {
    private static final Confidence SHIPPED = Confidence.shipped();

    private static List<ConfidenceFit.Known> known(GoldenCase.Half half) throws MatrixRefused {
        List<ConfidenceFit.Known> known = new ArrayList<>();
        for (GoldenCase golden : GoldenSet.shipped().half(half).cases()) {
            SymptomMatrix matrix = ShippedMatrices.of(golden.kind());
            Optional<CaseRecord> opened = golden.record(matrix);
            if (opened.isPresent()) {
                CaseRecord record = opened.get();
                String named = record.best().fault();
                String held = record.candidates().stream()
                        .map(Candidate::fault)
                        .filter(fault -> !fault.equals(Fault.UNSURE))
                        .findFirst()
                        .orElse("");
                known.add(new ConfidenceFit.Known(
                        DiagnosisCheck.features(
                                record,
                                matrix,
                                CaseLibrary.of(matrix, List.of()).nearest(record, 3)),
                        named.equals(Fault.UNSURE)
                                ? golden.causes().contains(held)
                                : golden.accept().contains(named)));
            }
        }
        return known;
    }

    private static double ece(GoldenCase.Half half, boolean namedAlone) throws MatrixRefused {
        return Figures.ece(known(half).stream()
                .filter(one -> !namedAlone || one.features().unsure() == 0)
                .map(one -> new Figures.Said(SHIPPED.of(one.features()), one.right()))
                .toList());
    }

    @Test
    void theShippedFigureIsWhatTheFirstHalfOfTheGoldenSetGives() throws Exception {
        ConfidenceFit fit = new ConfidenceFit(known(GoldenCase.Half.TUNE));
        Confidence fitted = Confidence.read(fit.toml() + "\n[models.unmeasured]\nagree = 0.2\ndissent = -0.2\n");

        // a change of matrices or ranking moves it: then it must be fitted anew, and the file says how
        assertThat(SHIPPED.intercept()).as(fit.toml()).isEqualTo(fitted.intercept());
        assertThat(SHIPPED.weights()).as(fit.toml()).isEqualTo(fitted.weights());
        assertThat(SHIPPED.scores()).as(fit.toml()).isEqualTo(fitted.scores());
        assertThat(SHIPPED.probabilities()).as(fit.toml()).isEqualTo(fitted.probabilities());
    }

    @Test
    void onTheHeldOutHalfItSaysWhatIsTrue() throws Exception {
        assertThat(ece(GoldenCase.Half.HELD, true)).isLessThanOrEqualTo(0.08);
        assertThat(ece(GoldenCase.Half.HELD, false)).isLessThanOrEqualTo(0.08);
    }

    @Test
    void moreOfWhatSpeaksForItNeverMakesItLessSure() {
        Random random = new Random(5);
        for (int i = 0; i < 2_000; i++) {
            Features some = new Features(
                    random.nextDouble(), random.nextDouble(), random.nextInt(3) - 1.0, random.nextInt(3) / 2.0, 0);
            Features better = new Features(
                    Math.min(1, some.score() + 0.2),
                    Math.min(1, some.margin() + 0.2),
                    1,
                    Math.max(0, some.doubt() - 0.5),
                    0);
            assertThat(SHIPPED.of(better)).isGreaterThanOrEqualTo(SHIPPED.of(some));
            assertThat(SHIPPED.of(some)).isBetween(0.05, 0.97);
            assertThat(SHIPPED.of(some, "smollm2-135m-instruct-q4_1", true)).isGreaterThanOrEqualTo(SHIPPED.of(some));
            assertThat(SHIPPED.of(some, "never measured", false)).isLessThanOrEqualTo(SHIPPED.of(some));
        }
    }

    @Test
    void notSureNeverLooksSure() {
        assertThat(SHIPPED.of(new Features(1, 1, 1, 0, 1))).isLessThanOrEqualTo(0.3);
        assertThat(SHIPPED.of(new Features(1, 1, 1, 0, 1), "smollm2-135m-instruct-q4_1", true))
                .isLessThanOrEqualTo(0.3);
        assertThat(SHIPPED.of(new Features(0, 0, 0, 0, 1))).isLessThan(0.2);
    }

    @Test
    void aWrongFileSaysWhatIsWrong() {
        assertThatThrownBy(() -> Confidence.read("[features]\nintercept = 1.0\n"))
                .hasMessageContaining("score is no number");
        assertThatThrownBy(() -> Confidence.read("x = 1")).hasMessageContaining("[features] is missing");
        assertThatThrownBy(() -> new Confidence(
                        0, List.of(1.0, 1.0, 1.0, 1.0, 1.0), List.of(0.0, 1.0), List.of(0.5, 0.4), SHIPPED.voices()))
                .hasMessageContaining("never fall");
    }
}
