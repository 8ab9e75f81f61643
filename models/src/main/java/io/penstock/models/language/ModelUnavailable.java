package io.penstock.models.language;

/** A model gave no usable answer in time. The caller goes on with its next candidate; the reason is kept. */
public final class ModelUnavailable extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why there is no answer. */
    public enum Reason {
        /** The file is missing, or its checksum or format is wrong. Trying again does not help. */
        REFUSED,
        /** The process could not be started or is waiting for its next start. */
        NOT_RUNNING,
        /** The machine has no room for it: the memory budget is full, or it used more than its bound. */
        NO_ROOM,
        /** The process died during the question. */
        DIED,
        /** No answer by the deadline; the work was stopped, or the process killed when it did not stop. */
        DEADLINE,
        /** It answered with an error: the prompt is too long, the grammar is wrong. */
        FAILED,
        /** It was closed. */
        CLOSED
    }

    private final Reason reason;

    public ModelUnavailable(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ModelUnavailable(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
