package io.penstock.sensors.reading;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a source that reads by itself, and the lock under which such a source calls its sink: {@link #close} waits for a
 * call under way, and nothing is offered afterwards.
 */
public final class SourceThread {
    private final String name;
    private final CountDownLatch closing = new CountDownLatch(1);
    private @Nullable Thread thread;

    /** @param name of the thread */
    public SourceThread(String name) {
        this.name = name;
    }

    /** @throws IllegalStateException when it was started before */
    public synchronized void start(Runnable work) {
        if (thread != null) {
            throw new IllegalStateException(name + " was started before");
        }
        // no virtual one: reading a file or a store holds its carrier, and the others would wait
        thread = Thread.ofPlatform().daemon().name(name).start(work);
    }

    public boolean isClosing() {
        return closing.getCount() == 0;
    }

    private synchronized boolean offer(Delivery delivery, ReadingSink sink) {
        return !isClosing() && sink.offer(delivery);
    }

    /** Offers again and again until it is taken. False when this was closed first. */
    public boolean offerUntilTaken(Delivery delivery, ReadingSink sink, Duration again) {
        while (!isClosing()) {
            if (offer(delivery, sink)) {
                return true;
            }
            pause(again);
        }
        return false;
    }

    /** Waits, until this is closed at the latest; for its own thread. */
    public void pause(Duration time) {
        try {
            closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing.countDown();
        }
    }

    /**
     * Asks the thread to end and waits for it.
     *
     * @return whether it ended, or never ran
     */
    public boolean close(Duration patience) {
        closing.countDown();
        Thread running;
        synchronized (this) {
            running = thread;
        }
        try {
            return running == null || running.join(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
