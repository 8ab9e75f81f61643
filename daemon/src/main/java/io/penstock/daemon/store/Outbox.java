package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Messages to publish, oldest first. A message is put in the transaction of what it tells, taken, sent, and then marked sent: a
 * kill between sending and marking sends it a second time with the same key in it, and none is lost. A message whose key was
 * already put is not put again.
 */
public final class Outbox {
    /** Keys of anomaly events begin so: they are many, and kept for a shorter time. */
    public static final String ANOMALY = "anomaly:";

    private static final String BEYOND_ANOMALY = "anomaly;";

    private Outbox() {}

    /**
     * A message.
     *
     * @param key tells a repeated message from a new one, for ever
     * @param retained whether the broker keeps it as the topic's last value
     */
    public record Message(String key, String topic, String payload, boolean retained) {}

    /** A message that waits, with its place in the queue. */
    public record Waiting(long id, Message message) {}

    public static void put(Connection c, Message message, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO outbox (key, topic, payload, retained, created_time)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING")) {
            s.setString(1, message.key());
            s.setString(2, message.topic());
            s.setString(3, message.payload());
            s.setInt(4, message.retained() ? 1 : 0);
            s.setLong(5, nowMicros);
            s.executeUpdate();
        }
    }

    /** The oldest messages that wait, oldest first. */
    public static List<Waiting> peek(Connection c, int most) throws SQLException {
        List<Waiting> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement(
                "SELECT id, key, topic, payload, retained FROM outbox WHERE sent_time = 0 ORDER BY id LIMIT ?")) {
            s.setInt(1, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Waiting(
                            r.getLong(1),
                            new Message(r.getString(2), r.getString(3), r.getString(4), r.getInt(5) == 1)));
                }
            }
        }
        return all;
    }

    /**
     * Deletes anomaly events that were sent before a time, and the oldest of those that wait beyond a number: a broker that is
     * away for weeks must not fill the disk with them.
     *
     * @param beforeMicros no later than the snapshot that covers them, or a repeated step would send them again
     * @return how many were dropped unsent
     */
    public static int purgeAnomalies(Connection c, long beforeMicros, int mostWaiting) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM outbox WHERE key >= ? AND key < ? AND sent_time > 0 AND sent_time < ?")) {
            s.setString(1, ANOMALY);
            s.setString(2, BEYOND_ANOMALY);
            s.setLong(3, beforeMicros);
            s.executeUpdate();
        }
        try (PreparedStatement s =
                c.prepareStatement("DELETE FROM outbox WHERE sent_time = 0 AND key >= ?1 AND key < ?2"
                        + " AND id <= (SELECT id FROM outbox WHERE sent_time = 0 AND key >= ?1 AND key < ?2"
                        + " ORDER BY id DESC LIMIT 1 OFFSET ?3)")) {
            s.setString(1, ANOMALY);
            s.setString(2, BEYOND_ANOMALY);
            s.setInt(3, mostWaiting);
            return s.executeUpdate();
        }
    }

    /** The oldest message that waits. */
    public static Optional<Waiting> peek(Connection c) throws SQLException {
        return peek(c, 1).stream().findFirst();
    }

    public static void sent(Connection c, long id, long nowMicros) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("UPDATE outbox SET sent_time = ? WHERE id = ?")) {
            s.setLong(1, nowMicros);
            s.setLong(2, id);
            s.executeUpdate();
        }
    }

    public static long waiting(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM outbox WHERE sent_time = 0");
                ResultSet r = s.executeQuery()) {
            return r.getLong(1);
        }
    }
}
