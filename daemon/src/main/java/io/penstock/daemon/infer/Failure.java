package io.penstock.daemon.infer;

import io.penstock.models.language.ModelUnavailable;
import java.time.Duration;

/**
 * The classes of a candidate's failures. Each has its own breaker, because each mends in its own time: a dead process is there again
 * after a second, a wrong file only after a person came.
 */
public enum Failure {
    /** Its process died, cannot be reached, or waits for its next start. */
    GONE(1, Duration.ofSeconds(2), Duration.ofMinutes(1), false),
    /** It has no room: the memory budget, or its own bound. */
    STARVED(1, Duration.ofSeconds(10), Duration.ofMinutes(5), false),
    /** It did not answer within its part of the deadline. */
    SLOW(1, Duration.ofSeconds(10), Duration.ofMinutes(2), true),
    /** It answered, but with nothing that was asked for. One such answer may be the question's fault. */
    WRONG(2, Duration.ofSeconds(30), Duration.ofMinutes(10), true),
    /** Its file is missing or wrong, or it may not be asked. */
    REFUSED(1, Duration.ofMinutes(1), Duration.ofMinutes(10), false);

    private final int opensAfter;
    private final Duration pause;
    private final Duration longest;
    private final boolean lives;

    Failure(int opensAfter, Duration pause, Duration longest, boolean lives) {
        this.opensAfter = opensAfter;
        this.pause = pause;
        this.longest = longest;
        this.lives = lives;
    }

    /** Failures in a row after which it is not asked for a while. */
    int opensAfter() {
        return opensAfter;
    }

    Duration pause() {
        return pause;
    }

    /** The longest pause; each failed try after a pause doubles it up to this. */
    Duration longest() {
        return longest;
    }

    /** Whether one that failed so may still be worth a try where nobody else is left. */
    boolean lives() {
        return lives;
    }

    public static Failure of(ModelUnavailable.Reason reason) {
        return switch (reason) {
            case REFUSED -> REFUSED;
            case NOT_RUNNING, DIED, CLOSED -> GONE;
            case NO_ROOM -> STARVED;
            case DEADLINE -> SLOW;
            case FAILED -> WRONG;
        };
    }
}
