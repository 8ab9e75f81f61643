package io.penstock.sensors.reading;

import java.time.Instant;

/** Whether a machine's clock can be right at all. Pure. */
public final class MachineClock {
    /** This version was not there before: a clock that shows less was never set. */
    public static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");

    private MachineClock() {}

    public static boolean isUnset(Instant shown) {
        return shown.isBefore(BUILT);
    }

    /** What to think of a certificate that is not valid yet by this clock. */
    public static String cause(Instant shown) {
        return isUnset(shown)
                ? "this machine's clock was never set (it says " + shown
                        + "), which is the likely cause: set it, by chrony or systemd-timesyncd"
                : "it is " + shown + " here: set this machine's clock, or wait";
    }
}
