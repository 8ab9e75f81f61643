package io.penstock.daemon.hub;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Frames that wait for their commit, a bounded number: whoever brings one more waits. */
public final class ArrivalQueue {
    private final BlockingQueue<Arrival> waiting;

    /** @param bound frames that wait, at most */
    public ArrivalQueue(int bound) {
        waiting = new ArrayBlockingQueue<>(bound);
    }

    /**
     * Hands a frame over.
     *
     * @return false when there was no room for so long: it is the caller's still, and nothing is answered
     */
    public boolean offer(Arrival arrival, Duration patience) throws InterruptedException {
        return waiting.offer(arrival, patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What waits, at most so many; when nothing does, what comes within that time. */
    List<Arrival> take(int most, Duration patience) throws InterruptedException {
        List<Arrival> taken = new ArrayList<>();
        Arrival first = waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (first != null) {
            taken.add(first);
            waiting.drainTo(taken, most - 1);
        }
        return taken;
    }

    public int depth() {
        return waiting.size();
    }
}
