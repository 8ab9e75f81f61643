package io.penstock.daemon.uplink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What commands from afar have set and still holds. Everything but the budget's part ends by itself.
 *
 * @param pausedUntilMicros nothing leaves before; 0: it does
 * @param percent of each cap
 * @param shelvedUntilMicros by asset's place: nothing but alarms leaves of it before
 */
public record Standing(long pausedUntilMicros, int percent, Map<Integer, Long> shelvedUntilMicros) {
    static final String PAUSED = "paused";
    static final String PERCENT = "percent";
    static final String SHELVED = "shelved:";

    public Standing {
        shelvedUntilMicros = Map.copyOf(shelvedUntilMicros);
    }

    public static Standing of(Connection c) throws SQLException {
        long paused = 0;
        int percent = 100;
        Map<Integer, Long> shelved = new TreeMap<>();
        try (PreparedStatement s = c.prepareStatement("SELECT name, value FROM uplink_setting");
                ResultSet r = s.executeQuery()) {
            while (r.next()) {
                String name = r.getString(1);
                long value = r.getLong(2);
                if (name.equals(PAUSED)) {
                    paused = value;
                } else if (name.equals(PERCENT)) {
                    percent = (int) value;
                } else if (name.startsWith(SHELVED)) {
                    shelved.put(Integer.valueOf(name.substring(SHELVED.length())), value);
                }
            }
        }
        return new Standing(paused, percent, shelved);
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
