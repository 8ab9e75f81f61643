package io.penstock.models.store;

/** A model could not be brought here. The message says what was tried and how to bring it by hand. */
public final class PullFailed extends Exception {
    private static final long serialVersionUID = 1L;

    public PullFailed(String message) {
        super(message);
    }

    public PullFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
