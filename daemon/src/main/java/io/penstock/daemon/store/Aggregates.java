package io.penstock.daemon.store;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Reading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Minutes and hours of every channel. What has come since the last snapshot is tallied in memory, and merged into the rows in the
 * transaction of the snapshot that covers it: a kill loses both or neither, and the readings beyond the snapshot are tallied again
 * at the start. Used by the sense lane alone.
 */
public final class Aggregates {
    static final int MINUTE = 60;
    static final int HOUR = 3_600;
    private static final long SECOND = 1_000_000;
    /** Bytes of a row: an estimate, on the safe side. */
    static final long ROW_BYTES = 80;
    /** Minutes tallied and not yet merged at most: a backlog of days, at 200 bytes each. */
    private static final int MOST_TALLIED = 20_000;
    /** Rows deleted in one transaction at most. */
    static final int PURGE_ROWS = 20_000;
    /** 2020-01-01T00:00:00Z: no gateway of ours ran before. */
    private static final long EARLIEST = 1_577_836_800L * SECOND;

    private static final long LATEST = 4_102_444_800L * SECOND;
    private static final long LARGEST_LEAD = 60 * SECOND;

    /** One channel's minutes since the last snapshot; the newest at hand. */
    private static final class Recent {
        long minute = Long.MIN_VALUE;
        Tally tally = new Tally();
        final Map<Long, Tally> byMinute = new HashMap<>();
    }

    private final Map<ChannelId, Recent> recent = new HashMap<>();
    private int tallied;
    private long rows;
    private long merging;

    public Aggregates(Database database) throws StoreFailed {
        rows = database.read(Aggregates::count);
    }

