package io.penstock.daemon.check;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import org.jspecify.annotations.Nullable;

/**
 * What a model gave, before anything of it is believed.
 *
 * @param model manifest name
 * @param sha256 of the model's file
 * @param scores over the closed set of labels; null when they did not come
 * @param completion the explanation; null when it did not come
 * @param absent why a part did not come, for a person; empty when both came
 */
public record ModelAnswer(
        String model,
        String sha256,
        @Nullable LabelScores scores,
        @Nullable Completion completion,
        String absent) {

    /** No model was asked, or none answered. */
    public static ModelAnswer none(String why) {
        return new ModelAnswer("", "", null, null, why);
    }
}
