package io.penstock.daemon.infer;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Two questions, the label first and then its explanation, to the first candidate that answers, all within one deadline.
 *
 * <p>A candidate that is known to be down costs no try. One that fails hands over to the next, and that one's answer is the last that
 * is waited for: a question costs at most one failed try before its answer. While another stands ready a label has to come within
 * {@link InferSettings#takeOver}, or within three times of it from a candidate that has not answered yet, because its first answer
 * reads the whole prompt, and an explanation within half of what is left; a local process that hangs in the middle of its text dies of it
 * after two seconds. A local process that died in the middle of an answer is asked again where nobody else is left.
 */
public final class Inference {
    /** Failed tries a question may cost before the one that is to answer it. */
    private static final int MOST_FAILED = 1;

    private static final int FIRST_ANSWER = 3;

    /**
     * What is asked.
     *
     * @param label its answer is one of {@code labels}
     * @param explanation its answer follows {@code grammar}
     * @param objection what is wrong with the form of an explanation; empty where nothing is
     */
    public record Questions(
            Prompt label, List<String> labels, Prompt explanation, String grammar, UnaryOperator<String> objection) {
        public Questions {
            labels = List.copyOf(labels);
        }
    }

    /**
     * One candidate of a question.
     *
     * @param asked false where it was known to be down
     * @param took how long the try took; zero where it was not asked
     * @param why it gave no answer, or not the whole; empty where it answered
     */
    public record Attempt(String name, Expert.Kind kind, boolean asked, Duration took, String why) {
        /** For a person. */
        public String spoken() {
            String who = kind == Expert.Kind.LOCAL ? name : name + " (" + word() + ")";
            if (!asked) {
                return "not asked: " + who + ", " + why;
            }
            return why.isEmpty()
                    ? "answered by " + who
                    : "tried for " + took.toMillis() + " ms: " + who + ", but " + why;
        }

        private String word() {
            return kind == Expert.Kind.STANDBY ? "standby" : "beyond the site";
        }
    }

    /**
     * What came of it. Never an exception: whatever a model does is a value.
     *
     * @param expert who answered; null when nobody did
     * @param scores null when they did not come
     * @param labelAt when they came; null with them
     * @param completion null when it did not come
     * @param completedAt when it came; null with it
     * @param absent why a part did not come; empty when both came
     * @param attempts who was tried or passed over, in order
     */
    public record Outcome(
            @Nullable Expert expert,
            @Nullable LabelScores scores,
            @Nullable Instant labelAt,
            @Nullable Completion completion,
            @Nullable Instant completedAt,
            String absent,
            List<Attempt> attempts) {
        public Outcome {
            attempts = List.copyOf(attempts);
        }

        static Outcome nothing(String why, List<Attempt> attempts) {
            return new Outcome(null, null, null, null, null, why, attempts);
        }
    }

    private final InferSettings settings;
    private final Breakers breakers;
    private final InstantSource clock;

    public Inference(InferSettings settings, Breakers breakers, InstantSource clock) {
        this.settings = settings;
        this.breakers = breakers;
        this.clock = clock;
    }

    /** @param candidates in the order they are to be tried; none when rules alone answer */
    public Outcome ask(List<Expert> candidates, Questions questions) {
        if (candidates.isEmpty()) {
            return Outcome.nothing("by rules alone: no model was asked", List.of());
        }
        return new Asking(candidates, questions, clock.instant().plus(settings.deadline())).outcome();
    }

    /** A candidate's answers were not what was asked for. */
    private static final class WrongForm extends Exception {
        private static final long serialVersionUID = 1L;

        WrongForm(String what) {
            super(what);
        }
    }

    /** A label, and who gave it. */
    private record Labelled(Expert expert, LabelScores scores, Instant at) {}

    /** One question on its way through its candidates. */
    private final class Asking {
        private final List<Expert> candidates;
        private final Questions questions;
        private final Instant end;
        private final List<Attempt> attempts = new ArrayList<>();
        private final List<Expert> alive = new ArrayList<>();
        private int failed;
        private @Nullable Labelled kept;
        private String missing = "";
        private @Nullable Expert died;

        Asking(List<Expert> candidates, Questions questions, Instant end) {
            this.candidates = candidates;
            this.questions = questions;
            this.end = end;
        }

        Outcome outcome() {
            Optional<Outcome> whole = Optional.empty();
            for (int i = 0; i < candidates.size() && whole.isEmpty() && failed <= MOST_FAILED; i++) {
                if (mayBeAsked(candidates.get(i))) {
                    whole = tried(candidates.get(i), failed < MOST_FAILED && someoneIsReady(i + 1));
                }
            }
            if (whole.isEmpty() && failed == 0 && !alive.isEmpty()) {
                // nobody better is left, and nothing is lost by a try: one that starts is waited for
                Expert last = alive.getFirst();
                attempts.removeIf(attempt -> attempt.name().equals(last.name()));
                whole = tried(last, false);
            }
            if (whole.isEmpty() && failed <= MOST_FAILED && died != null) {
                whole = tried(died, false);
            }
            return whole.orElseGet(this::part);
        }

        private boolean mayBeAsked(Expert candidate) {
            Breakers.Standing standing = breakers.of(candidate.name());
            if (standing.open().isEmpty() && candidate.model().isReady()) {
                return true;
            }
            if (standing.open().isEmpty() || standing.open().get().lives()) {
                alive.add(candidate);
            }
            String why = standing.open().isPresent() ? standing.last() : "it is not running yet, or not again";
            attempts.add(new Attempt(candidate.name(), candidate.kind(), false, Duration.ZERO, why));
            return false;
        }

        private boolean someoneIsReady(int from) {
            return candidates.subList(from, candidates.size()).stream()
                    .anyMatch(other -> breakers.of(other.name()).open().isEmpty()
                            && other.model().isReady());
        }

        /** Both answers of this candidate; empty when one is missing: what it gave is kept. */
        private Optional<Outcome> tried(Expert candidate, boolean anotherIsReady) {
            Instant begun = clock.instant();
            if (!begun.isBefore(end)) {
                return Optional.empty();
            }
            died = null;
            boolean proven = breakers.isProven(candidate.name());
            breakers.asked(candidate.name());
            try {
                Labelled labelled = label(candidate, anotherIsReady, proven);
                Duration left = left();
                if (!left.isPositive()) {
                    breakers.answered(candidate.name());
                    missing = "no time was left for an explanation";
                    attempts.add(attempt(candidate, begun, missing));
                    return Optional.of(part());
                }
                Completion completion = candidate
                        .model()
                        .complete(
                                questions.explanation(),
                                questions.grammar(),
                                settings.maxTokens(),
                                anotherIsReady ? left.dividedBy(2) : left);
                refuseWrongForm(candidate, completion);
                breakers.answered(candidate.name());
                attempts.add(attempt(candidate, begun, ""));
                return Optional.of(new Outcome(
                        candidate, labelled.scores(), labelled.at(), completion, clock.instant(), "", attempts));
            } catch (ModelUnavailable e) {
                if (e.reason() == ModelUnavailable.Reason.DIED && candidate.kind() == Expert.Kind.LOCAL) {
                    died = candidate;
                }
                failed(candidate, begun, Failure.of(e.reason()), said(e));
            } catch (WrongForm e) {
                failed(candidate, begun, Failure.WRONG, String.valueOf(e.getMessage()));
            }
            return Optional.empty();
        }

        private Labelled label(Expert candidate, boolean anotherIsReady, boolean proven)
                throws ModelUnavailable, WrongForm {
            Labelled before = kept;
            if (before != null && before.expert().speaksFor(candidate)) {
                return before;
            }
            Duration part = settings.takeOver().multipliedBy(proven ? 1 : FIRST_ANSWER);
            Duration left = left();
            LabelScores scores = candidate
                    .model()
                    .score(
                            questions.label(),
                            questions.labels(),
                            anotherIsReady && part.compareTo(left) < 0 ? part : left);
            if (!questions.labels().contains(scores.best().label())
                    || !Double.isFinite(scores.best().probability())) {
                throw new WrongForm("the label it scored highest is none of those asked");
            }
            Labelled labelled = new Labelled(candidate, scores, clock.instant());
            if (before == null) {
                kept = labelled;
            }
            return labelled;
        }

        /** A local text that only ran out of tokens followed the grammar as far as it went; what is kept of it the check decides. */
        private void refuseWrongForm(Expert candidate, Completion completion) throws WrongForm {
            boolean cut = candidate.kind() == Expert.Kind.LOCAL && completion.stop() == Completion.Stop.LENGTH;
            String objection = cut ? "" : questions.objection().apply(completion.text());
            if (!objection.isEmpty()) {
                throw new WrongForm("its explanation was wrong in form: " + objection);
            }
        }

        private void failed(Expert candidate, Instant begun, Failure failure, String why) {
            if (failure == Failure.GONE && candidate.kind() == Expert.Kind.LOCAL) {
                // a worker on this machine says by itself when it is back
                breakers.failedByItself(candidate.name(), why);
            } else {
                breakers.failed(candidate.name(), failure, why);
            }
            attempts.add(attempt(candidate, begun, why));
            failed++;
        }

        private Attempt attempt(Expert candidate, Instant begun, String why) {
            return new Attempt(candidate.name(), candidate.kind(), true, Duration.between(begun, clock.instant()), why);
        }

        /** What came of it without a whole answer: a label where one came. */
        private Outcome part() {
            String why = missing.isEmpty()
                    ? attempts.stream()
                            .filter(attempt -> failed == 0 || attempt.asked())
                            .map(Attempt::why)
                            .distinct()
                            .collect(Collectors.joining("; "))
                    : missing;
            Labelled labelled = kept;
            return labelled == null
                    ? Outcome.nothing(why, attempts)
                    : new Outcome(labelled.expert(), labelled.scores(), labelled.at(), null, null, why, attempts);
        }

        private Duration left() {
            return Duration.between(clock.instant(), end);
        }
    }

    private static String said(ModelUnavailable e) {
        String what = switch (e.reason()) {
            case REFUSED -> "the model was refused";
            case NOT_RUNNING -> "the model is not running";
            case NO_ROOM -> "there is no room for the model";
            case DIED -> "the model's process died";
            case DEADLINE -> "the model did not answer in time";
            case FAILED -> "the model answered with an error";
            case CLOSED -> "the gateway is stopping";
        };
        return what + ": " + e.getMessage();
    }
}
