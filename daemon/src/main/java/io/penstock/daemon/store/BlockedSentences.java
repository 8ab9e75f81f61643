package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Sentences of a model that the check kept from the operator, for an audit. Every method runs inside a transaction or read of the caller. */
public final class BlockedSentences {
    private BlockedSentences() {}

    /**
     * One sentence.
     *
     * @param number 1, 2, ... within its diagnosis
     * @param model manifest name
     */
    public record Kept(String diagnosisId, int number, String sentence, String reason, String model, long timeMicros) {}

    /** Saved again it changes nothing: a repeated step has the same sentences. */
    public static void put(Connection c, Kept kept) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO blocked_sentence (diagnosis_id, number, sentence,"
                + " reason, model, time) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (diagnosis_id, number) DO UPDATE SET"
                + " sentence = excluded.sentence, reason = excluded.reason, model = excluded.model,"
                + " time = excluded.time")) {
            s.setString(1, kept.diagnosisId());
            s.setInt(2, kept.number());
            s.setString(3, kept.sentence());
            s.setString(4, kept.reason());
            s.setString(5, kept.model());
            s.setLong(6, kept.timeMicros());
            s.executeUpdate();
        }
    }

    /** Those of a case, all its versions, in the order they were blocked. */
    public static List<Kept> ofCase(Connection c, String caseId) throws SQLException {
        List<Kept> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT b.diagnosis_id, b.number, b.sentence, b.reason, b.model,"
                + " b.time FROM blocked_sentence b JOIN diagnosis d ON d.id = b.diagnosis_id WHERE d.case_id = ?"
                + " ORDER BY d.case_version, b.number")) {
            s.setString(1, caseId);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Kept(
                            r.getString(1), r.getInt(2), r.getString(3), r.getString(4), r.getString(5), r.getLong(6)));
                }
            }
        }
        return all;
    }

    /** Those whose diagnosis is gone go with it. */
    static void purge(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM blocked_sentence WHERE diagnosis_id NOT IN (SELECT id FROM diagnosis)")) {
            s.executeUpdate();
        }
    }
}
