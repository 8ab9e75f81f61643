package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.Summary;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The cases of a site that are under way. A summary names its case by the minute it was opened, modulo {@link Summary#CASE_NUMBERS}: which lap
 * of 2.8 days it was is known from the summary before it, or is the last one.
 */
final class OpenCases {
    /** A gateway has two open cases an asset at most; beyond this the one that was silent longest is forgotten. */
    private static final int MOST_OPEN = 2 * Summary.MOST_ASSETS;
    /** The newest of those that are over: a word on one may be late, or said again. */
    private static final int MOST_OVER = 64;

    private record Standing(long openedMinutes, long updatedMinutes, boolean closed) {
        boolean covers(long minutes) {
            return openedMinutes <= minutes && (!closed || minutes <= updatedMinutes);
        }
    }

    private final Map<Integer, Standing> open = newest(MOST_OPEN);
    private final Map<Integer, Standing> over = newest(MOST_OVER);

    private static Map<Integer, Standing> newest(int most) {
        return new LinkedHashMap<>(8, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Standing> eldest) {
                return size() > most;
            }
        };
    }

    /** Which case it is of, and remembers it. Minutes since 2026. */
    long openedMinutes(Summary summary) {
        int key = key(summary.asset(), summary.caseNumber());
        Standing before = open.containsKey(key) ? open.get(key) : over.get(key);
        if (before != null && before.covers(summary.minutes())) {
            if (summary.minutes() >= before.updatedMinutes()) {
                // a word of the very minute in which it closed opens it no more
                boolean closed = before.closed() || summary.closed();
                remember(summary.asset(), summary.caseNumber(), before.openedMinutes(), summary.minutes(), closed);
            }
            return before.openedMinutes();
        }
        long opened = summary.minutes()
                - Math.floorMod(summary.minutes() - summary.caseNumber(), (long) Summary.CASE_NUMBERS);
        if (before == null || summary.minutes() >= before.updatedMinutes()) {
            remember(summary.asset(), summary.caseNumber(), opened, summary.minutes(), summary.closed());
        }
        return opened;
    }

    /** As the store has it. */
    void remember(int place, int number, long openedMinutes, long updatedMinutes, boolean closed) {
        int key = key(place, number);
        (closed ? open : over).remove(key);
        (closed ? over : open).put(key, new Standing(openedMinutes, updatedMinutes, closed));
    }

    private static int key(int place, int number) {
        return place * Summary.CASE_NUMBERS + number;
    }
}
