package io.penstock.models.remote;

/** Whose dialect of the OpenAI API a server speaks: how it takes a closed set, and how an answer's form. */
public enum ServerKind {
    /** Exact label probabilities and grammars, by {@code penstock.labels} and {@code grammar}. */
    PENSTOCK,
    /** {@code grammar}, and probabilities of the first token. */
    LLAMA_CPP,
    /** {@code structured_outputs}, and probabilities of the first token. */
    VLLM,
    /** {@code response_format}; probabilities of the first token where its version gives them. */
    OLLAMA,
    /** {@code response_format}, and probabilities of the first token. */
    OPENAI;

    /** Whether an answer's form can be given as a grammar; elsewhere as a JSON schema or in words. */
    boolean takesGrammar() {
        return this == PENSTOCK || this == LLAMA_CPP || this == VLLM;
    }
}
