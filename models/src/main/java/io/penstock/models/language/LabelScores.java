package io.penstock.models.language;

import java.time.Duration;
import java.util.List;

/**
 * How probable a model holds each label of a closed set as the answer to a prompt.
 *
 * @param scores one entry a label, in the order asked; the probabilities sum to 1
 * @param promptTokens tokens of the whole prompt
 * @param reusedTokens how many of them came from the kept prefix
 * @param latency wall time inside the model's process
 */
public record LabelScores(List<Score> scores, int promptTokens, int reusedTokens, Duration latency) {
    /**
     * One label.
     *
     * @param label as asked
     * @param logProbability natural logarithm of the label's exact token sequence probability, not normalised
     * @param probability normalised over the closed set, 0..1
     */
    public record Score(String label, double logProbability, double probability) {}

    public LabelScores {
        scores = List.copyOf(scores);
        if (scores.isEmpty()) {
            throw new IllegalArgumentException("no label was scored");
        }
    }

    /** The most probable label. */
    public Score best() {
        Score best = scores.getFirst();
        for (Score score : scores) {
            if (score.probability() > best.probability()) {
                best = score;
            }
        }
        return best;
    }
}
