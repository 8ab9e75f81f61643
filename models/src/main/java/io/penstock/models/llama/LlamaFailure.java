package io.penstock.models.llama;

/** llama.cpp refused what it was given; the process goes on. */
public final class LlamaFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public LlamaFailure(String message) {
        super(message);
    }
}
