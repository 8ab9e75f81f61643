package io.penstock.daemon.infer;

import java.time.Duration;
import java.time.Instant;

/**
 * Whether a candidate may be asked, as far as one class of failure is concerned; time is handed in. A failed candidate is left alone
 * for a pause, then one question tries it again.
 *
 * <pre>
 *           enough failures            the pause is over, a question asks
 *  Closed ------------------> Open -----------------------------------> HalfOpen
 *    ^                         ^              it failed: twice the pause    |
 *    |                         +--------------------------------------------+
 *    +------------- it answered ------------------------------------------- +
 * </pre>
 *
 * Resilience4j's circuit breaker opens at a rate within a window; here a single failure must do, the five classes differ, and the
 * states are asked for by people: three records say it all.
 */
public sealed interface Breaker {
    /** May be asked. */
    record Closed(int failures) implements Breaker {}

    /** Is left alone. */
    record Open(Duration pause, Instant until) implements Breaker {}

    /** One question tries it; others leave it alone meanwhile. */
    record HalfOpen(Duration pause) implements Breaker {}

    Breaker CLOSED = new Closed(0);

    /** Whether a question may ask now. */
    default boolean admits(Instant now) {
        return switch (this) {
            case Closed closed -> true;
            // before its beginning: the clock was set back, and nobody knows how long it is open
            case Open(Duration pause, Instant until) -> !now.isBefore(until) || now.isBefore(until.minus(pause));
            case HalfOpen halfOpen -> false;
        };
    }

    /** A question asks. */
    default Breaker asked() {
        return this instanceof Open open ? new HalfOpen(open.pause()) : this;
    }

    /** The question that asked failed in this class. */
    default Breaker failed(Failure failure, Instant now) {
        return switch (this) {
            case Closed closed ->
                closed.failures() + 1 < failure.opensAfter()
                        ? new Closed(closed.failures() + 1)
                        : open(failure.pause(), now);
            case Open open -> open(longer(open.pause(), failure), now);
            case HalfOpen halfOpen -> open(longer(halfOpen.pause(), failure), now);
        };
    }

    /** The question that asked failed in another class: nothing is known of this one, and it may be tried again. */
    default Breaker unproven(Instant now) {
        return this instanceof HalfOpen halfOpen ? open(halfOpen.pause(), now) : this;
    }

    private static Breaker open(Duration pause, Instant now) {
        return new Open(pause, now.plus(pause));
    }

    private static Duration longer(Duration pause, Failure failure) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(failure.longest()) > 0 ? failure.longest() : twice;
    }
}
