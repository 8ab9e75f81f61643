package io.penstock.daemon.cases;

import java.time.Duration;

/**
 * How findings become cases. All times are source time.
 *
 * @param closeAfter a case with no active line for this long is closed
 * @param gathering how long after its opening a case collects evidence before its second version, unless severity rises
 * @param holdOff least time between two versions of a case, unless severity rises
 * @param chatterHold a line that has ended counts as active this much longer, so that a value dancing on its limit is one line
 * @param joinWithin findings that opened no case but were active this shortly before one opened join it
 * @param announceWindow the window of {@code mostAnnouncements}
 * @param mostAnnouncements versions (first ones and closings of unknown cases included) a gateway announces in a window; more wait
 *     until one leaves the window
 * @param reservedForNew how many of these only openings and rises of severity may use
 * @param mostLines lines a case holds; further ones are counted and dropped
 */
public record CaseSettings(
        Duration closeAfter,
        Duration gathering,
        Duration holdOff,
        Duration chatterHold,
        Duration joinWithin,
        Duration announceWindow,
        int mostAnnouncements,
        int reservedForNew,
        int mostLines) {
    /** Ten announcements in ten minutes: the flood bound of ANSI/ISA-18.2 and EEMUA 191. */
    public static final CaseSettings DEFAULTS = new CaseSettings(
            Duration.ofMinutes(5),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofMinutes(10),
            10,
            3,
            64);

    public CaseSettings {
        require("close_after", closeAfter, Duration.ofSeconds(1), Duration.ofDays(7));
        require("gathering", gathering, Duration.ZERO, Duration.ofMinutes(10));
        require("hold_off", holdOff, Duration.ZERO, Duration.ofHours(1));
        require("chatter_hold", chatterHold, Duration.ZERO, Duration.ofHours(1));
        require("join_within", joinWithin, Duration.ZERO, Duration.ofHours(1));
        require("announce_window", announceWindow, Duration.ofSeconds(1), Duration.ofDays(1));
        if (mostAnnouncements < 1 || mostAnnouncements > 1000) {
            throw new IllegalArgumentException("most_announcements is " + mostAnnouncements + ", expected 1 to 1000");
        }
        if (reservedForNew < 0 || reservedForNew >= mostAnnouncements) {
            throw new IllegalArgumentException(
                    "reserved_for_new is " + reservedForNew + ", expected 0 to most_announcements less one");
        }
        if (mostLines < 4 || mostLines > 256) {
            throw new IllegalArgumentException("most_lines is " + mostLines + ", expected 4 to 256");
        }
    }

    private static void require(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(key + " is " + value + ", expected " + least + " to " + most);
        }
    }
}
