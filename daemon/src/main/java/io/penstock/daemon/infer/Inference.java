package io.penstock.daemon.infer;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One question to one model: the label first, then the explanation, both within one deadline. */
public final class Inference {
    /** What came of it. */
    public sealed interface Outcome {
        /**
         * The model answered.
         *
         * @param labelAt when the label was known
         * @param completion null where the label came in time and the explanation did not; then {@code note} says why
         * @param endedAt when it was over
         */
        record Answered(
                LabelScores scores,
                Instant labelAt,
                @Nullable Completion completion,
                @Nullable String note,
                Instant endedAt)
                implements Outcome {}

        /** No usable answer; the rules' text stands. */
        record Silent(String reason) implements Outcome {}
    }

    private final InferSettings settings;
    private final InstantSource clock;

    public Inference(InferSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Never throws for anything the model does. */
    public Outcome ask(LanguageModel model, Prompt prompt, List<String> labels, String grammar) {
        Instant end = clock.instant().plus(settings.deadline());
        LabelScores scores;
        try {
            scores = model.score(prompt, labels, settings.deadline());
        } catch (ModelUnavailable e) {
            return new Outcome.Silent(said(e));
        }
        Instant labelAt = clock.instant();
        Duration left = Duration.between(labelAt, end);
        if (!left.isPositive()) {
            return new Outcome.Answered(scores, labelAt, null, "no time was left for an explanation", labelAt);
        }
        try {
            Completion completion = model.complete(prompt, grammar, settings.maxTokens(), left);
            return new Outcome.Answered(scores, labelAt, completion, null, clock.instant());
        } catch (ModelUnavailable e) {
            return new Outcome.Answered(scores, labelAt, null, said(e), clock.instant());
        }
    }

    private static String said(ModelUnavailable e) {
        return switch (e.reason()) {
                    case REFUSED -> "the model was refused";
                    case NOT_RUNNING -> "the model is not running";
                    case DIED -> "the model's process died";
                    case DEADLINE -> "the model did not answer in time";
                    case FAILED -> "the model answered with an error";
                    case CLOSED -> "the gateway is stopping";
                }
                + ": "
                + e.getMessage();
    }
}
