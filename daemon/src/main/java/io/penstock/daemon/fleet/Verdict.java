package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.FrameItem;
import java.util.List;
import java.util.Locale;

/** What becomes of a frame. */
public sealed interface Verdict {
    /**
     * New, whole, of a known key.
     *
     * @param content what it sealed, kept as it came
     * @param readable false for one of another dictionary: a newer version reads it from the store
     * @param items what it tells
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Taken(int keyId, long counter, Cost cost, byte[] content, boolean readable, List<FrameItem> items)
            implements Verdict {
        public Taken {
            items = List.copyOf(items);
        }
    }

    /** Taken before: its sender need not send it again. */
    record Known(int keyId, long counter) implements Verdict {}

    /** @param text for a person: what was found */
    record Refused(Reason reason, String text) implements Verdict {}

    /** What a frame is counted as, beside those that were taken. */
    enum Reason {
        /** No site of this name has a key here. */
        UNKNOWN_SITE,
        TOO_LONG,
        TRUNCATED,
        /** No frame this version knows, or one that holds words of another dictionary. */
        OTHER_VERSION,
        UNKNOWN_KEY,
        /** Changed on its way, or sealed with another key of the same id. */
        WRONG_KEY,
        /** Its counter was taken before. */
        REPLAYED,
        /** Too far behind the newest counter to be told from a repetition. */
        TOO_OLD;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
