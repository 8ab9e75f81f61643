package io.penstock.daemon.store;

import io.penstock.daemon.cases.CaseRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What people did about cases, a row each, and what it makes of a case: seen, acted upon, shelved (ISA-18.2). Every method runs inside a
 * transaction or read of the caller.
 */
public final class OperatorActs {
    private OperatorActs() {}

    /**
     * One act.
     *
     * @param id of the order; the same order is one act, however often it is carried out
     * @param verb in lower case
     * @param subject a case's id or a machine's
     * @param severity of the case then; empty for a machine
     * @param untilMicros when a shelving ends; 0 for other acts
     * @param by the name given
     * @param owner of the order's file, as the file system tells it
     */
    public record Act(
            String id,
            String verb,
            String subject,
            String detail,
            String severity,
            long untilMicros,
            String by,
            String owner,
            long timeMicros) {}

    /**
     * How a case stands with its operators.
     *
     * @param seenBy who acknowledged it at its present severity or a worse one; empty when nobody has
     * @param seenMicros when; 0 with it
     * @param shelvedUntilMicros 0 when it is not shelved
     */
    public record Standing(String seenBy, long seenMicros, long shelvedUntilMicros) {
        public static final Standing UNSEEN = new Standing("", 0, 0);

        public boolean seen() {
            return seenMicros > 0;
        }
    }

    /** Put again, it changes nothing. */
    public static void put(Connection c, Act act) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO operator_act (id, verb, subject, detail, severity, until_time, by_name,"
                        + " owner, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")) {
            s.setString(1, act.id());
            s.setString(2, act.verb());
            s.setString(3, act.subject());
            s.setString(4, act.detail());
            s.setString(5, act.severity());
            s.setLong(6, act.untilMicros());
            s.setString(7, act.by());
            s.setString(8, act.owner());
            s.setLong(9, act.timeMicros());
            s.executeUpdate();
        }
    }

    /** A case that has become worse since it was acknowledged must be acknowledged anew; one closed and shelved is not announced. */
    public static Standing of(Connection c, CaseRecord record, long nowMicros) throws SQLException {
        long until = shelvedUntil(c, record, nowMicros);
        try (PreparedStatement s = c.prepareStatement("SELECT by_name, time FROM operator_act WHERE subject = ?"
                + " AND verb IN ('ack', 'acted') AND CASE severity WHEN 'ALARM' THEN 0 WHEN 'WARNING' THEN 1 ELSE 2 END <= ?"
                + " ORDER BY time LIMIT 1")) {
            s.setString(1, record.id());
            s.setInt(
                    2,
                    switch (record.severity()) {
                        case ALARM -> 0;
                        case WARNING -> 1;
                        case ADVISORY -> 2;
                    });
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? new Standing(r.getString(1), r.getLong(2), until) : new Standing("", 0, until);
            }
        }
    }

    /** When the case's or its machine's shelving ends; 0 when neither is shelved. */
    public static long shelvedUntil(Connection c, CaseRecord record, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT max(until_time) FROM operator_act WHERE ended = 0"
                + " AND verb = 'shelve' AND until_time > ? AND subject IN (?, ?)")) {
            s.setLong(1, nowMicros);
            s.setString(2, record.id());
            s.setString(3, record.asset());
            try (ResultSet r = s.executeQuery()) {
                return r.getLong(1);
            }
        }
    }

    /** Shelvings whose time is over and of which that was not yet told. */
    public static List<Act> over(Connection c, long nowMicros) throws SQLException {
        List<Act> all = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT id, verb, subject, detail, severity, until_time, by_name, owner, time"
                        + " FROM operator_act WHERE ended = 0 AND verb = 'shelve' AND until_time <= ?")) {
            s.setLong(1, nowMicros);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Act(
                            r.getString(1),
                            r.getString(2),
                            r.getString(3),
                            r.getString(4),
                            r.getString(5),
                            r.getLong(6),
                            r.getString(7),
                            r.getString(8),
                            r.getLong(9)));
                }
            }
        }
        return all;
    }

    /** Lets the running shelvings of a case or machine end now. */
    public static void endNow(Connection c, String subject, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("UPDATE operator_act SET until_time = min(until_time, ?)"
                + " WHERE ended = 0 AND verb = 'shelve' AND subject = ?")) {
            s.setLong(1, nowMicros);
            s.setString(2, subject);
            s.executeUpdate();
        }
    }

    /** That a shelving is over was told. */
    public static void ended(Connection c, String id) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("UPDATE operator_act SET ended = 1 WHERE id = ?")) {
            s.setString(1, id);
            s.executeUpdate();
        }
    }

    static void purge(Connection c, long beforeMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM operator_act WHERE time < ? AND until_time < ?"
                + " AND subject NOT IN (SELECT id FROM asset_case)")) {
            s.setLong(1, beforeMicros);
            s.setLong(2, beforeMicros);
            s.executeUpdate();
        }
    }
}
