package io.penstock.daemon.infer;

import java.time.Duration;
import java.util.List;

/**
 * The {@code [infer]} table.
 *
 * @param models of this machine; none: rules alone answer
 * @param budgetMiB resident memory all their processes together may use; 0: each has its own bound alone
 * @param deadline a diagnosis waits this long for its model, then the rules' text stands
 * @param takeOver how long a model may take for a label while another one stands ready
 * @param maxTokens of an explanation
 */
public record InferSettings(
        List<LocalModel> models, int budgetMiB, Duration deadline, Duration takeOver, int maxTokens) {
    public static final String DEFAULT_MODEL = "smollm2-135m-instruct-q4_1";

    /** So that the next one is at it well within two seconds. */
    public static final Duration TAKE_OVER = Duration.ofMillis(1500);

    public InferSettings {
        models = List.copyOf(models);
    }

    /** The same models, asked within other bounds. */
    public InferSettings withLimits(InferSettings other) {
        return new InferSettings(models, budgetMiB, other.deadline, other.takeOver, other.maxTokens);
    }

    /** Rules alone. */
    public InferSettings withoutModel() {
        return new InferSettings(List.of(), budgetMiB, deadline, takeOver, maxTokens);
    }
}
