package io.penstock.daemon.ingest;

import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.ReadingSink;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Deliveries that wait for their commit, bounded by the number of readings in them. When it is full a source waits, and is
 * refused after its patience: what it then leaves unacknowledged stays in the broker.
 */
public final class ReadingQueue implements ReadingSink {
    private int capacity;
    private final long patienceNanos;
    private final ArrayDeque<Delivery> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition work = lock.newCondition();
    private int readings;
    private int peak;
    private long refused;
    private boolean closed;

    /**
     * @param capacity readings, not deliveries; one delivery larger than this is taken when the queue is empty
     * @param patience how long a source waits for room; below half of any source's keep-alive
     */
    public ReadingQueue(int capacity, Duration patience) {
        this.capacity = capacity;
        this.patienceNanos = patience.toNanos();
    }

    @Override
    public boolean offer(Delivery delivery) {
        int size = delivery.readings().size();
        long left = patienceNanos;
        lock.lock();
        try {
            while (!closed && readings > 0 && readings + size > capacity) {
                if (left <= 0) {
                    refused++;
                    return false;
                }
                left = room.awaitNanos(left);
            }
            if (closed) {
                return false;
            }
            waiting.add(delivery);
            readings += size;
            peak = Math.max(peak, readings);
            work.signal();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what waits: waits up to {@code idle} for the first delivery, then up to {@code linger} for the batch to fill.
     *
     * @return at most {@code most} readings' worth of deliveries (one larger delivery comes alone); empty after an idle wait
     */
    public List<Delivery> take(int most, Duration linger, Duration idle) throws InterruptedException {
        lock.lock();
        try {
            long left = idle.toNanos();
            while (waiting.isEmpty() && !closed && left > 0) {
                left = work.awaitNanos(left);
            }
            left = linger.toNanos();
            while (!waiting.isEmpty() && readings < most && !closed && left > 0) {
                left = work.awaitNanos(left);
            }
            List<Delivery> batch = new ArrayList<>();
            int taken = 0;
            while (!waiting.isEmpty()) {
                int size = waiting.peek().readings().size();
                if (taken > 0 && taken + size > most) {
                    break;
                }
                batch.add(waiting.remove());
                taken += size;
            }
            readings -= taken;
            room.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Another capacity; what waits beyond a smaller one stays. */
    public void resize(int readingsAtMost) {
        lock.lock();
        try {
            capacity = readingsAtMost;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Refuses from now on; what waits can still be taken. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What the queue has seen since start. */
    public record Counts(int waiting, int peak, long refused) {}

    public Counts counts() {
        lock.lock();
        try {
            return new Counts(readings, peak, refused);
        } finally {
            lock.unlock();
        }
    }
}
