package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Summaries that wait, and the frames they were sealed into. A summary is put in the transaction of the case it tells; a newer one of
 * the same case takes the place of one not yet sealed; one that says nothing new (fault, severity, whether it is over) is not put.
 *
 * <p>A frame is written here, with an attempt and its cost, before its first byte leaves: a kill at any instant sends the same frame
 * again, which the other end knows by its counter, and pays for it in the ledger. No counter is ever used for other content.
 */
public final class UplinkQueue {
    private UplinkQueue() {}

    /** A summary that waits. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Waiting(long id, UplinkLane lane, long hour, byte[] summary, long createdMicros) {}

    /** A sealed frame that was not sent yet. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Sealed(int keyId, long counter, UplinkLane lane, byte[] frame) {}

    /** What waits in a lane. */
    public record Depth(UplinkLane lane, long waiting, long oldestMicros) {}

    /**
     * @param bound summaries that may wait at most; at the bound the oldest of the least important lane goes
     */
    public static void put(Connection c, SummaryCodec codec, Summary summary, String caseId, long nowMicros, int bound)
            throws SQLException {
        if (isKnown(c, summary, caseId)) {
            try (PreparedStatement s =
                    c.prepareStatement("DELETE FROM uplink_summary WHERE case_id = ? AND frame IS NULL")) {
                s.setString(1, caseId);
                s.executeUpdate();
            }
            return;
        }
        long hour = summary.minutes() / 60;
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO uplink_summary (case_id, lane, fault, severity, closed,"
                        + " hour, summary, created_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_id) WHERE frame IS NULL"
                        + " DO UPDATE SET lane = min(lane, excluded.lane), fault = excluded.fault, severity = excluded.severity,"
                        + " closed = excluded.closed, hour = excluded.hour, summary = excluded.summary")) {
            s.setString(1, caseId);
            s.setInt(2, Summaries.lane(summary.severity()).ordinal());
            s.setString(3, summary.fault());
            s.setString(4, summary.severity().name());
            s.setBoolean(5, summary.closed());
            s.setLong(6, hour);
            s.setBytes(7, codec.encode(summary, hour));
            s.setLong(8, nowMicros);
            s.executeUpdate();
        }
        try (PreparedStatement s =
                c.prepareStatement("DELETE FROM uplink_summary WHERE id IN (SELECT id FROM uplink_summary"
                        + " WHERE frame IS NULL ORDER BY lane, created_time DESC LIMIT -1 OFFSET ?) RETURNING id")) {
            s.setInt(1, bound);
            int dropped = 0;
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    dropped++;
                }
            }
            count(c, "dropped: the queue was full", dropped);
        }
    }

    /** Whether the other end was told just this last: fault, severity, and whether it is over. */
    private static boolean isKnown(Connection c, Summary summary, String caseId) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("SELECT fault, severity, closed FROM uplink_summary WHERE case_id = ?"
                        + " AND frame IS NOT NULL ORDER BY id DESC LIMIT 1")) {
            s.setString(1, caseId);
            try (ResultSet r = s.executeQuery()) {
                return r.next()
                        && r.getString(1).equals(summary.fault())
                        && Severity.valueOf(r.getString(2)) == summary.severity()
                        && r.getBoolean(3) == summary.closed();
            }
        }
    }

    private static void count(Connection c, String what, int more) throws SQLException {
        if (more > 0) {
            try (PreparedStatement s = c.prepareStatement("INSERT INTO uplink_count (what, times) VALUES (?, ?)"
                    + " ON CONFLICT (what) DO UPDATE SET times = times + excluded.times")) {
                s.setString(1, what);
                s.setInt(2, more);
                s.executeUpdate();
            }
        }
    }

    /** Forgets what waited too long: its time is over, and what it told is in the store. */
    static void expire(Connection c, long oldestMicros) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("DELETE FROM uplink_summary WHERE frame IS NULL AND created_time < ?")) {
            s.setLong(1, oldestMicros);
            count(c, "dropped: too old", s.executeUpdate());
        }
    }

    /** What waits in a lane since before a time, oldest first. */
    static List<Waiting> waiting(Connection c, UplinkLane lane, long beforeMicros, int most) throws SQLException {
        List<Waiting> waiting = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT id, hour, summary, created_time FROM uplink_summary"
                + " WHERE frame IS NULL AND lane = ? AND created_time <= ? ORDER BY created_time, id LIMIT ?")) {
            s.setInt(1, lane.ordinal());
            s.setLong(2, beforeMicros);
            s.setInt(3, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    waiting.add(new Waiting(r.getLong(1), lane, r.getLong(2), r.getBytes(3), r.getLong(4)));
                }
            }
        }
        return waiting;
    }

    /** The counter the key's next frame has. */
    static long nextCounter(Connection c, int keyId) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("SELECT ifnull(max(counter) + 1, 0) FROM uplink_frame WHERE key_id = ?")) {
            s.setInt(1, keyId);
            try (ResultSet r = s.executeQuery()) {
                return r.getLong(1);
            }
        }
    }

    static void seal(Connection c, Sealed sealed, List<Long> summaries, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "INSERT INTO uplink_frame (key_id, counter, lane, frame, sealed_time) VALUES (?, ?, ?, ?, ?)")) {
            s.setInt(1, sealed.keyId());
            s.setLong(2, sealed.counter());
            s.setInt(3, sealed.lane().ordinal());
            s.setBytes(4, sealed.frame());
            s.setLong(5, nowMicros);
            s.executeUpdate();
        }
        try (PreparedStatement s = c.prepareStatement("UPDATE uplink_summary SET frame = ? WHERE id = ?")) {
            for (long id : summaries) {
                s.setLong(1, sealed.counter());
                s.setLong(2, id);
                s.executeUpdate();
            }
        }
    }

    /** Notes that bytes are about to leave, and what they cost. */
    static void attempt(Connection c, Sealed sealed, int bytes, long billed, double money, long nowMicros)
            throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO uplink_ledger (time, key_id, counter, lane, bytes, billed,"
                        + " money) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            s.setLong(1, nowMicros);
            s.setInt(2, sealed.keyId());
            s.setLong(3, sealed.counter());
            s.setInt(4, sealed.lane().ordinal());
            s.setInt(5, bytes);
            s.setLong(6, billed);
            s.setDouble(7, money);
            s.executeUpdate();
        }
    }

    static void sent(Connection c, Sealed sealed, long nowMicros) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("UPDATE uplink_frame SET sent_time = ? WHERE key_id = ? AND counter = ?")) {
            s.setLong(1, nowMicros);
            s.setInt(2, sealed.keyId());
            s.setLong(3, sealed.counter());
            s.executeUpdate();
        }
    }

    /** The lane's oldest frame that was sealed and not sent. */
    static Optional<Sealed> unsent(Connection c, UplinkLane lane) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT key_id, counter, frame FROM uplink_frame"
                + " WHERE sent_time = 0 AND lane = ? ORDER BY sealed_time, counter LIMIT 1")) {
            s.setInt(1, lane.ordinal());
            try (ResultSet r = s.executeQuery()) {
                return r.next()
                        ? Optional.of(new Sealed(r.getInt(1), r.getLong(2), lane, r.getBytes(3)))
                        : Optional.empty();
            }
        }
    }

    /**
     * Purges sent frames, what is known to be told of cases that are purged, and the ledger of past months. What waits, the newest
     * counter of each key and the running month's ledger stay.
     *
     * @param beforeMicros older than this
     * @param nowMicros the clock's
     */
    public static void purge(Connection c, long beforeMicros, long nowMicros) throws SQLException {
        long month = monthBegan(Instant.EPOCH.plus(nowMicros, ChronoUnit.MICROS));
        delete(
                c,
                "DELETE FROM uplink_frame WHERE sent_time > 0 AND sent_time < ? AND counter <"
                        + " (SELECT max(newest.counter) FROM uplink_frame AS newest"
                        + " WHERE newest.key_id = uplink_frame.key_id)",
                beforeMicros);
        delete(
                c,
                "DELETE FROM uplink_summary WHERE frame IS NOT NULL AND created_time < ?"
                        + " AND NOT EXISTS (SELECT 1 FROM asset_case WHERE asset_case.id = uplink_summary.case_id)",
                beforeMicros);
        delete(c, "DELETE FROM uplink_ledger WHERE time < ?", Math.min(beforeMicros, month));
    }

    private static void delete(Connection c, String sql, long micros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(sql)) {
            s.setLong(1, micros);
            s.executeUpdate();
        }
    }

    /** A summary that waits, for a person to look at. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Queued(UplinkLane lane, long hour, byte[] summary) {}

    /** All that wait, the most important first. */
    public static List<Queued> queued(Connection c) throws SQLException {
        List<Queued> queued = new ArrayList<>();
        for (UplinkLane lane : UplinkLane.values()) {
            waiting(c, lane, Long.MAX_VALUE, Integer.MAX_VALUE)
                    .forEach(each -> queued.add(new Queued(lane, each.hour(), each.summary())));
        }
        return queued;
    }

    /** What was spent in the month of a time, UTC. */
    public static Spent spentThisMonth(Connection c, Instant now) throws SQLException {
        return spent(c, monthBegan(now));
    }

    private static long monthBegan(Instant now) {
        Instant month = YearMonth.from(now.atZone(ZoneOffset.UTC))
                .atDay(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
        return ChronoUnit.MICROS.between(Instant.EPOCH, month);
    }

    /** What was spent since the first of the month before a time's, put together again after a restart. */
    private static Spent spent(Connection c, long fromMicros) throws SQLException {
        Spent spent = new Spent();
        try (PreparedStatement s = c.prepareStatement(
                "SELECT time, lane, bytes, billed, money FROM uplink_ledger WHERE time >= ? ORDER BY time")) {
            s.setLong(1, fromMicros);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    spent.add(
                            Instant.EPOCH.plus(r.getLong(1), ChronoUnit.MICROS),
                            UplinkLane.values()[r.getInt(2)],
                            r.getInt(3),
                            r.getLong(4),
                            r.getDouble(5));
                }
            }
        }
        return spent;
    }

    public static List<Depth> depths(Connection c) throws SQLException {
        List<Depth> depths = new ArrayList<>();
        for (UplinkLane lane : UplinkLane.values()) {
            try (PreparedStatement s =
                    c.prepareStatement("SELECT count(*), ifnull(min(created_time), 0) FROM uplink_summary"
                            + " WHERE frame IS NULL AND lane = ?")) {
                s.setInt(1, lane.ordinal());
                try (ResultSet r = s.executeQuery()) {
                    depths.add(new Depth(lane, r.getLong(1), r.getLong(2)));
                }
            }
        }
        return depths;
    }

    /** What was not sent and why, and how often. */
    public static Map<String, Long> counts(Connection c) throws SQLException {
        Map<String, Long> counts = new TreeMap<>();
        try (PreparedStatement s = c.prepareStatement("SELECT what, times FROM uplink_count");
                ResultSet r = s.executeQuery()) {
            while (r.next()) {
                counts.put(r.getString(1), r.getLong(2));
            }
        }
        return counts;
    }
}
