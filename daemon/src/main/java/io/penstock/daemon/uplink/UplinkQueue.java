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
    /** Instead of the time a frame was sent. */
    private static final int GIVEN_UP = -1;

    private UplinkQueue() {}

    /** A summary, or another item, that waits. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Waiting(long id, UplinkLane lane, long hour, byte[] summary, long createdMicros) {
        /** Empty where it is of a dictionary this version does not have. */
        Optional<FrameItem> item(SummaryCodec codec) {
            return lane.ofCases() ? codec.decode(summary, hour).map(FrameItem.Told::new) : FrameContent.decode(summary);
        }
    }

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
                        + " DO UPDATE SET lane = excluded.lane,"
                        + " fault = excluded.fault, severity = excluded.severity,"
                        + " closed = excluded.closed, hour = excluded.hour, summary = excluded.summary")) {
            s.setString(1, caseId);
            s.setInt(2, Summaries.lane(summary).ordinal());
            s.setString(3, summary.fault());
            s.setString(4, summary.severity().name());
            s.setBoolean(5, summary.closed());
            s.setLong(6, hour);
            s.setBytes(7, codec.encode(summary, hour));
            s.setLong(8, nowMicros);
            s.executeUpdate();
        }
        bound(c, bound);
    }

    /**
     * Puts what is no summary; it takes the place of one with its key that waits.
     *
     * @param key begins with $, as no case does
     * @param lane one that is not of cases
     */
    public static void put(Connection c, String key, UplinkLane lane, FrameItem item, long nowMicros, int bound)
            throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO uplink_summary (case_id, lane, fault, severity, closed, hour,"
                        + " summary, created_time) VALUES (?, ?, '', '', 0, 0, ?, ?) ON CONFLICT (case_id) WHERE frame IS NULL"
                        + " DO UPDATE SET summary = excluded.summary, created_time = excluded.created_time")) {
            s.setString(1, key);
            s.setInt(2, lane.ordinal());
            s.setBytes(3, FrameContent.encode(item));
            s.setLong(4, nowMicros);
            s.executeUpdate();
        }
        bound(c, bound);
    }

    /** When the newest report of the gateway's health was put, or, where there was none yet, that time from now on. */
    public static long healthSince(Connection c, long nowMicros) throws SQLException {
        try (PreparedStatement s =
                        c.prepareStatement("INSERT OR IGNORE INTO uplink_setting (name, value) VALUES ('health', ?)");
                PreparedStatement q = c.prepareStatement("SELECT value FROM uplink_setting WHERE name = 'health'")) {
            s.setLong(1, nowMicros);
            s.executeUpdate();
            try (ResultSet r = q.executeQuery()) {
                return r.getLong(1);
            }
        }
    }

    /** Puts how the gateway is; one that waits is replaced. */
    public static void putHealth(Connection c, NodeHealth health, long nowMicros, int bound) throws SQLException {
        put(c, "$health", UplinkLane.HEALTH, new FrameItem.Health(health), nowMicros, bound);
        Standing.set(c, "health", nowMicros);
    }

    private static void bound(Connection c, int bound) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM uplink_summary WHERE id IN (SELECT id FROM uplink_summary"
                        + " WHERE frame IS NULL ORDER BY lane, closed, created_time DESC LIMIT -1 OFFSET ?) RETURNING id")) {
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

    static void count(Connection c, String what, int more) throws SQLException {
        if (more > 0) {
            try (PreparedStatement s = c.prepareStatement("INSERT INTO uplink_count (what, times) VALUES (?, ?)"
                    + " ON CONFLICT (what) DO UPDATE SET times = times + excluded.times")) {
                s.setString(1, what);
                s.setInt(2, more);
                s.executeUpdate();
            }
        }
    }

    /**
     * Forgets what waited too long: its time is over, and what it told is in the store. A case that goes on is as old as its newest
     * word, however long its first one waited.
     */
    static void expire(Connection c, long oldestMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM uplink_summary WHERE frame IS NULL AND created_time < ?1 AND hour < ?2")) {
            s.setLong(1, oldestMicros);
            s.setLong(2, Math.floorDiv(Summaries.minutes(oldestMicros), 60));
            count(c, "dropped: too old", s.executeUpdate());
        }
    }

    /**
     * What waits in a lane since before a time: cases that are open first, then the oldest. Of what is shelved only alarms, and that
     * it is over.
     *
     * @param nowMicros the clock's: a shelf ends by itself
     */
    static List<Waiting> waiting(Connection c, UplinkLane lane, long beforeMicros, long nowMicros, int most)
            throws SQLException {
        List<Waiting> waiting = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT id, hour, summary, created_time FROM uplink_summary"
                + " WHERE frame IS NULL AND lane = ?1 AND created_time <= ?2 AND (lane = 0 OR closed OR NOT EXISTS"
                + " (SELECT 1 FROM operator_act WHERE ended = 0 AND verb = 'shelve' AND until_time > ?3 AND subject IN"
                + " (case_id, (SELECT asset FROM asset_case WHERE asset_case.id = case_id))))"
                + " ORDER BY closed, created_time, id LIMIT ?4")) {
            s.setInt(1, lane.ordinal());
            s.setLong(2, beforeMicros);
            s.setLong(3, nowMicros);
            s.setInt(4, most);
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
        try (PreparedStatement s =
                c.prepareStatement("UPDATE uplink_summary SET frame = ?, frame_key = ? WHERE id = ?")) {
            for (long id : summaries) {
                s.setLong(1, sealed.counter());
                s.setInt(2, sealed.keyId());
                s.setLong(3, id);
                s.executeUpdate();
            }
        }
    }

    /**
     * Gives up frames that were sealed before a time and not sent: what they hold waits again, but for what a newer summary replaces.
     * Their counters stay used; one that did arrive is told again, which says nothing new.
     */
    static void unseal(Connection c, long beforeMicros) throws SQLException {
        String old = " AND EXISTS (SELECT 1 FROM uplink_frame f WHERE f.sent_time = 0 AND f.sealed_time < ?"
                + " AND f.counter = uplink_summary.frame AND f.key_id = uplink_summary.frame_key)";
        changed(
                c,
                "DELETE FROM uplink_summary WHERE frame IS NOT NULL AND EXISTS (SELECT 1 FROM uplink_summary newer"
                        + " WHERE newer.case_id = uplink_summary.case_id AND newer.id > uplink_summary.id)" + old,
                beforeMicros);
        changed(c, "UPDATE uplink_summary SET frame = NULL WHERE frame IS NOT NULL" + old, beforeMicros);
        changed(
                c,
                "UPDATE uplink_frame SET sent_time = " + GIVEN_UP + " WHERE sent_time = 0 AND sealed_time < ?",
                beforeMicros);
    }

    /**
     * Bytes that are about to leave, or came.
     *
     * @param keyId of the frame; {@link #NO_FRAME} for what came down, and for asking whether something waits
     */
    record Payment(int keyId, long counter, UplinkLane lane, int bytes, long billed, double money) {
        static final int NO_FRAME = -1;
    }

    /** Notes what bytes cost. Returns the row, for the case that nothing left after all. */
    static long pay(Connection c, Payment payment, long nowMicros) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO uplink_ledger (time, key_id, counter, lane, bytes, billed,"
                        + " money) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id")) {
            s.setLong(1, nowMicros);
            s.setInt(2, payment.keyId());
            s.setLong(3, payment.counter());
            s.setInt(4, payment.lane().ordinal());
            s.setInt(5, payment.bytes());
            s.setLong(6, payment.billed());
            s.setDouble(7, payment.money());
            try (ResultSet r = s.executeQuery()) {
                return r.getLong(1);
            }
        }
    }

    /**
     * All payments that are still kept.
     *
     * @param frames that left; one that was sent again is one
     * @param bytes of all frames and tries, and of what came down
     * @param money in the tariff's currency
     */
    public record Paid(long frames, long bytes, double money) {}

    public static Paid paid(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT (SELECT count(*) FROM"
                        + " (SELECT DISTINCT key_id, counter FROM uplink_ledger WHERE key_id <> " + Payment.NO_FRAME
                        + ")), ifnull(sum(bytes), 0), ifnull(sum(money), 0) FROM uplink_ledger");
                ResultSet r = s.executeQuery()) {
            return new Paid(r.getLong(1), r.getLong(2), r.getDouble(3));
        }
    }

    /** Takes a payment back: the provider has carried nothing. */
    static void payBack(Connection c, long row) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM uplink_ledger WHERE id = ?")) {
            s.setLong(1, row);
            s.executeUpdate();
        }
        count(c, "tried, and the link carried nothing", 1);
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
        changed(
                c,
                "DELETE FROM uplink_frame WHERE sent_time <> 0 AND max(sent_time, sealed_time) < ? AND counter <"
                        + " (SELECT max(newest.counter) FROM uplink_frame AS newest"
                        + " WHERE newest.key_id = uplink_frame.key_id)",
                beforeMicros);
        changed(
                c,
                "DELETE FROM uplink_summary WHERE frame IS NOT NULL AND created_time < ?"
                        + " AND NOT EXISTS (SELECT 1 FROM asset_case WHERE asset_case.id = uplink_summary.case_id)",
                beforeMicros);
        changed(c, "DELETE FROM uplink_ledger WHERE time < ?", Math.min(beforeMicros, month));
        changed(c, "DELETE FROM uplink_command WHERE time < ?", beforeMicros);
    }

    private static void changed(Connection c, String sql, long micros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(sql)) {
            s.setLong(1, micros);
            s.executeUpdate();
        }
    }

    /** A summary that waits, for a person to look at. */
    public record Queued(UplinkLane lane, FrameItem item) {}

    /** All that wait, the most important first. */
    public static List<Queued> queued(Connection c, SummaryCodec codec) throws SQLException {
        List<Queued> queued = new ArrayList<>();
        for (UplinkLane lane : UplinkLane.values()) {
            waiting(c, lane, Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE)
                    .forEach(each -> each.item(codec).ifPresent(item -> queued.add(new Queued(lane, item))));
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

    /** Summaries that were dropped before they were sent. */
    public static long dropped(Connection c) throws SQLException {
        return counts(c).entrySet().stream()
                .filter(each -> each.getKey().startsWith("dropped"))
                .mapToLong(Map.Entry::getValue)
                .sum();
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
