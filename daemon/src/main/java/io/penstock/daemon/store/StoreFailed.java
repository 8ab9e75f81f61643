package io.penstock.daemon.store;

/** The store could not do what it was asked. Nothing of the transaction was kept. */
public final class StoreFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean full;

    public StoreFailed(String message, Throwable cause, boolean full) {
        super(message, cause);
        this.full = full;
    }

    /** Whether the disk is full: after purging, trying again helps. */
    public boolean full() {
        return full;
    }
}
