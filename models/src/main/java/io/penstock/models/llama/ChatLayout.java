package io.penstock.models.llama;

import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.ModelManifest;
import java.util.List;

/**
 * A prompt as pieces. Only our own marks are read as control tokens; instruction and question are plain text even where
 * they spell a mark, so nothing from the plant can end a turn.
 *
 * @param fixed up to where the question starts: its key-value cells are kept
 * @param shared the question, where its cells are kept because several things are asked of it; else nothing
 * @param asked the rest, up to the opening of the answer
 */
record ChatLayout(List<Piece> fixed, List<Piece> shared, List<Piece> asked) {
    /**
     * A part of the prompt.
     *
     * @param control whether its text is a control token's name
     */
    record Piece(String text, boolean control) {}

    static final String START = "<|im_start|>";
    static final String END = "<|im_end|>";

    static ChatLayout of(ModelManifest.Template template, Prompt prompt) {
        boolean once = prompt.ask().isEmpty();
        List<Piece> shared = once ? List.of() : List.of(plain(prompt.question()));
        String last = once ? prompt.question() : prompt.ask();
        return switch (template) {
            case CHATML ->
                new ChatLayout(
                        List.of(
                                control(START),
                                plain("system\n" + prompt.instruction()),
                                control(END),
                                plain("\n"),
                                control(START),
                                plain("user\n")),
                        shared,
                        List.of(plain(last), control(END), plain("\n"), control(START), plain("assistant\n")));
            case LLAMA3 ->
                new ChatLayout(
                        List.of(
                                control("<|start_header_id|>"),
                                plain("system"),
                                control("<|end_header_id|>"),
                                plain("\n\n" + prompt.instruction()),
                                control("<|eot_id|>"),
                                control("<|start_header_id|>"),
                                plain("user"),
                                control("<|end_header_id|>"),
                                plain("\n\n")),
                        shared,
                        List.of(
                                plain(last),
                                control("<|eot_id|>"),
                                control("<|start_header_id|>"),
                                plain("assistant"),
                                control("<|end_header_id|>"),
                                plain("\n\n")));
            case PHI4 ->
                new ChatLayout(
                        List.of(
                                control("<|system|>"),
                                plain(prompt.instruction()),
                                control("<|end|>"),
                                control("<|user|>")),
                        shared,
                        List.of(plain(last), control("<|end|>"), control("<|assistant|>")));
            case PLAIN ->
                new ChatLayout(List.of(plain(prompt.instruction() + "\n\n")), shared, List.of(plain(last + "\n")));
        };
    }

    private static Piece plain(String text) {
        return new Piece(text, false);
    }

    private static Piece control(String text) {
        return new Piece(text, true);
    }
}
