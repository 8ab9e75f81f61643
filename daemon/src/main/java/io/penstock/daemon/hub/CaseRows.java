package io.penstock.daemon.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.fleet.CaseKey;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.Summary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The newest word on each case. An older one that comes later changes nothing. */
final class CaseRows {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COLUMNS =
            "SELECT s.name, c.site, c.place, c.number, c.opened, c.asset, c.updated, c.counter,"
                    + " c.closed, c.severity, c.fault, c.confidence, c.evidence, c.received"
                    + " FROM hub_case c JOIN hub_site s ON s.no = c.site ";

    /** Frames of a stick come weeks late. */
    private static final long LATEST_MICROS = Duration.ofDays(30).toMillis() * 1_000;

    /** After so long a case's number comes again. */
    private static final long LAP_MICROS =
            Duration.ofMinutes(Summary.CASE_NUMBERS).toMillis() * 1_000;

    private CaseRows() {}

    /** @param cases one of a key at most */
    static void put(Connection c, Collection<FleetCase> cases, boolean publishing) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO hub_case (site, place, number, opened, asset, updated,"
                        + " counter, closed, severity, fault, confidence, evidence, received, untold)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (site, place, number, opened) DO UPDATE SET asset = excluded.asset,"
                        + " updated = excluded.updated, counter = excluded.counter, closed = excluded.closed,"
                        + " severity = excluded.severity, fault = excluded.fault, confidence = excluded.confidence,"
                        + " evidence = excluded.evidence, received = excluded.received, untold = excluded.untold"
                        + " WHERE excluded.updated > hub_case.updated"
                        + " OR (excluded.updated = hub_case.updated AND excluded.counter >= hub_case.counter)")) {
            for (FleetCase told : cases) {
                s.setLong(1, told.key().site());
                s.setLong(2, told.key().place());
                s.setLong(3, told.key().number());
                s.setLong(4, Summaries.micros(told.key().openedMinutes()));
                s.setString(5, told.asset());
                s.setLong(6, told.updatedMicros());
                s.setLong(7, told.counter());
                s.setLong(8, told.closed() ? 1 : 0);
                s.setString(9, told.severityWord());
                s.setString(10, told.fault());
                s.setDouble(11, told.confidence());
                s.setString(12, text(told.evidence()));
                s.setLong(13, told.receivedMicros());
                s.setLong(14, publishing ? 1 : 0);
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /**
     * Tells each site's state which cases are under way, and of those that closed lately the ones a late word could not be told to be of:
     * they lasted longer than a lap of their numbers.
     */
    static void restore(Connection c, Map<Long, SiteState> byNumber, long nowMicros) throws SQLException {
        String columns = "SELECT site, place, number, opened, updated, closed FROM hub_case ";
        try (PreparedStatement s = c.prepareStatement(columns + "WHERE closed = 0 UNION ALL " + columns
                + "WHERE closed = 1 AND updated >= ? AND updated - opened >= ? ORDER BY updated")) {
            s.setLong(1, nowMicros - LATEST_MICROS);
            s.setLong(2, LAP_MICROS);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    SiteState state = byNumber.get(r.getLong(1));
                    if (state != null) {
                        state.restore(r.getInt(2), r.getInt(3), r.getLong(4), r.getLong(5), r.getLong(6) == 1);
                    }
                }
            }
        }
    }

    /** The first cases the broker was not told of. */
    static List<FleetCase> untold(Connection c, int most) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement(COLUMNS + "WHERE c.untold = 1 ORDER BY c.received LIMIT " + most)) {
            return read(s);
        }
    }

    /** The open cases of an asset. */
    static List<FleetCase> openOf(Connection c, CaseKey key) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(COLUMNS + "WHERE c.closed = 0 AND c.site = ? AND c.place = ?")) {
            s.setLong(1, key.site());
            s.setLong(2, key.place());
            return read(s);
        }
    }

    /** Marks them as told, but for those that have changed meanwhile. */
    static void told(Connection c, Collection<FleetCase> cases) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("UPDATE hub_case SET untold = 0 WHERE site = ? AND place = ?"
                + " AND number = ? AND opened = ? AND received = ? AND counter = ?")) {
            for (FleetCase each : cases) {
                s.setLong(1, each.key().site());
                s.setLong(2, each.key().place());
                s.setLong(3, each.key().number());
                s.setLong(4, Summaries.micros(each.key().openedMinutes()));
                s.setLong(5, each.receivedMicros());
                s.setLong(6, each.counter());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /** All open cases are to be told anew: a broker may have lost what it retained. */
    static void tellAgain(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.executeUpdate("UPDATE hub_case SET untold = 1 WHERE closed = 0 AND untold = 0");
        }
    }

    /** @param site empty: of all */
    static List<FleetCase> newest(Connection c, String site, boolean openOnly, int most) throws SQLException {
        String where =
                "WHERE 1 = 1" + (site.isEmpty() ? "" : " AND s.name = ?") + (openOnly ? " AND c.closed = 0" : "");
        try (PreparedStatement s = c.prepareStatement(COLUMNS + where + " ORDER BY c.updated DESC LIMIT " + most)) {
            if (!site.isEmpty()) {
                s.setString(1, site);
            }
            return read(s);
        }
    }

    static void purge(Connection c, long before) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("DELETE FROM hub_case WHERE closed = 1 AND untold = 0 AND updated < ?")) {
            s.setLong(1, before);
            s.executeUpdate();
        }
    }

    private static List<FleetCase> read(PreparedStatement s) throws SQLException {
        List<FleetCase> cases = new ArrayList<>();
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                cases.add(new FleetCase(
                        r.getString(1),
                        new CaseKey(r.getInt(2), r.getInt(3), r.getInt(4), Summaries.minutes(r.getLong(5))),
                        r.getString(6),
                        r.getLong(7),
                        r.getLong(8),
                        r.getLong(9) == 1,
                        Severity.valueOf(r.getString(10).toUpperCase(Locale.ROOT)),
                        r.getString(11),
                        r.getDouble(12),
                        evidence(r.getString(13)),
                        r.getLong(14)));
            }
        }
        return cases;
    }

    private static String text(List<Summary.Evidence> evidence) {
        try {
            return JSON.writeValueAsString(evidence);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Summary.Evidence> evidence(String text) throws SQLException {
        try {
            return JSON.readValue(text, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new SQLException("a case's evidence is no JSON: " + e.getMessage(), e);
        }
    }
}
