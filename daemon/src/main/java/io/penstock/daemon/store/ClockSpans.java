package io.penstock.daemon.store;

import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.ingest.GatewayClock.Period;
import io.penstock.daemon.ingest.GatewayClock.Trust;
import io.penstock.daemon.window.ClockSet;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Stretches of the journal that were received while the gateway's clock was not to be trusted. Kept in memory as in the store;
 * written in the transaction that journals what they cover, so a kill loses both or neither. Used by the sense lane alone.
 */
public final class ClockSpans {
    /** Spans kept; a clock that flaps has the oldest forgotten, and their readings then count as trusted. */
    private static final int MOST = 1_000;

    /**
     * One stretch.
     *
     * @param lead receive time less the monotonic clock of that boot, microseconds
     * @param offset how far its times were wrong, microseconds; null while that is not known
     * @param setMicros the first receive time after the clock was set; 0 while it is not known
     * @param left the last position whose times still have to be corrected; below {@code first} where all are
     */
    public record Span(
            long first,
            long last,
            Trust trust,
            String boot,
            long lead,
            @Nullable Long offset,
            long setMicros,
            long left) {
        /** Whether its times are, or are to be, corrected. */
        public boolean isStamped() {
            return offset != null && offset > 0;
        }

        /** That the clock was set after it. */
        public ClockSet set() {
            return new ClockSet(Objects.requireNonNull(offset), setMicros);
        }

        private Span to(long position) {
            return new Span(first, position, trust, boot, lead, offset, setMicros, left);
        }

        private Span known(long by, long setAt) {
            return new Span(first, last, trust, boot, lead, by, setAt, by > 0 ? last : first - 1);
        }

        private Span leaving(long position) {
            return new Span(first, last, trust, boot, lead, offset, setMicros, position);
        }
    }

    private final Database database;
    private final GatewayClock clock;
    private final String boot;
    private final long start;
    private final TreeMap<Long, Span> spans = new TreeMap<>();
    /** First positions of those that changed since the last commit. */
    private final TreeSet<Long> changed = new TreeSet<>();
    /** Whether a span of this boot waits for the clock to be set. */
    private boolean waits;

    /** @param boot names the machine's start: monotonic clocks of one boot go on from process to process */
    public ClockSpans(Database database, GatewayClock clock, String boot) throws StoreFailed {
        this.database = database;
        this.clock = clock;
        this.boot = boot;
        this.start = clock.firstMicros();
        reload();
    }

