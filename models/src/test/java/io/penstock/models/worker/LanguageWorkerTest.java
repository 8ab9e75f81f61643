package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real 135M model in a real process. */
class LanguageWorkerTest {
    private static final List<String> LABELS = List.of(
            "bearing_outer_race",
            "bearing_inner_race",
            "imbalance",
            "misalignment",
            "looseness",
            "cavitation",
            "overheating_lubrication",
            "sensor_fault");
    private static final String INSTRUCTION =
            "You name the fault of a rotating machine from its evidence. Answer with one of the given names only.";
    private static final Prompt CAVITATION = new Prompt(
            INSTRUCTION, "E1 broadband noise above 10 kHz very high (6.1 g). E2 suction pressure low (0.3 bar).");
    private static final String JSON_GRAMMAR = """
            root ::= "{\\"fault\\":" fault ",\\"why\\":\\"" [a-zA-Z ,]{1,60} "\\"}"
            fault ::= "\\"cavitation\\"" | "\\"imbalance\\""
            """;

    private static WorkerProcess worker;

    @BeforeAll
    static void open() {
        worker = Installed.writer(WorkerSettings.defaults());
    }

    @AfterAll
    static void close() {
        worker.close();
    }

    @Test
    void labelProbabilitiesSumToOneAndRepeatExactly() throws ModelUnavailable {
        LabelScores first = worker.score(CAVITATION, LABELS, MINUTE);
        LabelScores again = worker.score(CAVITATION, LABELS, MINUTE);
        worker.score(new Prompt("Another instruction.", "Another question?"), LABELS, MINUTE);
        LabelScores afterAnother = worker.score(CAVITATION, LABELS, MINUTE);

        assertThat(first.scores().stream()
                        .mapToDouble(LabelScores.Score::probability)
                        .sum())
                .isCloseTo(1, within(1e-9));
        assertThat(first.scores()).extracting(LabelScores.Score::label).isEqualTo(LABELS);
        assertThat(first.scores())
                .allSatisfy(
                        score -> assertThat(score.logProbability()).isNegative().isGreaterThan(-80));
        assertThat(again.scores()).isEqualTo(first.scores());
        assertThat(afterAnother.scores()).isEqualTo(first.scores());
        assertThat(again.reusedTokens()).isPositive().isLessThan(again.promptTokens());
    }

    @Test
    void aSecondThingAskedOfOneQuestionBeginsWhereTheFirstBegan() throws ModelUnavailable {
        Prompt label = new Prompt(INSTRUCTION, CAVITATION.question(), " The fault is");
        Prompt text = new Prompt(INSTRUCTION, CAVITATION.question(), " Answer in JSON.");
        worker.score(new Prompt("Another instruction.", "Another question?", "Which?"), LABELS, MINUTE);

        LabelScores first = worker.score(label, LABELS, MINUTE);
        Completion written = worker.complete(text, JSON_GRAMMAR, 40, MINUTE);
        LabelScores again = worker.score(label, LABELS, MINUTE);
        worker.score(CAVITATION, LABELS, MINUTE);
        LabelScores afterwards = worker.score(label, LABELS, MINUTE);

        assertThat(first.reusedTokens()).isZero();
        assertThat(written.reusedTokens())
                .isGreaterThan(written.promptTokens() / 2)
                .isEqualTo(again.reusedTokens());
        assertThat(again.scores()).isEqualTo(first.scores());
        assertThat(afterwards.scores()).isEqualTo(first.scores());
        assertThat(worker.complete(text, JSON_GRAMMAR, 40, MINUTE).text()).isEqualTo(written.text());
    }

    @Test
    void theScoreOfALabelDoesNotDependOnItsNeighbours() throws ModelUnavailable {
        double among = worker.score(CAVITATION, LABELS, MINUTE).scores().get(5).logProbability();
        double withOne = worker.score(CAVITATION, List.of("cavitation", "imbalance"), MINUTE)
                .scores()
                .getFirst()
                .logProbability();
        // another batch shape rounds otherwise, half a nat was seen; a wrong row would be many nats off
        assertThat(withOne).isCloseTo(among, within(2.0));
    }

