package io.penstock.daemon.window;

import java.time.Duration;

/**
 * How readings become observations.
 *
 * @param cadence step of the state vectors' grid in source time; zero: one vector for every instant at which anything was read
 * @param staleAfter how long the last valid value of a channel stands for the present one
 * @param validity when a reading is not to be believed
 * @param receiveTimes whether receive times are of the plant's day, so that a device's clock can be held against them; false for
 *     recordings
 */
public record WindowSettings(Duration cadence, Duration staleAfter, ValiditySettings validity, boolean receiveTimes) {
    private static final long MOST_STEPS = 10_000;

    public WindowSettings {
        if (cadence.isNegative() || !staleAfter.isPositive()) {
            throw new IllegalArgumentException("cadence " + cadence + " and stale_after " + staleAfter
                    + ", expected a cadence of 0 s or more and a bound above 0 s");
        }
        if (cadence.isPositive() && staleAfter.dividedBy(cadence) > MOST_STEPS) {
            throw new IllegalArgumentException("stale_after " + staleAfter + " holds more than " + MOST_STEPS
                    + " steps of " + cadence + "; shorten it or lengthen the cadence");
        }
    }

    /** For live readings. */
    public WindowSettings(Duration cadence, Duration staleAfter, ValiditySettings validity) {
        this(cadence, staleAfter, validity, true);
    }

    /** The same for recordings: when they are read says nothing of when they were measured. */
    public WindowSettings recorded() {
        return new WindowSettings(cadence, staleAfter, validity, false);
    }

    /** One vector a second, values stand for ten. */
    public static WindowSettings standard() {
        return new WindowSettings(Duration.ofSeconds(1), Duration.ofSeconds(10), ValiditySettings.standard());
    }

    public WindowSettings withCadence(Duration other) {
        return new WindowSettings(other, staleAfter, validity, receiveTimes);
    }
}
