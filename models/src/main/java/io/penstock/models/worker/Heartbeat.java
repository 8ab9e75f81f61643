package io.penstock.models.worker;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells the parent that a text's writing goes on, as long as it does. In the child's process. */
final class Heartbeat implements AutoCloseable {
    static final Duration EVERY = Duration.ofMillis(250);

    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final OutputStream frames;
    private final long question;
    private final LongSupplier steps;
    private final ScheduledFuture<?> beating;
    private long last;

    /** @param steps grow while the writing goes on; zero before it and after */
    Heartbeat(OutputStream frames, long question, LongSupplier steps) {
        this.frames = frames;
        this.question = question;
        this.steps = steps;
        this.beating =
                TIMER.scheduleWithFixedDelay(this::beat, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private void beat() {
        long now = steps.getAsLong();
        if (now == 0 || now == last) {
            return;
        }
        last = now;
        try {
            Frame.write(frames, new Answer.Writing(question));
        } catch (IOException e) {
            System.err.println("heartbeat: " + e);
            close();
        }
    }

    @Override
    public void close() {
        beating.cancel(false);
    }
}
