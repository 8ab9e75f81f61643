package io.penstock.daemon.eval;

import io.penstock.models.language.LanguageModel;
import java.time.Duration;

/**
 * A language model under examination.
 *
 * @param name manifest name
 * @param sha256 of its file
 * @param model asked one question at a time; the caller closes it
 * @param explanations how many explanations it writes, spread evenly over the cases it is asked about; labels are asked of all
 * @param maxTokens of an explanation
 * @param deadline for one answer
 */
public record Examinee(
        String name, String sha256, LanguageModel model, int explanations, int maxTokens, Duration deadline) {
    public Examinee {
        if (explanations < 0 || maxTokens < 1 || !deadline.isPositive()) {
            throw new IllegalArgumentException("explanations is " + explanations + ", max_tokens " + maxTokens
                    + ", deadline " + deadline + "; expected 0 or more, 1 or more, more than nothing");
        }
    }
}
