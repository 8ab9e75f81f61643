package io.penstock.daemon.ingest;

import io.penstock.sensors.reading.MachineClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.LongSupplier;

/**
 * The gateway's own clock: what it is worth, and a time of receipt that never runs backwards, within a run or over restarts. While
 * the machine's clock is not set, time goes on at the pace of the monotonic clock from where the journal ends; a clock that was set
 * back is waited for at fifteen sixteenths of that pace. Times are microseconds since the epoch. Any thread.
 */
public final class GatewayClock implements InstantSource {
    /** What to think of the machine's clock. */
    public enum Trust {
        TRUSTED,
        /** It stepped less than {@link #SETTLING} ago, or it runs behind what was received before. */
        SUSPECT,
        /** Before this program was written: it was never set. */
        UNSET
    }

    private static final long BUILT_MICROS = ChronoUnit.MICROS.between(Instant.EPOCH, MachineClock.BUILT);

    /** More than a leap second, or than slewing takes between two looks. */
    public static final long STEP_MICROS = 2_000_000;

    static final Duration SETTLING = Duration.ofMinutes(10);
    private static final int MOST_PERIODS = 64;
    private static final int SLOWER = 16;

    /**
     * A stretch of receive times.
     *
     * @param firstMicros the first receive time in it
     * @param leadMicros how far ahead of the monotonic clock: the receive time in an unset period, else what the machine's clock shows
     */
    public record Period(long firstMicros, Trust trust, long leadMicros) {}

    /**
     * How it is now.
     *
     * @param sinceMicros receive time from which on it is so
     * @param steps of the machine's clock seen since start
     * @param stepMicros receive time of the last one; 0 for none
     * @param stepByMicros how far the last one went
     */
    public record State(Trust trust, long sinceMicros, long steps, long stepMicros, long stepByMicros) {}

    private final InstantSource wall;
    private final LongSupplier nanos;
    private final Deque<Period> periods = new ArrayDeque<>();
    private long lastWall;
    private long lastMono;
    private long lastReceived;
    private long anchor;
    private long settledMono;
    private final long first;
    private volatile Period newest;
    private State state;

    /**
     * @param wall the machine's clock
     * @param nanos a clock that only grows, such as {@link System#nanoTime}
     * @param journalled newest receive time in the journal; 0 for none
     */
    public GatewayClock(InstantSource wall, LongSupplier nanos, long journalled) {
        this.wall = wall;
        this.nanos = nanos;
        lastWall = shownMicros();
        lastMono = mono();
        settledMono = lastMono;
        lastReceived = Math.max(lastWall, journalled + 1);
        first = lastReceived;
        anchor = lastReceived - lastMono;
        Trust trust = lastWall < BUILT_MICROS ? Trust.UNSET : lastWall <= journalled ? Trust.SUSPECT : Trust.TRUSTED;
        newest = new Period(lastReceived, trust, trust == Trust.UNSET ? anchor : lastWall - lastMono);
        periods.add(newest);
        state = new State(trust, lastReceived, 0, 0, 0);
    }

    /** What the machine's clock shows, right or wrong. */
    public Instant shown() {
        return wall.instant();
    }

    /** The same in microseconds since the epoch. */
    public long shownMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, shown());
    }

    private long mono() {
        return nanos.getAsLong() / 1_000;
    }

    /** The time at which something is received now: later than any given before. */
    @Override
    public Instant instant() {
        return Instant.EPOCH.plus(receive(), ChronoUnit.MICROS);
    }

    /** As {@link #instant}, in microseconds since the epoch. */
    public long micros() {
        return receive();
    }

    private synchronized long receive() {
        long shown = shownMicros();
        long now = mono();
        long elapsed = Math.max(0, now - lastMono);
        long step = shown - lastWall - elapsed;
        boolean wasUnset = state.trust() == Trust.UNSET;
        boolean unset = shown < BUILT_MICROS;
        if (unset && !wasUnset) {
            anchor = lastReceived - lastMono;
        }
        long received = unset
                ? Math.max(lastReceived + 1, anchor + now)
                : Math.max(shown, Math.max(lastReceived + 1, behind(wasUnset, now, elapsed)));
        boolean stepped = Math.abs(step) > STEP_MICROS;
        if (stepped) {
            state = new State(state.trust(), state.sinceMicros(), state.steps() + 1, received, step);
            // an unset clock that is set is what was waited for
            settledMono = wasUnset ? now : now + SETTLING.toNanos() / 1_000;
        }
        boolean isBehind = received - shown > STEP_MICROS;
        Trust trust = unset ? Trust.UNSET : isBehind || now < settledMono ? Trust.SUSPECT : Trust.TRUSTED;
        if (trust != state.trust()) {
            turn(trust, received, unset ? anchor : shown - now);
        }
        lastWall = shown;
        lastMono = now;
        lastReceived = received;
        return received;
    }

    /** A clock behind what was received is waited for, slowly; while none was set no pace but its own is known. */
    private long behind(boolean wasUnset, long now, long elapsed) {
        return wasUnset ? anchor + now : lastReceived + elapsed - elapsed / SLOWER;
    }

    private void turn(Trust trust, long received, long lead) {
        Period next = new Period(received, trust, lead);
        periods.addLast(next);
        if (periods.size() > MOST_PERIODS) {
            periods.removeFirst();
        }
        newest = next;
        state = new State(trust, received, state.steps(), state.stepMicros(), state.stepByMicros());
    }

    /** No receive time of this run is before it. */
    public long firstMicros() {
        return first;
    }

    /** The period a receive time of this run lies in; the oldest known for those before it. */
    public Period at(long receivedMicros) {
        Period last = newest;
        if (receivedMicros >= last.firstMicros()) {
            return last;
        }
        synchronized (this) {
            Iterator<Period> back = periods.descendingIterator();
            Period found = periods.getFirst();
            while (back.hasNext()) {
                Period one = back.next();
                if (one.firstMicros() <= receivedMicros) {
                    return one;
                }
                found = one;
            }
            return found;
        }
    }

    /** How it is now: looks at the clock. */
    public synchronized State state() {
        receive();
        return state;
    }
}
