package io.penstock.daemon;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What a process runs until it is told to stop: a gateway by its configuration, or a hub. */
public interface Attended extends AutoCloseable {
    /** Completed exceptionally when a lane ended by a bug; the process must end then. */
    CompletableFuture<Void> failure();

    /** Whether the lane that takes things in has turned within that time. */
    boolean alive(Duration within);

    /** How it is, for a person: one line. */
    String text();

    @Override
    void close();
}