    private static long count(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT count(*) FROM aggregate")) {
            return r.getLong(1);
        }
    }

    /** Tallies a reading that no merged snapshot covers. */
    public void add(Reading reading) {
        long micros = timeOf(reading.sourceMicros(), reading.receivedMicros());
        if (micros < EARLIEST) {
            return;
        }
        Recent of = recent.get(reading.channel());
        if (of == null) {
            of = new Recent();
            recent.put(reading.channel(), of);
        }
        long minute = Math.floorDiv(micros, MINUTE * SECOND);
        if (minute != of.minute) {
            turnTo(of, minute);
        }
        of.tally.add(reading, micros);
    }

    private void turnTo(Recent of, long minute) {
        Tally tally = of.byMinute.get(minute);
        if (tally == null) {
            tally = new Tally();
            of.byMinute.put(minute, tally);
            tallied++;
        }
        of.minute = minute;
        of.tally = tally;
    }

    /**
     * The time a reading counts at: its source time, or the receive time where the source time cannot be (before 2020, after 2099, more
     * than a minute ahead). Before 2020 where neither can be: such a reading is in no aggregate. A function of the reading alone.
     */
    static long timeOf(long source, long received) {
        boolean possible = isDate(source);
        boolean ahead = received >= EARLIEST && source > received + LARGEST_LEAD;
        return possible && !ahead ? source : received < LATEST ? received : 0;
    }

    /** Whether a time can be one of a reading. */
    static boolean isDate(long micros) {
        return micros >= EARLIEST && micros < LATEST;
    }

    /** Whether so much is tallied that a snapshot should be saved now. */
    public boolean full() {
        return tallied >= MOST_TALLIED;
    }

    /** Merges what is tallied into the rows, inside the transaction of the snapshot that covers it; then {@link #merged}. */
    public void merge(Connection c) throws SQLException {
        merging = 0;
        try (Rows to = new Rows(c)) {
            for (Map.Entry<ChannelId, Recent> entry : recent.entrySet()) {
                int channel = to.channel(entry.getKey());
                Map<Long, Tally> hours = new HashMap<>();
                for (Map.Entry<Long, Tally> minute : entry.getValue().byMinute.entrySet()) {
                    merging += to.put(MINUTE, minute.getKey() * MINUTE * SECOND, channel, minute.getValue());
                    hours.computeIfAbsent(Math.floorDiv(minute.getKey(), HOUR / MINUTE), any -> new Tally())
                            .add(minute.getValue());
                }
                for (Map.Entry<Long, Tally> hour : hours.entrySet()) {
                    merging += to.put(HOUR, hour.getKey() * HOUR * SECOND, channel, hour.getValue());
                }
            }
        }
    }

    /** The transaction of {@link #merge} was committed. */
    public void merged() {
        rows += merging;
        merging = 0;
        tallied = 0;
        recent.values().removeIf(of -> of.byMinute.isEmpty());
        for (Recent of : recent.values()) {
            of.byMinute.clear();
            of.minute = Long.MIN_VALUE;
        }
    }

    /** What the rows take, in bytes, roughly. */
    public long bytes() {
        return rows * ROW_BYTES;
    }

    /**
     * Deletes, a bounded number a call: minutes and hours that began before a time, and the oldest minutes, then the oldest hours, while
     * all take more than a size.
     *
     * @return how many were deleted
     */
    public int purge(Database database, long minutesBefore, long hoursBefore, long mostBytes) throws StoreFailed {
        long excess = Math.max(0, (bytes() - mostBytes + ROW_BYTES - 1) / ROW_BYTES);
        int deleted = database.write(c -> {
            int gone = delete(c, MINUTE, minutesBefore, PURGE_ROWS) + delete(c, HOUR, hoursBefore, PURGE_ROWS);
            for (int span : new int[] {MINUTE, HOUR}) {
                if (gone < excess) {
                    gone += delete(c, span, Long.MAX_VALUE, Math.min(PURGE_ROWS, excess - gone));
                }
            }
            return gone;
        });
        rows -= deleted;
        return deleted;
    }

    private static int delete(Connection c, int span, long before, long most) throws SQLException {
        if (before == Long.MIN_VALUE) {
            return 0;
        }
        // a bound on rows by the start of the last of them: whole instants are deleted, a few rows more perhaps
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM aggregate WHERE span = ?1 AND start < ?2 AND start <="
                        + " (SELECT max(start) FROM (SELECT start FROM aggregate WHERE span = ?1 ORDER BY start LIMIT ?3))")) {
            s.setInt(1, span);
            s.setLong(2, before);
            s.setLong(3, most);
            return s.executeUpdate();
        }
    }

    /** The statements of one merge. */
    private static final class Rows implements AutoCloseable {
        private static final String MERGE =
                "UPDATE aggregate SET count = count + ?1, bad = bad + ?2, total = total + ?3,"
                        + " least = CASE WHEN ?4 < least OR least IS NULL THEN ifnull(?4, least) ELSE least END,"
                        + " most = CASE WHEN ?5 > most OR most IS NULL THEN ifnull(?5, most) ELSE most END,"
                        + " last = CASE WHEN ?7 >= ifnull(last_time, ?7) THEN ?6 ELSE last END,"
                        + " last_time = CASE WHEN ?7 >= ifnull(last_time, ?7) THEN ?7 ELSE last_time END,"
                        + " peak = CASE WHEN ?8 > peak OR peak IS NULL THEN ifnull(?8, peak) ELSE peak END,"
                        + " kurtosis = CASE WHEN ?9 > kurtosis OR kurtosis IS NULL THEN ifnull(?9, kurtosis) ELSE kurtosis END"
                        + " WHERE span = ?10 AND start = ?11 AND channel = ?12";
        private static final String ADD =
                "INSERT INTO aggregate (count, bad, total, least, most, last, last_time, peak,"
                        + " kurtosis, span, start, channel) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

        private final PreparedStatement channel;
        private final PreparedStatement merge;
        private final PreparedStatement add;

        Rows(Connection c) throws SQLException {
            channel = c.prepareStatement("SELECT id FROM channel WHERE asset = ? AND channel = ?");
            merge = c.prepareStatement(MERGE);
            add = c.prepareStatement(ADD);
        }

        int channel(ChannelId id) throws SQLException {
            channel.setString(1, id.asset());
            channel.setString(2, id.channel());
            try (ResultSet r = channel.executeQuery()) {
                if (!r.next()) {
                    throw new SQLException("channel " + id + " has readings but no row");
                }
                return r.getInt(1);
            }
        }

        /** @return rows added, 0 or 1 */
        int put(int span, long start, int of, Tally tally) throws SQLException {
            bind(merge, span, start, of, tally);
            if (merge.executeUpdate() > 0) {
                return 0;
            }
            bind(add, span, start, of, tally);
            return add.executeUpdate();
        }

        private static void bind(PreparedStatement s, int span, long start, int channel, Tally t) throws SQLException {
            boolean any = t.count() > 0;
            s.setLong(1, t.count());
            s.setLong(2, t.bad());
            s.setDouble(3, t.total());
            number(s, 4, any ? t.least() : null);
            number(s, 5, any ? t.most() : null);
            number(s, 6, any ? t.last() : null);
            if (any) {
                s.setLong(7, t.lastMicros());
            } else {
                s.setNull(7, Types.INTEGER);
            }
            number(s, 8, t.ofWaveforms() ? t.peak() : null);
            number(s, 9, t.ofWaveforms() ? t.kurtosis() : null);
            s.setInt(10, span);
            s.setLong(11, start);
            s.setInt(12, channel);
        }

        private static void number(PreparedStatement s, int at, @Nullable Double value) throws SQLException {
            if (value == null) {
                s.setNull(at, Types.DOUBLE);
            } else {
                s.setDouble(at, value);
            }
        }

        @Override
        public void close() throws SQLException {
            channel.close();
            merge.close();
            add.close();
        }
    }
}
