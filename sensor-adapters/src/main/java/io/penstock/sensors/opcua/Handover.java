package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Reading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The time in which two sources of one name read at once. What comes to the next one is held: first until the one before has brought
 * what the server sampled before the next one began, then, with that one silent, until the next one has come as far as it. So each
 * channel goes on where it stopped, in the order of its source times. Guarded by the next one's lock.
 */
final class Handover {
    /** A reading that waits. */
    record Held(ChannelTrack track, Reading reading, long serverMicros) {}

    /** About 40 MB; then it is not waited any longer. */
    private static final int MOST_HELD = 500_000;

    private static final int SAMPLES_A_READING = 16;
    /** On top of what the publishing intervals ask for. */
    private static final long NETWORK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long SLOW_SERVER_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final int MOST_AT_ONCE = 1_000;

    private final OpcUaSource before;
    private final ChannelBook from;
    private final ChannelBook to;
    private final List<Held> held = new ArrayList<>();
    /** The first source time of each channel that the one before has not come to yet. */
    private final Map<ChannelId, Long> begins = new HashMap<>();

    private int size;
    private volatile boolean silent;
    private long silentNanos;

    /** @param from the one before's book, into which nobody writes once it is silent */
    Handover(OpcUaSource before, ChannelBook from, ChannelBook to) {
        this.before = before;
        this.from = from;
        this.to = to;
    }

    OpcUaSource before() {
        return before;
    }

    /** Whether the one before offers nothing any more; any thread. */
    boolean isSilent() {
        return silent;
    }

    /** @return false where no more can be held: the reading is lost */
    boolean hold(ChannelTrack track, Reading reading, long serverMicros) {
        if (size >= MOST_HELD) {
            return false;
        }
        size += 1 + (reading instanceof Reading.Waveform wave ? wave.samples().length / SAMPLES_A_READING : 0);
        held.add(new Held(track, reading, serverMicros));
        begins.putIfAbsent(reading.channel(), reading.sourceMicros());
        return true;
    }

    /** Silences the one before where it has brought all it had to, and tells whether it did so now. */
    boolean silencesBefore(long nowNanos, OpcUaLink opened) {
        if (silent) {
            return false;
        }
        long since = nowNanos - opened.openedNanos();
        long publishing = opened.publishingNanos();
        long others = before.publishingNanos();
        long sent = Math.max(others, publishing) + NETWORK_NANOS;
        boolean ready = since > sent && opened.heardSince(opened.openedNanos() + sent) && before.hasBrought(begins);
        boolean late = since > 2 * others + publishing + SLOW_SERVER_NANOS;
        if (opened.isActive() && (ready || late || isNearlyFull())) {
            silence();
        }
        return silent;
    }

    /** Lets the one before offer nothing more, and goes on with what is known of its channels. */
    void silence() {
        before.fallSilent();
        to.follow(from);
        silent = true;
        silentNanos = System.nanoTime();
    }

    /** Whether the next one has come as far as the one before did, so that what is held may be handed on. */
    boolean isDue(long nowNanos, OpcUaLink opened) {
        return silent && (nowNanos - silentNanos > opened.publishingNanos() + NETWORK_NANOS || isNearlyFull());
    }

    private boolean isNearlyFull() {
        return size >= MOST_HELD / 2;
    }

    /** Gives what the one before has not brought, in the order in which it came. */
    void handOn(Consumer<List<Reading>> offer) {
        held.removeIf(one -> one.track().isRepeat(one.reading().sourceMicros()));
        for (int first = 0; first < held.size(); first += MOST_AT_ONCE) {
            offer.accept(held.subList(first, Math.min(first + MOST_AT_ONCE, held.size())).stream()
                    .map(one -> one.track().came(one.reading(), one.serverMicros()))
                    .toList());
        }
        held.clear();
    }

    /** The next one's connection ended before it took over: the one before brings all of this itself. */
    void forget() {
        held.clear();
        begins.clear();
        size = 0;
    }
}
