package io.penstock.daemon.window;

/**
 * The gateway's clock, which was not set, has been set: what was known by receive times moves with it, so that the jump is no time
 * that went by. Pure.
 *
 * @param byMicros how far it was set ahead
 * @param nowMicros the first receive time afterwards
 */
public record ClockSet(long byMicros, long nowMicros) {
    private static final long NEVER = Long.MIN_VALUE;

    /** A moment as the clock would have shown it; one that was right already, by a sensor's own clock, stays. */
    public long moved(long micros) {
        return micros == NEVER || micros > nowMicros - byMicros ? micros : micros + byMicros;
    }
}
