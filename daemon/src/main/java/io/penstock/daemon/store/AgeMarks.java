package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How old things are, in time the gateway was running, over all its starts: it grows evenly whatever the clock of the machine does.
 * A mark a minute says how far the journal was, and what the clock showed. Used by the sense lane alone.
 */
public final class AgeMarks {
    private static final long MICROS_A_MINUTE = 60_000_000;
    private static final long MICROS_AN_HOUR = 60 * MICROS_A_MINUTE;

    private final LongSupplier nanos;
    private final long startNanos;
    private final long before;
    private long saved;

    /** @param nanos a clock that only grows, such as {@link System#nanoTime} */
    public AgeMarks(Database database, LongSupplier nanos) throws StoreFailed {
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
        this.before = database.read(c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT ifnull(max(running), 0) FROM age_mark")) {
                return r.getLong(1);
            }
        });
        this.saved = before - MICROS_A_MINUTE;
    }

    /** Microseconds the gateway has been running, over all its starts. Only grows. */
    public long running() {
        return before + (nanos.getAsLong() - startNanos) / 1_000;
    }

    /** Marks how far the journal is, once a minute; inside a transaction of the caller. */
    public void mark(Connection c, long position, long clockMicros) throws SQLException {
        long now = running();
        if (now - saved < MICROS_A_MINUTE) {
            return;
        }
        try (PreparedStatement s =
                c.prepareStatement("INSERT OR REPLACE INTO age_mark (running, position, clock) VALUES (?, ?, ?)")) {
            s.setLong(1, now);
            s.setLong(2, position);
            s.setLong(3, clockMicros);
            s.executeUpdate();
        }
        // rolled back, the next snapshot's mark is a minute late: nothing hangs on it
        saved = now;
    }

    /** The newest journal position that is at least so old; 0 where none is. */
    long positionOlderThan(Connection c, Duration age) throws SQLException {
        return newest(c, "position", age, 0);
    }

    /**
     * What the clock showed so long ago, at most the clock's time now less the age: a clock that has jumped ahead makes nothing old, and
     * neither does one that was ahead once.
     *
     * @return microseconds since the epoch; {@link Long#MIN_VALUE} while the gateway has not been running so long
     */
    public long clockOlderThan(Connection c, Duration age, long clockMicros) throws SQLException {
        return Math.min(newest(c, "clock", age, Long.MIN_VALUE), clockMicros - micros(age));
    }

    private long newest(Connection c, String column, Duration age, long none) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT " + column + " FROM age_mark WHERE running <= ? ORDER BY running DESC LIMIT 1")) {
            s.setLong(1, running() - micros(age));
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? r.getLong(1) : none;
            }
        }
    }

    /** Thins marks that only long ages need to one an hour, and deletes those that none needs. */
    void thin(Connection c, Duration fine, Duration longest) throws SQLException {
        long old = running() - micros(fine);
        try (PreparedStatement s = c.prepareStatement("DELETE FROM age_mark WHERE running < ?1 OR (running < ?2"
                + " AND running > ?2 - 48 * ?3 AND running / ?3 = (SELECT max(b.running) FROM age_mark b"
                + " WHERE b.running < age_mark.running) / ?3)")) {
            s.setLong(1, running() - micros(longest) - 2 * MICROS_AN_HOUR);
            s.setLong(2, old - 2 * MICROS_AN_HOUR);
            s.setLong(3, MICROS_AN_HOUR);
            s.executeUpdate();
        }
    }

    private static long micros(Duration age) {
        return age.toMillis() * 1_000;
    }
}
