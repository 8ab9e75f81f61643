package io.penstock.models.store;

/** A bundle was not taken in, and nothing of it is left. The message says what was found, what was expected, what to do. */
public final class ImportRefused extends Exception {
    private static final long serialVersionUID = 1L;

    public ImportRefused(String message) {
        super(message);
    }

    public ImportRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
