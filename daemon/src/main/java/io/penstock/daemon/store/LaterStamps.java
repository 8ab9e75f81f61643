package io.penstock.daemon.store;

import io.penstock.daemon.ingest.GatewayClock.Trust;
import io.penstock.sensors.reading.Reading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives readings that came while the gateway's clock was not set the times they came at, once it is: the receive time, and the source
 * time where the source gave none. A bounded number of rows a step, newest first, so that at each moment the order of times is the
 * order of positions; only rows a snapshot covers, so that a start never goes through half of them. Used by the sense lane alone.
 */
public final class LaterStamps {
    private static final int ROWS = 5_000;
    private static final long BYTES = 4 << 20;

    private final ClockSpans spans;
    private final Journal journal;
    private final Aggregates aggregates;
    private @Nullable Step step;

    /** @param rows newest first, with their old times */
    private record Step(ClockSpans.Span span, List<Journalled> rows, long offset, long downTo) {}

    public LaterStamps(ClockSpans spans, Journal journal, Aggregates aggregates) {
        this.spans = spans;
        this.journal = journal;
        this.aggregates = aggregates;
    }

    /** The reading's minute and hour; one without a time of its own that came while the clock was not set waits for its time. */
    public void tally(Journalled journalled) {
        ClockSpans.Span span = spans.at(journalled.position());
        Reading reading = journalled.reading();
        if (span == null || span.trust() != Trust.UNSET) {
            aggregates.add(reading);
        } else if (hasOwnTime(reading)) {
            aggregates.add(withoutReceiveTime(journalled).reading());
        }
    }

    /** A stored reading as those who judge are to see it: without the receive time where the gateway's clock was not trusted. */
    public Journalled asJudged(Journalled stored) {
        return spans.at(stored.position()) == null ? stored : withoutReceiveTime(stored);
    }

    /** For those who judge by it: a sensor's own time has nothing to be held against while the gateway's clock is not trusted. */
    public static Journalled withoutReceiveTime(Journalled journalled) {
        Reading reading = journalled.reading();
        return hasOwnTime(reading)
                ? new Journalled(journalled.position(), reading.at(reading.sourceMicros(), reading.sourceMicros()))
                : journalled;
    }

    private static boolean hasOwnTime(Reading reading) {
        return reading.sourceMicros() != reading.receivedMicros() && Aggregates.isDate(reading.sourceMicros());
    }

    /**
     * Prepares the next step; its rows are written by the next snapshot's transaction.
     *
     * @return whether there is one
     */
    public boolean prepare(long covered) throws StoreFailed {
        if (step != null) {
            return true;
        }
        ClockSpans.Span span = spans.next().orElse(null);
        if (span == null || span.last() > covered) {
            return false;
        }
        long offset = Objects.requireNonNull(span.offset());
        List<Journalled> rows = journal.newestOf(span.first(), span.left(), ROWS, BYTES);
        for (Journalled row : rows) {
            if (!hasOwnTime(row.reading())) {
                aggregates.add(stamped(row.reading(), offset));
            }
        }
        step = new Step(
                span,
                rows,
                offset,
                rows.isEmpty() ? span.first() : rows.getLast().position());
        return true;
    }

    private static Reading stamped(Reading reading, long offset) {
        long received = reading.receivedMicros() + offset;
        return reading.at(
                reading.sourceMicros() == reading.receivedMicros() ? received : reading.sourceMicros(), received);
    }

    /** Writes the step, inside the snapshot's transaction; then {@link #written}. */
    public void write(Connection c) throws SQLException {
        Step now = step;
        if (now == null) {
            return;
        }
        // a row at a time, newest first: moved together, one could come upon the next one's old time
        try (PreparedStatement s = c.prepareStatement(
                        "UPDATE OR IGNORE reading SET source_time = ?, received_time = ?" + " WHERE position = ?");
                PreparedStatement copies = c.prepareStatement(
                        "UPDATE evidence SET source_time = ?, received_time = ? WHERE position = ?")) {
            for (Journalled row : now.rows()) {
                Reading reading = stamped(row.reading(), now.offset());
                for (PreparedStatement one : List.of(s, copies)) {
                    one.setLong(1, reading.sourceMicros());
                    one.setLong(2, reading.receivedMicros());
                    one.setLong(3, row.position());
                    one.executeUpdate();
                }
            }
        }
        spans.stamped(c, now.span(), now.downTo());
    }

    /** The transaction of {@link #write} was committed. */
    public void written() {
        Step now = step;
        if (now != null) {
            spans.left(now.span(), now.downTo());
            step = null;
        }
    }
}
