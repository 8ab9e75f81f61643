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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Two questions to one model, its label first and then its explanation, both within one deadline. */
public final class Inference {
    /**
     * A model that can be asked.
     *
     * @param name manifest name
     * @param sha256 of its file
     */
    public record Expert(String name, String sha256, LanguageModel model) {}

    /**
     * What is asked.
     *
     * @param label its answer is one of {@code labels}
     * @param explanation its answer follows {@code grammar}
     */
    public record Questions(Prompt label, List<String> labels, Prompt explanation, String grammar) {
        public Questions {
            labels = List.copyOf(labels);
        }
    }

    /**
     * What came of it. Never an exception: whatever a model does is a value.
     *
     * @param expert who was asked; null when nobody could be
     * @param scores null when they did not come
     * @param labelAt when they came; null with them
     * @param completion null when it did not come
     * @param completedAt when it came; null with it
     * @param absent why a part did not come; empty when both came
     */
    public record Outcome(
            @Nullable Expert expert,
            @Nullable LabelScores scores,
            @Nullable Instant labelAt,
            @Nullable Completion completion,
            @Nullable Instant completedAt,
            String absent) {
        static Outcome nothing(@Nullable Expert expert, String why) {
            return new Outcome(expert, null, null, null, null, why);
        }
    }

    private final Map<String, Expert> experts;
    private final InferSettings settings;
    private final InstantSource clock;

    /** @param experts by manifest name */
    public Inference(Map<String, Expert> experts, InferSettings settings, InstantSource clock) {
        this.experts = Map.copyOf(experts);
        this.settings = settings;
        this.clock = clock;
    }

    /** @param name the manifest name a route chose; empty when rules alone answer */
    public Outcome ask(String name, Questions questions) {
        Expert expert = experts.get(name);
        if (expert == null) {
            return Outcome.nothing(
                    null,
                    name.isEmpty() ? "by rules alone: no model was asked" : "no model " + name + " is set up here");
        }
        Instant end = clock.instant().plus(settings.deadline());
        LabelScores scores;
        try {
            scores = expert.model().score(questions.label(), questions.labels(), settings.deadline());
        } catch (ModelUnavailable e) {
            return Outcome.nothing(expert, said(e));
        }
        Instant labelAt = clock.instant();
        Duration left = Duration.between(labelAt, end);
        if (!left.isPositive()) {
            return new Outcome(expert, scores, labelAt, null, null, "no time was left for an explanation");
        }
        try {
            Completion completion =
                    expert.model().complete(questions.explanation(), questions.grammar(), settings.maxTokens(), left);
            return new Outcome(expert, scores, labelAt, completion, clock.instant(), "");
        } catch (ModelUnavailable e) {
            return new Outcome(expert, scores, labelAt, null, null, said(e));
        }
    }

    private static String said(ModelUnavailable e) {
        String what = switch (e.reason()) {
            case REFUSED -> "the model was refused";
            case NOT_RUNNING -> "the model is not running";
            case DIED -> "the model's process died";
            case DEADLINE -> "the model did not answer in time";
            case FAILED -> "the model answered with an error";
            case CLOSED -> "the gateway is stopping";
        };
        return what + ": " + e.getMessage();
    }
}
