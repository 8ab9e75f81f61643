package io.penstock.models.worker;

import java.time.Duration;
import java.time.Instant;

/**
 * When the next start is allowed: at once after a first failure, then after each one in a row twice as late, up to a bound.
 *
 * @param failures in a row
 * @param notBefore the earliest next start
 */
record BackOff(int failures, Instant notBefore) {
    static final BackOff NONE = new BackOff(0, Instant.MIN);

    BackOff afterFailure(Instant now, Duration min, Duration max) {
        if (failures == 0) {
            return new BackOff(1, now);
        }
        int doublings = Math.min(failures - 1, 30);
        Duration pause = min.multipliedBy(1L << doublings);
        return new BackOff(failures + 1, now.plus(pause.compareTo(max) > 0 ? max : pause));
    }

    /** No sooner than the longest pause: what failed does not mend by itself. */
    BackOff afterRefusal(Instant now, Duration max) {
        return new BackOff(failures + 1, now.plus(max));
    }

    /** The same with its pause over. */
    BackOff over(Instant now) {
        return new BackOff(failures, now);
    }

    boolean allows(Instant now) {
        return !now.isBefore(notBefore);
    }
}
