package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.Summary;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The cases of a site that are under way. A summary names its case by the minute it was opened, modulo {@link #NUMBERS}: which lap
 * of 2.8 days it was is known from the summary before it, or is the last one.
 */
final class OpenCases {
    static final int NUMBERS = 4_096;

    /** A gateway has two open cases an asset at most; beyond this the one that was silent longest is forgotten. */
    private static final int MOST = 64;

    private record Standing(long openedMinutes, long updatedMinutes, boolean closed) {}

    private final Map<Integer, Standing> newest = new LinkedHashMap<>(8, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Standing> eldest) {
            return size() > MOST;
        }
    };

    /** Which case it is of, and remembers it. Minutes since 2026. */
    long openedMinutes(Summary summary) {
        int key = key(summary.asset(), summary.caseNumber());
        Standing before = newest.get(key);
        long opened = before != null && !before.closed() && before.openedMinutes() <= summary.minutes()
                ? before.openedMinutes()
                : summary.minutes() - Math.floorMod(summary.minutes() - summary.caseNumber(), (long) NUMBERS);
        if (before == null || summary.minutes() >= before.updatedMinutes()) {
            newest.put(key, new Standing(opened, summary.minutes(), summary.closed()));
        }
        return opened;
    }

    /** As the store has it. */
    void remember(int place, int number, long openedMinutes, long updatedMinutes) {
        newest.put(key(place, number), new Standing(openedMinutes, updatedMinutes, false));
    }

    private static int key(int place, int number) {
        return place * NUMBERS + number;
    }
}
