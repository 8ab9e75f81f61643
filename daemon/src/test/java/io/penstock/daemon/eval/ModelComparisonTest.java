package io.penstock.daemon.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelComparisonTest {
    private static final Contender WHO = Contender.MODEL_WITH_CASES;

    @Test
    void equalAnswersExcludeEveryLoss() {
        ModelComparison.Difference d = new ModelComparison(report(100, 40), report(100, 40)).difference(WHO, g -> true);
        assertThat(d).isEqualTo(new ModelComparison.Difference(100, 0, 0, 0));
        assertThat(d.excludesLossOf(0.01)).isTrue();
    }

    @Test
    void aFewLostAnswersOfFewCasesDoNotExcludeALoss() {
        ModelComparison.Difference d = new ModelComparison(report(100, 40), report(100, 37)).difference(WHO, g -> true);
        assertThat(d.value()).isCloseTo(-0.03, within(1e-9));
        assertThat(d.low()).isBetween(-0.08, -0.03);
        assertThat(d.high()).isBetween(-0.03, 0.0);
        assertThat(d.excludesLossOf(0.01)).isFalse();
        assertThat(d.excludesLossOf(0.10)).isTrue();
    }

    @Test
    void aBetterModelIsSeenToBeBetter() {
        ModelComparison.Difference d = new ModelComparison(report(200, 40), report(200, 90)).difference(WHO, g -> true);
        assertThat(d.low()).isGreaterThan(0.15);
    }

    @Test
    void aFlipIsAnotherAnswerRightOrWrong() {
        EvaluationReport one = new EvaluationReport("a", "", List.of(result(1, "leak"), result(2, "imbalance")));
        EvaluationReport other = new EvaluationReport("b", "", List.of(result(1, "leak"), result(2, "looseness")));
        assertThat(new ModelComparison(one, other).flips(WHO)).containsExactly("c2: imbalance -> looseness");
    }

    @Test
    void casesNoModelWasAskedAboutDoNotCount() {
        CaseResult unopened = new CaseResult(
                golden(9),
                false,
                Map.of(WHO, new CaseResult.Verdict("normal", 1, "normal")),
                null,
                List.of(),
                false,
                0,
                0,
                0,
                "");
        EvaluationReport report = new EvaluationReport("a", "", List.of(result(1, "leak"), unopened));
        assertThat(new ModelComparison(report, report)
                        .difference(WHO, g -> true)
                        .cases())
                .isEqualTo(1);
        assertThat(new ModelComparison(report, report)
                        .difference(WHO, g -> false)
                        .excludesLossOf(1))
                .isFalse();
    }

    @Test
    void twoReportsOfOtherCasesAreNotCompared() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ModelComparison(report(3, 1), report(4, 1)));
    }

    private static EvaluationReport report(int cases, int right) {
        List<CaseResult> results = new ArrayList<>();
        for (int i = 0; i < cases; i++) {
            results.add(result(i, i < right ? "leak" : "imbalance"));
        }
        return new EvaluationReport("m", "", results);
    }

    private static CaseResult result(int number, String answer) {
        return new CaseResult(
                golden(number),
                true,
                Map.of(WHO, new CaseResult.Verdict(answer, 0.5, answer)),
                null,
                List.of(),
                false,
                1,
                1,
                0,
                "");
    }

    private static GoldenCase golden(int number) {
        return new GoldenCase(
                "c" + number,
                "pump",
                "clear",
                GoldenCase.Half.HELD,
                "c" + number,
                Set.of("leak"),
                Set.of("leak"),
                Set.of(),
                "",
                List.of());
    }
}
