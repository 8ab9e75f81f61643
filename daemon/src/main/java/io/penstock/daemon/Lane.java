package io.penstock.daemon;

import io.penstock.daemon.store.StoreFailed;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a lane its thread: runs it again and again, waiting a little when there was nothing to do. A store that fails is tried
 * again; anything else that escapes is a bug, ends the lane and is reported to the gateway, which ends the process.
 */
final class Lane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    /** One step of a lane. */
    @FunctionalInterface
    interface Step {
        /** Returns whether there was anything to do. */
        boolean runOnce() throws StoreFailed, InterruptedException;
    }

    private final String name;
    private final Step step;
    private final Duration pause;
    private final CompletableFuture<Void> failure;
    private final Thread thread;
    private volatile boolean stopping;
    private boolean woken;
    private volatile long lastTurnNanos = System.nanoTime();
    /** Why the newest turn failed; empty where it did not. */
    private volatile String trouble = "";

    /**
     * @param pause how long an idle lane waits before it looks again; zero when the step itself waits
     * @param failure completed exceptionally when the lane ended by a bug
     */
    Lane(String name, Step step, Duration pause, CompletableFuture<Void> failure) {
        this.name = name;
        this.step = step;
        this.pause = pause;
        this.failure = failure;
        this.thread = Thread.ofPlatform().name("penstock-" + name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** There is something to do: an idle lane looks at once. Any thread. */
    void wake() {
        synchronized (this) {
            woken = true;
            notifyAll();
        }
    }

    /** How long the present turn has lasted: a lane that hangs is seen by it. */
    Duration sinceLastTurn() {
        return Duration.ofNanos(System.nanoTime() - lastTurnNanos);
    }

    /** Why its newest turn failed, in words; empty where it did not. */
    String trouble() {
        return trouble;
    }

    String name() {
        return name;
    }

    private void run() {
        try {
            while (!stopping) {
                lastTurnNanos = System.nanoTime();
                try {
                    boolean any = step.runOnce();
                    trouble = "";
                    if (!any) {
                        sleep(pause);
                    }
                } catch (StoreFailed e) {
                    trouble = String.valueOf(e.getMessage());
                    LOG.error("{}: {}; trying again", name, e.getMessage());
                    sleep(AFTER_FAILURE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failure.completeExceptionally(e);
        }
    }

    private void sleep(Duration time) throws InterruptedException {
        synchronized (this) {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toMillis();
                    left > 0 && !stopping && !woken;
                    left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
            woken = false;
        }
    }

    /** Lets the present step finish and waits for it. */
    @Override
    public void close() {
        synchronized (this) {
            stopping = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
