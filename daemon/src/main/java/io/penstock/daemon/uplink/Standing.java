package io.penstock.daemon.uplink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What commands from afar have set and still holds. The pause ends by itself.
 *
 * @param pausedUntilMicros nothing leaves before; 0: it does
 * @param percent of each cap
 */
public record Standing(long pausedUntilMicros, int percent) {
    static final String PAUSED = "paused";
    static final String PERCENT = "percent";

    public static Standing of(Connection c) throws SQLException {
        long paused = 0;
        int percent = 100;
        try (PreparedStatement s = c.prepareStatement("SELECT name, value FROM uplink_setting");
                ResultSet r = s.executeQuery()) {
            while (r.next()) {
                String name = r.getString(1);
                long value = r.getLong(2);
                if (name.equals(PAUSED)) {
                    paused = value;
                } else if (name.equals(PERCENT)) {
                    percent = (int) value;
                }
            }
        }
        return new Standing(paused, percent);
    }

    static void set(Connection c, String name, long value) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO uplink_setting (name, value) VALUES (?, ?)"
                + " ON CONFLICT (name) DO UPDATE SET value = excluded.value")) {
            s.setString(1, name);
            s.setLong(2, value);
            s.executeUpdate();
        }
    }
}