    /** The newest receive time in the journal, microseconds; 0 where it is empty. */
    public static long newestReceived(Database database) throws StoreFailed {
        return database.read(c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT received_time FROM reading ORDER BY position DESC LIMIT 1")) {
                return r.next() ? r.getLong(1) : 0L;
            }
        });
    }

    /** The span a position lies in; empty where the clock was trusted, or the store is of a version that did not ask. */
    public static Optional<Span> covering(Connection c, long position) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT 1 FROM sqlite_master WHERE name = 'clock_span'")) {
            if (!r.next()) {
                return Optional.empty();
            }
        }
        return read(c).stream()
                .filter(span -> span.first() <= position && position <= span.last())
                .findFirst();
    }

    /** All spans of a store, oldest first. */
    private static List<Span> read(Connection c) throws SQLException {
        List<Span> all = new ArrayList<>();
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT first_position, last_position, trust, boot, lead_us, offset_us,"
                        + " set_time, left_position FROM clock_span ORDER BY first_position")) {
            while (r.next()) {
                long offset = r.getLong(6);
                Long known = r.wasNull() ? null : offset;
                all.add(new Span(
                        r.getLong(1),
                        r.getLong(2),
                        Trust.valueOf(r.getString(3).toUpperCase(Locale.ROOT)),
                        r.getString(4),
                        r.getLong(5),
                        known,
                        r.getLong(7),
                        r.getLong(8)));
            }
        }
        return all;
    }

    private void reload() throws StoreFailed {
        spans.clear();
        changed.clear();
        database.read(ClockSpans::read).forEach(span -> spans.put(span.first(), span));
        waits = spans.values().stream().anyMatch(this::isWaiting);
    }

    private boolean isWaiting(Span span) {
        return span.trust() == Trust.UNSET
                && span.offset() == null
                && span.boot().equals(boot);
    }

    /** Whether a receive time was given in this run. */
    boolean isOfThisRun(long receivedMicros) {
        return receivedMicros >= start;
    }

    /** A reading is about to be journalled at a position; inside the transaction that does it. */
    void note(long position, long receivedMicros) {
        if (receivedMicros < start) {
            return;
        }
        Period period = clock.at(receivedMicros);
        if (period.trust() != Trust.UNSET && waits) {
            spans.values().stream()
                    .filter(this::isWaiting)
                    .toList()
                    .forEach(span -> put(span.known(period.leadMicros() - span.lead(), receivedMicros)));
            waits = false;
        }
        if (period.trust() == Trust.TRUSTED) {
            return;
        }
        Map.Entry<Long, Span> last = spans.lastEntry();
        boolean goesOn = last != null
                && last.getValue().last() == position - 1
                && last.getValue().trust() == period.trust()
                && last.getValue().lead() == period.leadMicros()
                && last.getValue().boot().equals(boot)
                && last.getValue().offset() == null;
        put(
                goesOn
                        ? last.getValue().to(position)
                        : new Span(position, position, period.trust(), boot, period.leadMicros(), null, 0, 0));
        waits |= period.trust() == Trust.UNSET;
    }

    /**
     * Whether {@link #note} of all of these would change nothing.
     *
     * @param newest what was received before them, of which those that were received earlier take the receive time
     */
    boolean hasNothingToNote(List<Delivery> deliveries, long newest) {
        if (waits || !isTrusted(newest)) {
            return false;
        }
        for (Delivery delivery : deliveries) {
            List<Reading> readings = delivery.readings();
            for (int i = 0; i < readings.size(); i++) {
                if (!isTrusted(readings.get(i).receivedMicros())) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Of an earlier run nothing is noted any more. */
    private boolean isTrusted(long receivedMicros) {
        return !isOfThisRun(receivedMicros) || clock.at(receivedMicros).trust() == Trust.TRUSTED;
    }

    private void put(Span span) {
        spans.put(span.first(), span);
        changed.add(span.first());
    }

    /** Writes what changed, inside the transaction that journals it; then {@link #committed}, or {@link #undo}. */
    void save(Connection c) throws SQLException {
        if (changed.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(
                "INSERT OR REPLACE INTO clock_span (first_position, last_position,"
                        + " trust, boot, lead_us, offset_us, set_time, left_position) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (long first : changed) {
                write(s, Objects.requireNonNull(spans.get(first)));
            }
        }
        try (Statement s = c.createStatement()) {
            s.executeUpdate("DELETE FROM clock_span WHERE first_position NOT IN"
                    + " (SELECT first_position FROM clock_span ORDER BY first_position DESC LIMIT " + MOST + ")");
        }
    }

    private static void write(PreparedStatement s, Span span) throws SQLException {
        s.setLong(1, span.first());
        s.setLong(2, span.last());
        s.setString(3, span.trust().name().toLowerCase(Locale.ROOT));
        s.setString(4, span.boot());
        s.setLong(5, span.lead());
        Long offset = span.offset();
        if (offset == null) {
            s.setNull(6, Types.INTEGER);
            s.setNull(7, Types.INTEGER);
        } else {
            s.setLong(6, offset);
            s.setLong(7, span.setMicros());
        }
        s.setLong(8, span.left());
        s.executeUpdate();
    }

    /** The transaction of {@link #save} was committed. */
    void committed() {
        changed.clear();
        while (spans.size() > MOST) {
            spans.pollFirstEntry();
        }
    }

    /** The transaction was not committed: what the store holds counts. */
    void undo() throws StoreFailed {
        if (!changed.isEmpty()) {
            reload();
        }
    }

    /** The stretch a position lies in; null where the clock was trusted. */
    public @Nullable Span at(long position) {
        if (spans.isEmpty()) {
            return null;
        }
        Map.Entry<Long, Span> entry = spans.floorEntry(position);
        return entry != null && entry.getValue().last() >= position ? entry.getValue() : null;
    }

    /** The unset stretch that ends between two positions and whose offset became known: the clock was set there. */
    public Optional<Span> setBetween(long before, long after) {
        if (spans.isEmpty()) {
            return Optional.empty();
        }
        Map.Entry<Long, Span> entry = spans.lowerEntry(after);
        return Optional.ofNullable(entry)
                .map(Map.Entry::getValue)
                .filter(span -> span.last() >= before && span.last() < after && span.isStamped())
                .filter(span -> span.trust() == Trust.UNSET);
    }

    /** The newest stretch whose times still have to be corrected: the newest goes first, so that the order stays. */
    Optional<Span> next() {
        return spans.isEmpty()
                ? Optional.empty()
                : spans.descendingMap().values().stream()
                        .filter(span -> span.isStamped() && span.left() >= span.first())
                        .findFirst();
    }

    /** Positions down to one have corrected times; inside the transaction that corrects them. */
    void stamped(Connection c, Span span, long downTo) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("UPDATE clock_span SET left_position = ? WHERE first_position = ?")) {
            s.setLong(1, downTo - 1);
            s.setLong(2, span.first());
            s.executeUpdate();
        }
    }

    /** The transaction of {@link #stamped} was committed. */
    void left(Span span, long downTo) {
        spans.computeIfPresent(span.first(), (first, now) -> now.leaving(downTo - 1));
    }
}