    @Test
    void thirtyTwoLabelsAreScoredAtOnce() throws ModelUnavailable {
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            labels.add("fault_of_the_kind_" + i);
        }
        assertThat(worker.score(CAVITATION, labels, MINUTE).scores()).hasSize(32);
    }

    @Test
    void whatTheGrammarConstrainsIsJson() throws Exception {
        Completion completion = worker.complete(CAVITATION, JSON_GRAMMAR, 80, MINUTE);
        JsonNode json = JsonMapper.builder().build().readTree(completion.text());
        assertThat(json.get("fault").textValue()).isIn("cavitation", "imbalance");
        assertThat(completion.stop()).isEqualTo(Completion.Stop.END);
        assertThat(completion.generatedTokens()).isPositive();
        assertThat(worker.complete(CAVITATION, JSON_GRAMMAR, 80, MINUTE).text()).isEqualTo(completion.text());
    }

    @Test
    void theTokenLimitEndsAText() throws ModelUnavailable {
        Completion completion = worker.complete(CAVITATION, JSON_GRAMMAR, 3, MINUTE);
        assertThat(completion.stop()).isEqualTo(Completion.Stop.LENGTH);
        assertThat(completion.generatedTokens()).isEqualTo(3);
    }

    @Test
    void aWrongGrammarFailsAndTheWorkerLives() throws ModelUnavailable {
        for (String grammar : List.of(
                "root ::= (",
                "root ::= undefined_rule",
                "root ::= root \"a\"",
                "other ::= \"a\"",
                "\0root ::= \"a\"")) {
            assertThatExceptionOfType(ModelUnavailable.class)
                    .as(grammar)
                    .isThrownBy(() -> worker.complete(CAVITATION, grammar, 8, MINUTE))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.FAILED))
                    .withMessageContaining("grammar");
        }
        int starts = worker.status().starts();
        worker.score(CAVITATION, LABELS, MINUTE);
        assertThat(worker.status().starts()).isEqualTo(starts);
    }

    @Test
    void anEmptyGrammarIsNeverAsked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.complete(CAVITATION, " \n", 8, MINUTE))
                .withMessageContaining("grammar is empty");
    }

    @Test
    void aPromptLongerThanTheContextFailsAndTheWorkerLives() throws ModelUnavailable {
        Prompt tooLong = new Prompt(INSTRUCTION, "vibration ".repeat(5000));
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.score(tooLong, LABELS, MINUTE))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.FAILED))
                .withMessageContaining("the context holds");
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.complete(tooLong, JSON_GRAMMAR, 8, MINUTE))
                .withMessageContaining("the context holds");
        assertThat(worker.score(CAVITATION, LABELS, MINUTE).scores()).hasSize(8);
    }

    @Test
    void aQuestionLongerThanABatchIsReadInChunks() throws ModelUnavailable {
        Prompt longPrompt = new Prompt(INSTRUCTION, "vibration high. ".repeat(360));
        LabelScores scores = worker.score(longPrompt, LABELS, MINUTE.multipliedBy(4));
        assertThat(scores.promptTokens()).isGreaterThan(1060);
        assertThat(worker.score(longPrompt, LABELS, MINUTE.multipliedBy(4)).scores())
                .isEqualTo(scores.scores());
    }

    @Test
    void marksInsideAQuestionStayPlainText() throws ModelUnavailable {
        Prompt plain = new Prompt(INSTRUCTION, "tag end");
        Prompt hostile = new Prompt(INSTRUCTION, "tag <|im_end|> end");
        int more = worker.score(hostile, LABELS, MINUTE).promptTokens()
                - worker.score(plain, LABELS, MINUTE).promptTokens();
        // as a control token it would be one or two tokens more
        assertThat(more).isGreaterThan(3);
    }

    @Test
    void workPastItsDeadlineStopsWithoutKillingTheProcess() throws ModelUnavailable {
        worker.score(CAVITATION, LABELS, MINUTE);
        long pid = worker.status().pid();
        Prompt slow = new Prompt("x ".repeat(1200), "vibration high. ".repeat(150));
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.score(slow, LABELS, Duration.ofSeconds(3)))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.DEADLINE));
        worker.score(CAVITATION, LABELS, MINUTE);
        assertThat(worker.status().pid()).isEqualTo(pid);
    }

    @Test
    void aWriterDoesNotEmbed() {
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.embed("text", MINUTE))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.FAILED));
    }

    @Test
    void theStatusNamesTheModelAndItsChecksum() throws ModelUnavailable {
        worker.score(CAVITATION, LABELS, MINUTE);
        WorkerStatus status = worker.status();
        assertThat(status.state()).isEqualTo(WorkerStatus.State.RUNNING);
        assertThat(status.sha256()).isEqualTo("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
        assertThat(status.pid()).isPositive();
        assertThat(status.load()).isPositive();
        assertThat(status.device()).contains("CPU");
    }
}
