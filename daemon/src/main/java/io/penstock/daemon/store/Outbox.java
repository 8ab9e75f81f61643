package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Messages to publish, oldest first. A message is put in the transaction of what it tells, taken, sent, and then marked sent: a
 * kill between sending and marking sends it a second time with the same key in it, and none is lost. A message whose key was
 * already put is not put again.
 */
public final class Outbox {
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

    public static Optional<Waiting> peek(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                        "SELECT id, key, topic, payload, retained FROM outbox WHERE sent_time = 0 ORDER BY id LIMIT 1");
                ResultSet r = s.executeQuery()) {
            return r.next()
                    ? Optional.of(new Waiting(
                            r.getLong(1),
                            new Message(r.getString(2), r.getString(3), r.getString(4), r.getInt(5) == 1)))
                    : Optional.empty();
        }
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
