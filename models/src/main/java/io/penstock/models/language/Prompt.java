package io.penstock.models.language;

/**
 * What a language model is asked.
 *
 * @param instruction the fixed first part, equal for every question of one kind: its key-value prefix is kept
 * @param question the part that changes: evidence, past cases, candidates
 */
public record Prompt(String instruction, String question) {}
