package io.penstock.daemon.store;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** A transaction that is under way on the store's writing thread. Transactions are committed in the order they were begun in. */
public final class Commit<T> {
    private final Database database;
    private final Future<Done<T>> done;

    /** What a transaction gave, and how long it took from its beginning until it was on disk. */
    record Done<T>(T result, Duration took) {}

    Commit(Database database, Future<Done<T>> done) {
        this.database = database;
        this.done = done;
    }

    /**
     * Waits until it is on disk.
     *
     * @throws StoreFailed when nothing of it was kept
     */
    public T await() throws StoreFailed {
        return done().result();
    }

    /** From its beginning until it was on disk; waits for that. */
    public Duration took() throws StoreFailed {
        return done().took();
    }

    private Done<T> done() throws StoreFailed {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw database.failed("write", Objects.requireNonNull(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreFailed("write " + database.file() + ": interrupted while waiting for the commit", e, false);
        }
    }
}
