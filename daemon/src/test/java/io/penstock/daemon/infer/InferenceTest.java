package io.penstock.daemon.infer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.infer.Inference.Attempt;
import io.penstock.daemon.infer.Inference.Outcome;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.language.Prompt;
import io.penstock.models.language.Urgency;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is asked, for how long, and who is next. Models are scripted, time is handed in. */
class InferenceTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Duration TAKE_OVER = Duration.ofMillis(1500);
    private static final Prompt PROMPT = new Prompt("Name the fault.", "Noise is high.");
    private static final Inference.Questions QUESTIONS = new Inference.Questions(
            PROMPT,
            List.of("cavitation", "imbalance"),
            PROMPT,
            "root ::= \"x\"",
            text -> text.equals("fine") ? "" : "it is no answer");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T12:00:00Z"));
    private final Breakers breakers = new Breakers(now::get);
    private final Inference inference =
            new Inference(new InferSettings(List.of(), 0, DEADLINE, TAKE_OVER, 80), breakers, now::get);

    private final Model first = new Model();
    private final Model second = new Model();
    private final Expert local = new Expert("local", "aa", first, Expert.Kind.LOCAL);
    private final Expert standby = new Expert("standby", "bb", second, Expert.Kind.STANDBY);

    /** Answers at once, unless told otherwise. */
    private final class Model implements LanguageModel {
        Duration labelTakes = Duration.ofMillis(300);
        Duration explanationTakes = Duration.ofMillis(1200);

        @Nullable
        Reason labelFails;

        @Nullable
        Reason explanationFails;

        String label = "cavitation";
        String text = "fine";
        Completion.Stop stop = Completion.Stop.END;
        boolean ready = true;
        int asked;
        int explained;

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
            asked++;
            spend(labelTakes, deadline, labelFails);
            return new LabelScores(List.of(new LabelScores.Score(label, -0.1, 0.9)), 10, 0, labelTakes);
        }

        @Override
        public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                throws ModelUnavailable {
            explained++;
            spend(explanationTakes, deadline, explanationFails);
            return new Completion(text, 10, 0, 5, stop, explanationTakes);
        }

        private void spend(Duration wanted, Duration deadline, @Nullable Reason fails) throws ModelUnavailable {
            if (fails != null) {
                throw new ModelUnavailable(fails, "scripted");
            }
            boolean late = wanted.compareTo(deadline) > 0;
            now.updateAndGet(t -> t.plus(late ? deadline : wanted));
            if (late) {
                throw new ModelUnavailable(Reason.DEADLINE, "no answer within " + deadline);
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void theFirstCandidateAnswersAndNobodyElseIsAsked() {
        Outcome outcome = ask();
        assertThat(outcome.expert()).isEqualTo(local);
        assertThat(outcome.completion()).isNotNull();
        assertThat(outcome.absent()).isEmpty();
        assertThat(second.asked).isZero();
        assertThat(outcome.attempts())
                .containsExactly(new Attempt("local", Expert.Kind.LOCAL, true, Duration.ofMillis(1500), ""));
    }

    @Test
    void withoutACandidateTheRulesAnswerAlone() {
        assertThat(inference.ask(List.of(), QUESTIONS).absent()).contains("by rules alone");
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void whateverTheFirstFailsByTheNextAnswersWithOneFailedTryAndThenNone(Reason reason) {
        first.labelFails = reason;
        Outcome outcome = ask();
        assertThat(outcome.expert()).isEqualTo(standby);
        assertThat(outcome.absent()).isEmpty();
        assertThat(outcome.attempts()).hasSize(2);
        assertThat(outcome.attempts().getFirst().why()).contains("scripted");
        assertThat(outcome.attempts().getLast().spoken()).isEqualTo("answered by standby (standby)");

        // a single answer of the wrong kind may be the question's fault; the second in a row is not
        if (reason == Reason.FAILED) {
            ask();
        }
        first.ready = reason != Reason.DIED && reason != Reason.NOT_RUNNING && reason != Reason.CLOSED;
        int before = first.asked;
        Outcome again = ask();
        assertThat(again.expert()).isEqualTo(standby);
        assertThat(first.asked).as("it is known to be down").isEqualTo(before);
        assertThat(again.attempts().getFirst().asked()).isFalse();
    }

    @Test
    void aHangingCandidateLosesTheQuestionAfterTheTakeOverTime() {
        ask();
        first.labelTakes = Duration.ofHours(1);
        Instant begun = now.get();
        Outcome outcome = ask();
        assertThat(outcome.expert()).isEqualTo(standby);
        assertThat(Duration.between(begun, outcome.labelAt())).isLessThanOrEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aFirstAnswerMayTakeLongerBecauseItReadsTheWholePrompt() {
        first.labelTakes = TAKE_OVER.multipliedBy(3);
        assertThat(ask().expert()).isEqualTo(local);
        assertThat(ask().expert()).as("not the second one").isEqualTo(standby);
    }

    @Test
    void aloneItHasTheWholeDeadline() {
        first.labelTakes = Duration.ofSeconds(15);
        Outcome outcome = inference.ask(List.of(local), QUESTIONS);
        assertThat(outcome.expert()).isEqualTo(local);
        assertThat(outcome.completion()).isNotNull();
    }

    @Test
    void whenTheOthersAreDownTheLastOneHasTheWholeDeadline() {
        second.labelFails = Reason.NOT_RUNNING;
        inference.ask(List.of(standby), QUESTIONS);
        first.labelTakes = Duration.ofSeconds(15);
        assertThat(ask().expert()).isEqualTo(local);
    }

    @Test
    void aLabelOutsideTheClosedSetIsNoAnswer() {
        first.label = "gremlins";
        assertThat(ask().expert()).isEqualTo(standby);
        assertThat(first.explained).isZero();
    }

    @Test
    void anExplanationOfTheWrongFormHandsOverAndTheLabelIsKeptWhenNobodyCan() {
        first.text = "<html>";
        assertThat(ask().expert()).isEqualTo(standby);

        second.labelFails = Reason.NOT_RUNNING;
        first.labelTakes = Duration.ofMillis(100);
        Outcome outcome = ask();
        assertThat(outcome.expert()).isEqualTo(local);
        assertThat(outcome.scores()).isNotNull();
        assertThat(outcome.completion()).isNull();
        assertThat(outcome.absent()).contains("wrong in form: it is no answer").contains("scripted");
    }

    @Test
    void aTextThatOnlyRanOutOfTokensIsTheModelsAnswerHere() {
        first.text = "{\"fault\": \"cavit";
        first.stop = Completion.Stop.LENGTH;
        assertThat(ask().expert()).isEqualTo(local);
        second.text = first.text;
        second.stop = Completion.Stop.LENGTH;
        assertThat(inference.ask(List.of(standby), QUESTIONS).completion())
                .as("nobody knows whether another machine heeds the grammar")
                .isNull();
    }

    @Test
    void theSameWeightsNeedNotBeAskedForTheLabelAgain() {
        first.explanationFails = Reason.DIED;
        Expert twin = new Expert("twin", "aa", second, Expert.Kind.LOCAL);
        Outcome outcome = inference.ask(List.of(local, twin), QUESTIONS);
        assertThat(outcome.expert()).isEqualTo(twin);
        assertThat(outcome.scores()).isNotNull();
        assertThat(second.asked).isZero();
        assertThat(second.explained).isEqualTo(1);
    }

    @Test
    void aLocalProcessThatDiedInTheMiddleIsAskedAgainWhereNobodyElseIsLeft() {
        AtomicReference<Integer> left = new AtomicReference<>(1);
        LanguageModel mortal = new LanguageModel() {
            @Override
            public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
                return first.score(prompt, labels, deadline);
            }

            @Override
            public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                    throws ModelUnavailable {
                if (left.getAndUpdate(n -> n - 1) > 0) {
                    throw new ModelUnavailable(Reason.DIED, "killed");
                }
                return first.complete(prompt, grammar, maxTokens, deadline);
            }

            @Override
            public void close() {}
        };
        Expert expert = new Expert("mortal", "cc", mortal, Expert.Kind.LOCAL);
        Outcome outcome = inference.ask(List.of(expert), QUESTIONS);
        assertThat(outcome.completion()).isNotNull();
        assertThat(outcome.attempts()).hasSize(2);
        assertThat(first.asked).as("its label stands").isEqualTo(1);
        left.set(9);
        assertThat(inference.ask(List.of(expert), QUESTIONS).attempts())
                .as("a question that kills is asked twice, not for ever")
                .hasSize(2);
    }

    @Test
    void atMostOneTryFailsBeforeTheOneThatIsWaitedFor() {
        Model third = new Model();
        first.labelFails = Reason.DIED;
        second.labelFails = Reason.NOT_RUNNING;
        List<Expert> all = List.of(local, standby, new Expert("beyond", "", third, Expert.Kind.SOVEREIGN));
        Outcome outcome = inference.ask(all, QUESTIONS);
        assertThat(outcome.expert()).isNull();
        assertThat(third.asked).isZero();
        first.ready = false;
        Outcome next = inference.ask(all, QUESTIONS);
        assertThat(next.attempts()).extracting(Attempt::asked).containsExactly(false, false, true);
        assertThat(next.absent()).isEmpty();
    }

    @Test
    void oneThatStartsIsPassedOverAndWaitedForWhereNobodyElseIsLeft() {
        first.ready = false;
        assertThat(ask().expert()).isEqualTo(standby);
        assertThat(first.asked).isZero();
        assertThat(inference.ask(List.of(local), QUESTIONS).expert()).isEqualTo(local);
        first.ready = true;
        assertThat(ask().expert()).as("it is back").isEqualTo(local);
    }

    @Test
    void oneThatWasOnlySlowIsBetterThanNobody() {
        first.labelTakes = Duration.ofHours(1);
        inference.ask(List.of(local), QUESTIONS);
        first.labelTakes = Duration.ofSeconds(1);
        assertThat(inference.ask(List.of(local), QUESTIONS).completion()).isNotNull();
    }

    @Test
    void theRosterAsksTheRolesModelThenTheGeneralOneThenThoseElsewhere() {
        Expert vibration = new Expert("vib", "cc", first, Expert.Kind.LOCAL);
        Roster roster = new Roster(
                java.util.Map.of("vibration", "vib", CaseRouter.GENERAL, "local"),
                List.of(vibration, local),
                List.of());
        assertThat(roster.candidates("vib", Urgency.ALARM)).containsExactly(vibration, local);
        assertThat(roster.with(List.of(standby)).candidates("local", Urgency.ALARM))
                .containsExactly(local, standby);
        assertThat(roster.candidates("", Urgency.ALARM)).isEmpty();
        assertThat(Roster.EMPTY.with(List.of(standby)).filled()).containsEntry(CaseRouter.GENERAL, "standby");
    }

    private Outcome ask() {
        return inference.ask(List.of(local, standby), QUESTIONS);
    }
}
