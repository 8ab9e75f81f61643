package io.penstock.daemon.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.prompt.PastCase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cases whose fault a person named, a row each: the site's part of the case library. They outlive the cases they were. Every method
 * runs inside a transaction or read of the caller.
 */
public final class PastCases {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PastCases() {}

    /**
     * One case and what was said of it.
     *
     * @param kind machine class
     * @param past its fault may be {@code normal}: a person found nothing wrong
     * @param diagnosed the fault the diagnosis named
     * @param note a person's words; may be empty
     * @param by the name given
     */
    public record Kept(String kind, PastCase past, String diagnosed, String note, String by, long timeMicros) {
        /** Whether the person named what the diagnosis had named. */
        public boolean confirms() {
            return past.fault().equals(diagnosed);
        }
    }

    /** Keeps what was said of a case; what was said of it before is replaced. */
    public static void put(Connection c, Kept kept) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO past_case (case_id, kind, fault, diagnosed, symptoms,"
                        + " note, by_name, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_id) DO UPDATE SET"
                        + " fault = excluded.fault, diagnosed = excluded.diagnosed, symptoms = excluded.symptoms,"
                        + " note = excluded.note, by_name = excluded.by_name, time = excluded.time")) {
            s.setString(1, kept.past().caseId());
            s.setString(2, kept.kind());
            s.setString(3, kept.past().fault());
            s.setString(4, kept.diagnosed());
            s.setString(5, JSON.writeValueAsString(kept.past().symptoms()));
            s.setString(6, kept.note());
            s.setString(7, kept.by());
            s.setLong(8, kept.timeMicros());
            s.executeUpdate();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of texts cannot be written as JSON", e);
        }
    }

    /** What was said of one case. */
    public static Optional<Kept> of(Connection c, String caseId) throws SQLException {
        return read(c, "WHERE case_id = ?", caseId).stream().findFirst();
    }

    /** The newest, newest first. */
    public static List<Kept> newest(Connection c, int most) throws SQLException {
        return read(c, "WHERE case_id <> ? ORDER BY time DESC, case_id LIMIT " + most, "");
    }

    public static long count(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM past_case");
                ResultSet r = s.executeQuery()) {
            return r.getLong(1);
        }
    }

    private static List<Kept> read(Connection c, String which, String key) throws SQLException {
        List<Kept> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement(
                "SELECT kind, fault, symptoms, case_id, diagnosed, note, by_name, time FROM past_case " + which)) {
            s.setString(1, key);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    List<String> symptoms = List.of(JSON.readValue(r.getString(3), String[].class));
                    all.add(new Kept(
                            r.getString(1),
                            new PastCase(r.getString(2), symptoms, true, r.getString(4)),
                            r.getString(5),
                            r.getString(6),
                            r.getString(7),
                            r.getLong(8)));
                }
            }
            return all;
        } catch (JsonProcessingException e) {
            throw new SQLException("a stored past case cannot be read: " + e.getOriginalMessage(), e);
        }
    }
}
