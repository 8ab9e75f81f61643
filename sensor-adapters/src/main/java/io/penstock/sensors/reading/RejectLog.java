package io.penstock.sensors.reading;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Counts what a source could not use, and logs the first of each minute with what was wrong. Thread-safe. */
public final class RejectLog {
    private static final long QUIET_MILLIS = 60_000;
    private static final int LONGEST_REASON = 300;

    private final String source;
    private final InstantSource clock;
    private final Logger log;
    private final AtomicLong count = new AtomicLong();
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
     * @param reason what was found and what was expected
     */
    public void reject(String where, String reason) {
        long total = count.incrementAndGet();
        long now = clock.millis();
        long next = nextLogMillis.get();
        if (now >= next && nextLogMillis.compareAndSet(next, now + QUIET_MILLIS)) {
            log.warn(
                    "{}: rejected {}: {} ({} so far; the next line at the earliest in a minute)",
                    source,
                    printable(where),
                    printable(reason),
                    total);
        }
    }

    public long count() {
        return count.get();
    }

    private static String printable(String text) {
        String cut = text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) + "..." : text;
        return cut.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }
}
