package io.penstock.models.language;

/**
 * What a language model is asked. A part that equals the last question's part, and follows equal parts, is not read again.
 *
 * @param instruction the fixed first part, equal for every question of one kind
 * @param question the part that changes: evidence, past cases, candidates
 * @param ask what is wanted of it, where several things are asked of one question; else empty
 */
public record Prompt(String instruction, String question, String ask) {
    /** A question of which one thing is asked. */
    public Prompt(String instruction, String question) {
        this(instruction, question, "");
    }
}
