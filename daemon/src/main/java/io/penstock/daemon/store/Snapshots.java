package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** Detector state with the journal position it covers. */
public final class Snapshots {
    /**
     * All parts' states at one moment.
     *
     * @param position the last journal position they have seen
     * @param states by part name
     */
    public record Snapshot(long position, Map<String, byte[]> states) {
        public Snapshot {
            states = Map.copyOf(states);
        }
    }

    private Snapshots() {}

    /** Replaces the saved snapshot, inside a transaction of the caller. */
    public static void save(Connection c, Snapshot snapshot) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.executeUpdate("DELETE FROM snapshot");
        }
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO snapshot (name, position, state) VALUES (?, ?, ?)")) {
            for (Map.Entry<String, byte[]> part : snapshot.states().entrySet()) {
                s.setString(1, part.getKey());
                s.setLong(2, snapshot.position());
                s.setBytes(3, part.getValue());
                s.executeUpdate();
            }
        }
    }

    /** The saved snapshot; position 0 and no states where there is none. */
    public static Snapshot load(Connection c) throws SQLException {
        Map<String, byte[]> states = new HashMap<>();
        long position = 0;
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT name, position, state FROM snapshot")) {
            while (r.next()) {
                states.put(r.getString(1), r.getBytes(3));
                position = r.getLong(2);
            }
        }
        return new Snapshot(position, states);
    }
}
