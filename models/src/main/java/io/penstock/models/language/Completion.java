package io.penstock.models.language;

import java.time.Duration;

/**
 * Text a model wrote.
 *
 * @param text as generated, untrusted
 * @param promptTokens tokens of the whole prompt
 * @param reusedTokens how many of them came from the kept prefix
 * @param generatedTokens tokens written
 * @param stop why it ended
 * @param latency wall time inside the model's process
 */
public record Completion(
        String text, int promptTokens, int reusedTokens, int generatedTokens, Stop stop, Duration latency) {
    /** Why a completion ended. */
    public enum Stop {
        /** The model or the grammar ended it. */
        END,
        /** The token limit was reached. */
        LENGTH
    }
}
