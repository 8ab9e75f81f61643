package io.penstock.sensors.reading;

import java.time.InstantSource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;

/** Counts what a source could not use, by reason, and logs the first of each minute with what was wrong. Thread-safe. */
public final class RejectLog {
    private static final long QUIET_MILLIS = 60_000;
    private static final int LONGEST_TEXT = 300;
    private static final RejectReason[] REASONS = RejectReason.values();

    private final String source;
    private final InstantSource clock;
    private final Logger log;
    private final AtomicLongArray counts = new AtomicLongArray(REASONS.length);
    private final AtomicLong nextLogMillis = new AtomicLong(Long.MIN_VALUE);

    public RejectLog(String source, InstantSource clock, Logger log) {
        this.source = source;
        this.clock = clock;
        this.log = log;
    }

    /**
     * Counts one reject.
     *
     * @param where the topic, node or file and line; plant text, made printable here
     * @param found what was found and what was expected
     */
    public void reject(String where, RejectReason reason, String found) {
        counts.incrementAndGet(reason.ordinal());
        long now = clock.millis();
        long next = nextLogMillis.get();
        if (now >= next && nextLogMillis.compareAndSet(next, now + QUIET_MILLIS)) {
            log.warn(
                    "{}: rejected {}: {} ({} so far; the next line at the earliest in a minute)",
                    source,
                    printable(where),
                    printable(found),
                    count());
        }
    }

    /** All rejects. */
    public long count() {
        long all = 0;
        for (int i = 0; i < REASONS.length; i++) {
            all += counts.get(i);
        }
        return all;
    }

    /** Rejects by reason, every reason named, in the order of their declaration. */
    public Map<RejectReason, Long> counts() {
        Map<RejectReason, Long> all = new EnumMap<>(RejectReason.class);
        for (RejectReason reason : REASONS) {
            all.put(reason, counts.get(reason.ordinal()));
        }
        return Collections.unmodifiableMap(all);
    }

    private static String printable(String text) {
        String cut = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "..." : text;
        return cut.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }
}
