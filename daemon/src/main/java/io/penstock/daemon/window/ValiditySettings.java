package io.penstock.daemon.window;

import java.time.Duration;

/**
 * When a reading is not to be believed.
 *
 * @param trustUncertain whether readings of uncertain quality may enter features
 * @param spikeSpreads how many robust spreads of the readings before it a single one must stand off; infinite switches the
 *     check off
 * @param gapAfter silence of a channel that is at least a gap
 * @param gapIntervals and at least so many of its usual intervals
 * @param lasting how long a bad or out-of-range channel must stay so before it is more than a passing remark
 * @param spikeHold how long a spike is remembered
 */
public record ValiditySettings(
        boolean trustUncertain,
        double spikeSpreads,
        Duration gapAfter,
        double gapIntervals,
        Duration lasting,
        Duration spikeHold) {
    public ValiditySettings {
        if (!(spikeSpreads >= 4)) {
            throw new IllegalArgumentException(
                    "spike_spreads is " + spikeSpreads + ", expected 4 or more (8 is usual)");
        }
        if (gapAfter.isNegative() || gapAfter.isZero() || !(gapIntervals >= 2)) {
            throw new IllegalArgumentException(
                    "gap after " + gapAfter + " or " + gapIntervals + " intervals, expected above 0 s and 2 or more");
        }
        if (lasting.isNegative() || spikeHold.isNegative()) {
            throw new IllegalArgumentException("durations " + lasting + " and " + spikeHold + ", expected 0 s or more");
        }
    }

    public static ValiditySettings standard() {
        return new ValiditySettings(
                false, 8, Duration.ofSeconds(10), 10, Duration.ofSeconds(5), Duration.ofSeconds(60));
    }

    /** For columns of a file of which neither sensor nor unit is known: a spike may be what is looked for. */
    public static ValiditySettings unknownSensor() {
        return new ValiditySettings(
                false,
                Double.POSITIVE_INFINITY,
                Duration.ofDays(3650),
                10,
                Duration.ofSeconds(5),
                Duration.ofSeconds(60));
    }
}
