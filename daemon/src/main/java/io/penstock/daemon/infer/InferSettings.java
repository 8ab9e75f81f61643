package io.penstock.daemon.infer;

import io.penstock.models.manifest.ModelManifest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The {@code [infer]} table.
 *
 * @param model manifest name of the language model, or null for none: rules alone answer
 * @param file a GGUF file of the site's own instead of the catalogue's
 * @param sha256 of that file; must be given with it
 * @param template how that file's model wants to be spoken to
 * @param memoryMiB resident memory that file's process may use
 * @param deadline a diagnosis waits this long for its model, then the rules' text stands
 * @param takeOver how long a model may take for a label while another one stands ready
 * @param maxTokens of an explanation
 * @param threads for generation
 */
public record InferSettings(
        @Nullable String model,
        @Nullable String file,
        @Nullable String sha256,
        ModelManifest.Template template,
        int memoryMiB,
        Duration deadline,
        Duration takeOver,
        int maxTokens,
        int threads) {
    public static final String DEFAULT_MODEL = "smollm2-135m-instruct-q4_1";

    /** So that the next one is at it well within two seconds. */
    public static final Duration TAKE_OVER = Duration.ofMillis(1500);

    /** The same model, asked within other bounds. */
    public InferSettings withLimits(InferSettings other) {
        return new InferSettings(
                model, file, sha256, template, memoryMiB, other.deadline, other.takeOver, other.maxTokens, threads);
    }

    /** Rules alone. */
    public InferSettings withoutModel() {
        return new InferSettings(null, null, null, template, memoryMiB, deadline, takeOver, maxTokens, threads);
    }
}
