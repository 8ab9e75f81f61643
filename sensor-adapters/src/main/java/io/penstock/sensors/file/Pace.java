package io.penstock.sensors.file;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How fast a recording is replayed: as often as its readings followed one another, times a speed. For one thread. */
public final class Pace {
    private final @Nullable Double speed;
    private boolean begun;
    private long firstSourceMicros;
    private long firstNanos;

    /** @param speed 1 is as it was, 2 is twice as fast; null is as fast as it goes */
    public Pace(@Nullable Double speed) {
        this.speed = speed;
    }

    /**
     * How long to wait before the next reading.
     *
     * @param sourceMicros its source time
     * @return never negative
     */
    public Duration before(long sourceMicros) {
        if (speed == null) {
            return Duration.ZERO;
        }
        if (!begun) {
            begun = true;
            firstSourceMicros = sourceMicros;
            firstNanos = System.nanoTime();
        }
        double dueNanos = (sourceMicros - firstSourceMicros) * 1_000.0 / speed;
        return Duration.ofNanos(Math.max(0, (long) dueNanos - (System.nanoTime() - firstNanos)));
    }
}
