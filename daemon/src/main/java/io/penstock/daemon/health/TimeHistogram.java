package io.penstock.daemon.health;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long something took, counted in fixed steps from 1 ms to 60 s: what lies above all steps is counted, too. Any thread. */
public final class TimeHistogram {
    /** Upper bounds in seconds; a commit on flash and a model's answer both find steps that tell them apart. */
    private static final double[] BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final LongAdder nanos = new LongAdder();

    /**
     * What was counted at one moment.
     *
     * @param bounds upper bounds in seconds, rising
     * @param counts one for each bound, those of shorter times not included, and one for what was longer than all
     * @param seconds sum of all times
     */
    public record Counts(double[] bounds, long[] counts, double seconds) {
        public long all() {
            return Arrays.stream(counts).sum();
        }

        /** The smallest bound that the given share of all times, 0 to 1, stayed within; NaN of none, infinite above all. */
        public double within(double share) {
            long all = all();
            if (all == 0) {
                return Double.NaN;
            }
            long seen = 0;
            for (int i = 0; i < bounds.length; i++) {
                seen += counts[i];
                if (seen >= share * all) {
                    return bounds[i];
                }
            }
            return Double.POSITIVE_INFINITY;
        }
    }

    public void add(Duration time) {
        double seconds = time.toNanos() / 1e9;
        int place = 0;
        while (place < BOUNDS.length && seconds > BOUNDS[place]) {
            place++;
        }
        counts.incrementAndGet(place);
        nanos.add(time.toNanos());
    }

    public Counts counts() {
        long[] now = new long[counts.length()];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts.get(i);
        }
        return new Counts(BOUNDS.clone(), now, nanos.sum() / 1e9);
    }
}
