package io.penstock.daemon.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    private static final Function<CaseRecord, RoutePlan> ASKED = new CaseRouter(
            ShippedRoutes.caseRules(),
            TextRouter.patternsOnly(ShippedRoutes.defaults(), "a test"),
            Map.of(CaseRouter.GENERAL, "parrot"))::plan;
    private static final GoldenSet SHIPPED = GoldenSet.shipped();

    private final Map<String, SymptomMatrix> matrices = new HashMap<>();

    EvaluationTest() throws MatrixRefused {
        for (String kind : ShippedMatrices.KINDS) {
            matrices.put(kind, ShippedMatrices.of(kind));
        }
    }

    /** Always holds the first label for right, and says a number nobody measured. */
    private static final class Parrot implements LanguageModel {
        private int asked;

        @Override
        public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) {
            asked++;
            List<LabelScores.Score> scores = new ArrayList<>();
            for (String label : labels) {
                double p = label.equals(labels.getFirst()) ? 0.9 : 0.1 / (labels.size() - 1);
                scores.add(new LabelScores.Score(label, Math.log(p), p));
            }
            return new LabelScores(scores, 100, 0, Duration.ofMillis(3));
        }

        @Override
        public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline) {
            String label = grammar.lines()
                    .filter(line -> line.startsWith("fault"))
                    .findFirst()
                    .orElseThrow()
                    .split("\"")[1];
            String number = grammar.lines()
                    .filter(line -> line.startsWith("number"))
                    .findFirst()
                    .orElseThrow()
                    .split("\"")[1];
            return new Completion(
                    "{\"fault\": \"" + label + "\", \"because\": [" + number
                            + "], \"summary\": \"The value rose to 98765.4 today.\"}",
                    100,
                    90,
                    20,
                    Completion.Stop.END,
                    Duration.ofMillis(9));
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    private EvaluationReport rules(GoldenSet set) {
        return Evaluation.of(set, matrices, ASKED, null).run(Evaluation.Progress.SILENT);
    }

    @Test
    void theWholeIsRightInNineteenOfTwentyCasesOfTheHeldOutHalf() {
        EvaluationReport report = rules(SHIPPED.half(GoldenCase.Half.HELD));
        Figures whole = report.figures(Contender.WHOLE);

        assertThat(whole.accuracy().value()).isGreaterThanOrEqualTo(0.95);
        assertThat(whole.accuracy().value())
                .isGreaterThan(report.figures(Contender.RETRIEVAL).accuracy().value());
        assertThat(report.invented()).isEmpty();
        assertThat(report.figures()).doesNotContainKey(Contender.MODEL_ALONE);
    }

    @Test
    void sensorFaultsNothingWrongAndTooLittleToGoOnAreNeverGivenAFaultOfTheMachine() {
        EvaluationReport report = rules(SHIPPED);
        for (String group : List.of("sensor", "healthy", "ambiguous")) {
            Figures whole =
                    report.figures(Contender.WHOLE, golden -> golden.group().equals(group));
            assertThat(whole.accuracy().value()).as(group).isEqualTo(1);
            assertThat(whole.forbidden()).as(group).isZero();
        }
    }

    @Test
    void aModelThatAlwaysSaysTheSameChangesNoLabelAndItsInventedNumbersReachNobody() {
        GoldenSet set = new GoldenSet(SHIPPED.cases().subList(0, 60));
        Parrot parrot = new Parrot();
        Examinee examinee = new Examinee("parrot", "0".repeat(64), parrot, 60, 100, Duration.ofSeconds(5));
        List<Integer> told = new ArrayList<>();

        EvaluationReport report = Evaluation.of(set, matrices, ASKED, examinee).run((done, of) -> told.add(done));

        assertThat(report.invented()).isEmpty();
        assertThat(report.blocked()).isPositive();
        int opened = (int) report.results().stream().filter(CaseResult::opened).count();
        assertThat(report.explained()).isBetween(opened / 2, opened);
        assertThat(report.figures(Contender.MODEL_ALONE).accuracy().value()).isLessThan(0.5);
        assertThat(report.results().stream()
                        .map(result -> result.of(Contender.WHOLE).orElseThrow().answer()))
                .containsExactlyElementsOf(rules(set).results().stream()
                        .map(result -> result.of(Contender.WHOLE).orElseThrow().answer())
                        .toList());
        assertThat(told)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 60).boxed().toList());
        assertThat(parrot.asked).isEqualTo(2 * opened);
    }

    @Test
    void aConfirmedCaseIsComparedWithTheOthersAndNeverWithItself() {
        GoldenCase outer = SHIPPED.cases().stream()
                .filter(golden -> golden.id().equals("fan-bearing_outer_race"))
                .findFirst()
                .orElseThrow();
        List<String> same = outer.findings().stream().map(Finding::symptom).toList();
        PastCase itself = new PastCase("bearing_cage", same, true, outer.id());
        PastCase another = new PastCase("bearing_cage", same, true, "another");

        assertThat(nearest(outer, itself)).isEqualTo("bearing_outer_race");
        assertThat(nearest(outer, another)).isEqualTo("bearing_cage");
    }

    private String nearest(GoldenCase golden, PastCase past) {
        return Evaluation.of(new GoldenSet(List.of(golden)), matrices, ASKED, null)
                .remembering(Map.of(golden.kind(), List.of(past)))
                .run(Evaluation.Progress.SILENT)
                .results()
                .getFirst()
                .of(Contender.RETRIEVAL)
                .orElseThrow()
                .answer();
    }

    @Test
    void aModelThatDiesIsAResultAndNoException() {
        LanguageModel dead = new LanguageModel() {
            @Override
            public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
                throw new ModelUnavailable(ModelUnavailable.Reason.DIED, "the process is gone");
            }

            @Override
            public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                    throws ModelUnavailable {
                throw new ModelUnavailable(ModelUnavailable.Reason.DIED, "the process is gone");
            }

            @Override
            public void close() {
                // it is dead
            }
        };
        GoldenSet set = new GoldenSet(SHIPPED.cases().stream()
                .filter(golden -> golden.group().equals("clear"))
                .limit(12)
                .toList());

        EvaluationReport report = Evaluation.of(
                        set,
                        matrices,
                        ASKED,
                        new Examinee("dead", "0".repeat(64), dead, 12, 100, Duration.ofSeconds(5)))
                .run(Evaluation.Progress.SILENT);

        assertThat(report.absent()).isEqualTo(12);
        assertThat(report.figures(Contender.MODEL_ALONE).accuracy().value()).isZero();
        assertThat(report.figures(Contender.WHOLE).accuracy().value()).isGreaterThan(0.8);
    }

    @Test
    void anInventedNumberWouldBeFoundByTheWatcherToo() throws Exception {
        SymptomMatrix fan = ShippedMatrices.of("fan");
        GoldenCase golden = SHIPPED.cases().stream()
                .filter(one -> one.id().equals("hand-dirt-on-blades"))
                .findFirst()
                .orElseThrow();
        CaseRecord record = golden.record(fan).orElseThrow();
        Diagnosis honest = DiagnosisCheck.rules(record, fan, null, List.of(), new Diagnosis.Timing(0, 0, 0, 0));
        ObjectMapper json = new ObjectMapper();
        ObjectNode stored = json.valueToTree(honest);
        stored.withArray("explanation").add("Model: The velocity was 7.7 mm/s for 19 hours.");
        Diagnosis invented = json.treeToValue(stored, Diagnosis.class);

        assertThat(InventedNumbers.in(honest, record)).isEmpty();
        assertThat(InventedNumbers.in(invented, record)).hasSize(2);
    }

    @Test
    void intervalsAndErrorsAreTheTextbooks() {
        Figures.Share share = new Figures.Share(95, 100);
        assertThat(share.low()).isCloseTo(0.8882, within(1e-4));
        assertThat(share.high()).isCloseTo(0.9785, within(1e-4));
        assertThat(new Figures.Share(0, 10).low()).isZero();

        List<Figures.Said> said = List.of(
                new Figures.Said(0.9, true),
                new Figures.Said(0.9, true),
                new Figures.Said(0.9, false),
                new Figures.Said(0.3, false));
        // (|2.7 - 2| + |0.3 - 0|) / 4
        assertThat(Figures.ece(said)).isCloseTo(0.25, within(1e-9));
        assertThat(Figures.brier(said)).isCloseTo((0.01 + 0.01 + 0.81 + 0.09) / 4, within(1e-9));
    }
}
