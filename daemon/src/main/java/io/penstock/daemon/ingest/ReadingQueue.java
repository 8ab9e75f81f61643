package io.penstock.daemon.ingest;

import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
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
    /** A waveform counts for as many readings as take its place in memory. */
    private static final int SAMPLES_A_READING = 128;

    private int capacity;
    private final long patienceNanos;
    private final ArrayDeque<Delivery> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition work = lock.newCondition();
    private int readings;
    /** So many readings wake the taker: it is not called for each of a batch. */
    private int wanted = 1;

    private long lastTakenNanos = System.nanoTime();
    private int peak;
    private long refused;
    private boolean closed;

    /**
     * @param capacity readings, not deliveries, a waveform counting one and one more for each 128 samples; one delivery larger than this is taken when the queue is empty
     * @param patience how long a source waits for room; below half of any source's keep-alive
     */
    public ReadingQueue(int capacity, Duration patience) {
        this.capacity = capacity;
        this.patienceNanos = patience.toNanos();
    }

    @Override
    public boolean offer(Delivery delivery) {
        int size = size(delivery);
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
            if (readings >= wanted) {
                work.signal();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what waits: waits up to {@code idle} for the first delivery, then for the batch to fill, but no longer than until
     * {@code linger} after the last batch was taken. So a steady stream comes in batches, and a lone reading at once.
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
            wanted = most;
            left = lastTakenNanos + linger.toNanos() - System.nanoTime();
            while (!waiting.isEmpty() && readings < most && !closed && left > 0) {
                left = work.awaitNanos(left);
            }
            wanted = 1;
            return batch(most);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #take}, without waiting: only where a whole batch is there, else nothing. */
    public List<Delivery> takeFull(int most) {
        lock.lock();
        try {
            return readings >= most ? batch(most) : List.of();
        } finally {
            lock.unlock();
        }
    }

    private List<Delivery> batch(int most) {
        lastTakenNanos = System.nanoTime();
        List<Delivery> batch = new ArrayList<>();
        int taken = 0;
        while (!waiting.isEmpty()) {
            int size = size(waiting.peek());
            if (taken > 0 && taken + size > most) {
                break;
            }
            batch.add(waiting.remove());
            taken += size;
        }
        readings -= taken;
        room.signalAll();
        return batch;
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

    private static int size(Delivery delivery) {
        List<Reading> readings = delivery.readings();
        int size = readings.size();
        for (int i = 0; i < readings.size(); i++) {
            if (readings.get(i) instanceof Reading.Waveform wave) {
                size += wave.samples().length / SAMPLES_A_READING;
            }
        }
        return size;
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
