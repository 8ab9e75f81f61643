package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.Cost;
import io.penstock.daemon.fleet.Fleet;
import io.penstock.daemon.fleet.KeyProgress;
import io.penstock.daemon.fleet.MonthTally;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.uplink.ReplayWindow;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What the hub remembers of its sites. It is saved now and then with the number of the newest frame it covers, not with each frame;
 * a start reads it and goes through the frames behind that number, so that each counts once, whenever the hub was killed.
 */
final class FleetRows {
    private static final String COVERED = "covered";

    private FleetRows() {}

    /** Puts every site's state into the fleet. Returns the newest frame's number; 0 before the first. */
    static long load(Connection c, Fleet fleet, Instant now) throws SQLException {
        Map<Long, SiteState> byNumber = new HashMap<>();
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT no, name FROM hub_site")) {
            while (r.next()) {
                SiteState state = new SiteState(r.getInt(1));
                byNumber.put(r.getLong(1), state);
                fleet.add(r.getString(2), state);
            }
        }
        long covered = covered(c);
        keys(c, byNumber);
        months(c, byNumber, firstMonth(c, covered, now));
        CaseRows.restore(c, byNumber, ChronoUnit.MICROS.between(Instant.EPOCH, now));
        return Math.max(covered, tail(c, byNumber, covered));
    }

    private static long covered(Connection c) throws SQLException {
        return number(c, "SELECT coalesce(max(value), 0) FROM hub_mark WHERE name = '" + COVERED + "'");
    }

    private static String firstMonth(Connection c, long covered, Instant now) throws SQLException {
        long oldest = number(c, "SELECT coalesce(min(received), 0) FROM hub_frame WHERE no > " + covered);
        Instant first = oldest == 0 ? now : Instant.EPOCH.plus(oldest, ChronoUnit.MICROS);
        return SiteState.month(first.isBefore(now) ? first : now);
    }

    private static long number(Connection c, String query) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(query)) {
            return r.next() ? r.getLong(1) : 0;
        }
    }

    private static void keys(Connection c, Map<Long, SiteState> byNumber) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT site, key_id, lowest, accepted, heard, taken FROM hub_key")) {
            while (r.next()) {
                SiteState state = byNumber.get(r.getLong(1));
                if (state != null) {
                    state.restore(
                            r.getInt(2),
                            new KeyProgress(window(r.getBytes(6)), r.getLong(3), r.getLong(4), r.getLong(5)));
                }
            }
        }
    }

    private static void months(Connection c, Map<Long, SiteState> byNumber, String from) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT site, month, billed FROM hub_month WHERE month >= ?")) {
            s.setString(1, from);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    SiteState state = byNumber.get(r.getLong(1));
                    if (state != null) {
                        state.restore(r.getString(2), r.getLong(3));
                    }
                }
            }
        }
    }

    private static long tail(Connection c, Map<Long, SiteState> byNumber, long covered) throws SQLException {
        long newest = 0;
        try (PreparedStatement s =
                c.prepareStatement("SELECT no, site, key_id, counter, received, bytes, billed, money FROM hub_frame"
                        + " WHERE no > ? ORDER BY no")) {
            s.setLong(1, covered);
            s.setFetchSize(10_000);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    newest = r.getLong(1);
                    SiteState state = byNumber.get(r.getLong(2));
                    if (state != null) {
                        state.retake(
                                r.getInt(3),
                                r.getLong(4),
                                r.getLong(5),
                                new Cost(r.getLong(6), r.getLong(7), r.getDouble(8)));
                    }
                }
            }
        }
        return newest;
    }

    /** Gives sites that have none a number, and puts them into the fleet. */
    static void register(Connection c, Fleet fleet, Collection<String> names, long micros) throws SQLException {
        long next = number(c, "SELECT coalesce(max(no), 0) FROM hub_site") + 1;
        try (PreparedStatement s = c.prepareStatement("INSERT INTO hub_site (no, name, since) VALUES (?, ?, ?)")) {
            for (String name : names) {
                s.setLong(1, next);
                s.setString(2, name);
                s.setLong(3, micros);
                s.addBatch();
                fleet.add(name, new SiteState(Math.toIntExact(next)));
                next++;
            }
            s.executeBatch();
        }
    }

    /** Saves what has changed, with the newest frame it covers. After the commit the states are to be told. */
    static void save(Connection c, Collection<SiteState> changed, long covered) throws SQLException {
        try (PreparedStatement s =
                        c.prepareStatement("INSERT INTO hub_key (site, key_id, lowest, highest, accepted, heard, taken)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key_id) DO UPDATE SET"
                                + " lowest = excluded.lowest, highest = excluded.highest, accepted = excluded.accepted,"
                                + " heard = excluded.heard, taken = excluded.taken");
                PreparedStatement m = c.prepareStatement(
                        "INSERT INTO hub_month (site, month, frames, bytes, billed, money) VALUES (?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (site, month) DO UPDATE SET frames = hub_month.frames + excluded.frames,"
                                + " bytes = hub_month.bytes + excluded.bytes, billed = hub_month.billed + excluded.billed,"
                                + " money = hub_month.money + excluded.money")) {
            for (SiteState state : changed) {
                addKeys(s, state);
                addMonths(m, state);
            }
            s.executeBatch();
            m.executeBatch();
        }
        try (PreparedStatement s = c.prepareStatement("INSERT INTO hub_mark (name, value) VALUES (?, ?)"
                + " ON CONFLICT (name) DO UPDATE SET value = excluded.value")) {
            s.setString(1, COVERED);
            s.setLong(2, covered);
            s.executeUpdate();
        }
    }

    private static void addKeys(PreparedStatement s, SiteState state) throws SQLException {
        for (Map.Entry<Integer, KeyProgress> key : state.keys().entrySet()) {
            KeyProgress progress = key.getValue();
            if (progress.accepted() == 0) {
                continue;
            }
            s.setLong(1, state.number());
            s.setLong(2, key.getKey());
            s.setLong(3, progress.lowest());
            s.setLong(4, progress.window().highest());
            s.setLong(5, progress.accepted());
            s.setLong(6, progress.heardMicros());
            s.setBytes(7, bytes(progress.window()));
            s.addBatch();
        }
    }

    private static void addMonths(PreparedStatement s, SiteState state) throws SQLException {
        for (Map.Entry<String, MonthTally> month : state.months().entrySet()) {
            MonthTally tally = month.getValue();
            if (tally.frames() == 0) {
                continue;
            }
            s.setLong(1, state.number());
            s.setString(2, month.getKey());
            s.setLong(3, tally.frames());
            s.setLong(4, tally.bytes());
            s.setLong(5, tally.billed());
            s.setDouble(6, tally.money());
            s.addBatch();
        }
    }

    private static byte[] bytes(ReplayWindow window) {
        long[] state = window.state();
        ByteBuffer bytes = ByteBuffer.allocate(state.length * Long.BYTES);
        bytes.asLongBuffer().put(state);
        return bytes.array();
    }

    private static ReplayWindow window(byte[] bytes) {
        long[] state = new long[bytes.length / Long.BYTES];
        ByteBuffer.wrap(bytes).asLongBuffer().get(state);
        return ReplayWindow.of(state);
    }

    /** Forgets old frames that are covered. Returns how many there were, at most {@code most}. */
    static int purgeFrames(Connection c, long before, int most) throws SQLException {
        long covered = covered(c);
        long last;
        try (PreparedStatement s = c.prepareStatement("SELECT coalesce(max(no), 0) FROM (SELECT no FROM hub_frame"
                + " WHERE received < ? AND no <= ? ORDER BY received LIMIT ?) AS oldest")) {
            s.setLong(1, before);
            s.setLong(2, covered);
            s.setInt(3, most);
            try (ResultSet r = s.executeQuery()) {
                last = r.next() ? r.getLong(1) : 0;
            }
        }
        try (PreparedStatement s = c.prepareStatement("DELETE FROM hub_frame WHERE no <= ? AND received < ?")) {
            s.setLong(1, last);
            s.setLong(2, before);
            return s.executeUpdate();
        }
    }
}
