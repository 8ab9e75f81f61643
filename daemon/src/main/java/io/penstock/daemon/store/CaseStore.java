package io.penstock.daemon.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cases and diagnoses as rows, each with its whole record as JSON. Every method runs inside a transaction or read of the caller,
 * so that a diagnosis and its outbox rows are one commit. Saving the same thing again changes nothing.
 */
public final class CaseStore {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private CaseStore() {}

    /** A diagnosis with the case it is about. */
    public record Advised(CaseRecord caseRecord, Diagnosis diagnosis) {}

    /** Saves a case unless the row is already at this version or a later one. */
    public static void save(Connection c, CaseRecord record) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO asset_case (id, asset, version, opened_time,"
                + " updated_time, closed_time, severity, fault, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_time = excluded.updated_time,"
                + " closed_time = excluded.closed_time, severity = excluded.severity, fault = excluded.fault,"
                + " record = excluded.record WHERE excluded.version > asset_case.version")) {
            s.setString(1, record.id());
            s.setString(2, record.asset());
            s.setInt(3, record.version());
            s.setLong(4, record.openedMicros());
            s.setLong(5, record.updatedMicros());
            s.setLong(6, record.closedMicros());
            s.setString(7, record.severity().name());
            s.setString(8, record.best().fault());
            s.setString(9, json(record));
            s.executeUpdate();
        }
    }

    /**
     * Saves a diagnosis. One by rules never replaces one a model has spoken on; older ones of the same case that still wait for
     * their model wait no longer.
     */
    public static void save(Connection c, Diagnosis diagnosis, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO diagnosis (id, case_id, case_version, asset, fault,"
                + " severity, confidence, stage, headline, created_time, updated_time, record)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET fault = excluded.fault,"
                + " severity = excluded.severity, confidence = excluded.confidence, stage = excluded.stage,"
                + " headline = excluded.headline, updated_time = excluded.updated_time, record = excluded.record"
                + " WHERE excluded.stage <> 'RULES'")) {
            s.setString(1, diagnosis.id());
            s.setString(2, diagnosis.caseId());
            s.setInt(3, diagnosis.caseVersion());
            s.setString(4, diagnosis.asset());
            s.setString(5, diagnosis.fault());
            s.setString(6, diagnosis.severity().name());
            s.setDouble(7, diagnosis.confidence());
            s.setString(8, diagnosis.stage().name());
            s.setString(9, diagnosis.headline());
            s.setLong(10, nowMicros);
            s.setLong(11, nowMicros);
            s.setString(12, json(diagnosis));
            s.executeUpdate();
        }
        try (PreparedStatement s =
                c.prepareStatement("UPDATE diagnosis SET stage = 'SUPERSEDED', updated_time = ? WHERE case_id = ?"
                        + " AND case_version < ? AND stage = 'RULES'")) {
            s.setLong(1, nowMicros);
            s.setString(2, diagnosis.caseId());
            s.setInt(3, diagnosis.caseVersion());
            s.executeUpdate();
        }
    }

    /** The diagnosis that has waited longest among the most severe ones, where one waits. */
    public static Optional<Advised> nextWaiting(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                        "SELECT d.record, k.record FROM diagnosis d"
                                + " JOIN asset_case k ON k.id = d.case_id WHERE d.stage = 'RULES' ORDER BY"
                                + " CASE d.severity WHEN 'ALARM' THEN 0 WHEN 'WARNING' THEN 1 ELSE 2 END, d.created_time LIMIT 1");
                ResultSet r = s.executeQuery()) {
            return r.next()
                    ? Optional.of(new Advised(
                            parse(r.getString(2), CaseRecord.class), parse(r.getString(1), Diagnosis.class)))
                    : Optional.empty();
        }
    }

    /** The worst open case of an asset with its newest diagnosis; empty when none is open. */
    public static Optional<Advised> worstOpen(Connection c, String asset) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT k.record, d.record FROM asset_case k"
                + " JOIN diagnosis d ON d.case_id = k.id WHERE k.asset = ? AND k.closed_time = 0 ORDER BY"
                + " CASE k.severity WHEN 'ALARM' THEN 0 WHEN 'WARNING' THEN 1 ELSE 2 END, k.opened_time DESC,"
                + " d.case_version DESC LIMIT 1")) {
            s.setString(1, asset);
            try (ResultSet r = s.executeQuery()) {
                return r.next()
                        ? Optional.of(new Advised(
                                parse(r.getString(1), CaseRecord.class), parse(r.getString(2), Diagnosis.class)))
                        : Optional.empty();
            }
        }
    }

    /** The open cases of an asset, or the one of this id where it is open, each with its newest diagnosis. */
    public static List<Advised> openOf(Connection c, String caseOrAsset) throws SQLException {
        List<Advised> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT k.record, d.record FROM asset_case k"
                + " JOIN diagnosis d ON d.case_id = k.id AND d.case_version ="
                + " (SELECT max(case_version) FROM diagnosis WHERE case_id = k.id)"
                + " WHERE k.closed_time = 0 AND (k.id = ?1 OR k.asset = ?1) ORDER BY k.opened_time")) {
            s.setString(1, caseOrAsset);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Advised(
                            parse(r.getString(1), CaseRecord.class), parse(r.getString(2), Diagnosis.class)));
                }
            }
        }
        return all;
    }

    /** The case of this id; else those whose id begins so, at most two. */
    public static List<CaseRecord> casesOf(Connection c, String idOrStart) throws SQLException {
        Optional<CaseRecord> exact = caseOf(c, idOrStart);
        if (exact.isPresent()) {
            return List.of(exact.get());
        }
        List<CaseRecord> all = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT record FROM asset_case WHERE substr(id, 1, length(?1)) = ?1 LIMIT 2")) {
            s.setString(1, idOrStart);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(parse(r.getString(1), CaseRecord.class));
                }
            }
        }
        return all;
    }

    /** The newest cases, newest first. */
    public static List<CaseRecord> cases(Connection c, int limit, boolean openOnly) throws SQLException {
        return list(
                c,
                "SELECT record FROM asset_case " + (openOnly ? "WHERE closed_time = 0 " : "")
                        + "ORDER BY opened_time DESC LIMIT " + limit,
                CaseRecord.class);
    }

    /** The newest cases of an asset, newest first. */
    public static List<CaseRecord> newestOf(Connection c, String asset, int limit) throws SQLException {
        List<CaseRecord> all = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT record FROM asset_case WHERE asset = ? ORDER BY opened_time DESC LIMIT ?")) {
            s.setString(1, asset);
            s.setInt(2, limit);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(parse(r.getString(1), CaseRecord.class));
                }
            }
        }
        return all;
    }

    /** How many cases are open. */
    public static long openCount(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM asset_case WHERE closed_time = 0");
                ResultSet r = s.executeQuery()) {
            return r.getLong(1);
        }
    }

    /** The newest diagnosis of each of the newest cases, newest first. */
    public static List<Diagnosis> diagnoses(Connection c, int limit) throws SQLException {
        return list(
                c,
                "SELECT record FROM diagnosis d WHERE case_version ="
                        + " (SELECT max(case_version) FROM diagnosis e WHERE e.case_id = d.case_id)"
                        + " ORDER BY created_time DESC LIMIT " + limit,
                Diagnosis.class);
    }

    /** A diagnosis by its id, or the newest one of a case by the case's id, or by an unambiguous start of either. */
    public static Optional<Diagnosis> diagnosis(Connection c, String id) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("SELECT record FROM diagnosis WHERE id = ?1 OR case_id = ?1 OR substr(id, 1,"
                        + " length(?1)) = ?1 ORDER BY id = ?1 DESC, case_id = ?1 DESC, created_time DESC,"
                        + " case_version DESC LIMIT 1")) {
            s.setString(1, id);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? Optional.of(parse(r.getString(1), Diagnosis.class)) : Optional.empty();
            }
        }
    }

    /** A case by its id. */
    public static Optional<CaseRecord> caseOf(Connection c, String id) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT record FROM asset_case WHERE id = ?")) {
            s.setString(1, id);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? Optional.of(parse(r.getString(1), CaseRecord.class)) : Optional.empty();
            }
        }
    }

    /** Deletes closed cases, their diagnoses and sent messages last touched before a time. */
    public static void purge(Connection c, long beforeMicros) throws SQLException {
        try (PreparedStatement d = c.prepareStatement("DELETE FROM diagnosis WHERE updated_time < ? AND case_id IN"
                        + " (SELECT id FROM asset_case WHERE closed_time > 0 AND closed_time < ?)");
                PreparedStatement k = c.prepareStatement(
                        "DELETE FROM asset_case WHERE closed_time > 0 AND closed_time < ? AND id NOT IN"
                                + " (SELECT case_id FROM diagnosis)");
                PreparedStatement o = c.prepareStatement("DELETE FROM outbox WHERE sent_time > 0 AND sent_time < ?")) {
            d.setLong(1, beforeMicros);
            d.setLong(2, beforeMicros);
            d.executeUpdate();
            k.setLong(1, beforeMicros);
            k.executeUpdate();
            o.setLong(1, beforeMicros);
            o.executeUpdate();
        }
        OperatorActs.purge(c, beforeMicros);
        BlockedSentences.purge(c);
    }

    /**
     * Deletes, because the disk is full, the oldest sent messages; where none is left, the oldest closed cases and their diagnoses.
     * Open cases and unsent messages stay.
     *
     * @return rows deleted
     */
    static int shed(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            int gone = s.executeUpdate("DELETE FROM outbox WHERE id IN"
                    + " (SELECT id FROM outbox WHERE sent_time > 0 ORDER BY id LIMIT 1000)");
            if (gone == 0) {
                String oldest = "(SELECT id FROM asset_case WHERE closed_time > 0 ORDER BY closed_time, id LIMIT 20)";
                gone = s.executeUpdate("DELETE FROM blocked_sentence WHERE diagnosis_id IN"
                                + " (SELECT id FROM diagnosis WHERE case_id IN " + oldest + ")")
                        + s.executeUpdate("DELETE FROM evidence WHERE case_id IN " + oldest)
                        + s.executeUpdate("DELETE FROM diagnosis WHERE case_id IN " + oldest)
                        + s.executeUpdate("DELETE FROM asset_case WHERE id IN " + oldest);
            }
            return gone;
        }
    }

    private static <T> List<T> list(Connection c, String sql, Class<T> type) throws SQLException {
        List<T> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement(sql);
                ResultSet r = s.executeQuery()) {
            while (r.next()) {
                all.add(parse(r.getString(1), type));
            }
        }
        return all;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record cannot be written as JSON: " + value.getClass(), e);
        }
    }

    private static <T> T parse(String json, Class<T> type) throws SQLException {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new SQLException(
                    "a stored " + type.getSimpleName() + " cannot be read: " + e.getOriginalMessage(), e);
        }
    }
}
