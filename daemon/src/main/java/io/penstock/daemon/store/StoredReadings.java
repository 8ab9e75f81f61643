package io.penstock.daemon.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Readings for a person to look at: those still in the journal, and those kept as a case's evidence. Where both are gone a scalar's
 * minutes stand in. Times are microseconds since the epoch, source time.
 */
public final class StoredReadings {
    private StoredReadings() {}

    /** The readings of a stretch of time as one range. */
    public record Range(long timeMicros, double least, double most) {}

    /** A waveform as it was journalled. */
    public record Waveform(long position, long timeMicros, double rateHz, float[] samples) {}

    /**
     * A scalar channel between two times, readings of bad quality left out; before the oldest reading in the journal also its minutes.
     *
     * @param most ranges at most; each covers an equal stretch, empty ones are left out
     */
    public static List<Range> scalars(
            Connection c, String asset, String channel, long fromMicros, long toMicros, int most) throws SQLException {
        long stretch = Math.max(1, (toMicros - fromMicros) / Math.max(1, most) + 1);
        List<Range> ranges = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT min(time), min(least), max(most) FROM ("
                + " SELECT r.source_time AS time, r.value AS least, r.value AS most FROM channel k JOIN reading r"
                + " ON r.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2 AND r.source_time BETWEEN ?3 AND ?4"
                + " AND r.value IS NOT NULL AND r.quality < 2 UNION ALL"
                + " SELECT e.source_time, e.value, e.value FROM channel k JOIN evidence e"
                + " ON e.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2 AND e.source_time BETWEEN ?3 AND ?4"
                + " AND e.value IS NOT NULL AND e.quality < 2 UNION ALL"
                + " SELECT a.start, a.least, a.most FROM channel k JOIN aggregate a ON a.channel = k.id"
                + " WHERE k.asset = ?1 AND k.channel = ?2 AND a.span = 60 AND a.start BETWEEN ?3 AND ?4"
                + " AND a.count > 0 AND a.peak IS NULL AND a.start < ifnull((SELECT min(o.source_time) FROM reading o"
                + " WHERE o.channel = k.id), a.start + 1)) GROUP BY (time - ?5) / ?6 ORDER BY 1")) {
            s.setString(1, asset);
            s.setString(2, channel);
            s.setLong(3, fromMicros);
            s.setLong(4, toMicros);
            s.setLong(5, fromMicros);
            s.setLong(6, stretch);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    ranges.add(new Range(r.getLong(1), r.getDouble(2), r.getDouble(3)));
                }
            }
        }
        return ranges;
    }

    /** Journal positions of a channel's waveforms between two times, evenly thinned to {@code most}, the newest always there. */
    public static List<Long> waveforms(
            Connection c, String asset, String channel, long fromMicros, long toMicros, int most) throws SQLException {
        List<Long> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT r.position, r.source_time FROM channel k JOIN reading r"
                + " ON r.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2 AND r.source_time BETWEEN ?3 AND ?4"
                + " AND r.samples IS NOT NULL AND r.quality < 2 UNION SELECT e.position, e.source_time FROM channel k"
                + " JOIN evidence e ON e.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2"
                + " AND e.source_time BETWEEN ?3 AND ?4 AND e.samples IS NOT NULL AND e.quality < 2 ORDER BY 2 DESC")) {
            s.setString(1, asset);
            s.setString(2, channel);
            s.setLong(3, fromMicros);
            s.setLong(4, toMicros);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(r.getLong(1));
                }
            }
        }
        int every = Math.max(1, (all.size() + most - 1) / most);
        List<Long> kept = new ArrayList<>();
        for (int i = 0; i < all.size(); i += every) {
            kept.addFirst(all.get(i));
        }
        return kept;
    }

    /** The waveform at a journal position; empty where it was purged, or is none. */
    public static Optional<Waveform> waveform(Connection c, long position) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT source_time, rate, samples FROM reading WHERE position = ?1 AND samples IS NOT NULL UNION ALL"
                        + " SELECT source_time, rate, samples FROM evidence WHERE position = ?1 AND samples IS NOT NULL"
                        + " LIMIT 1")) {
            s.setLong(1, position);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return Optional.empty();
                }
                byte[] blob = r.getBytes(3);
                float[] samples = new float[blob.length / Float.BYTES];
                ByteBuffer.wrap(blob)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(samples);
                return Optional.of(new Waveform(position, r.getLong(1), r.getDouble(2), samples));
            }
        }
    }

    /**
     * The last value of a scalar channel that was journalled before a position, as the window saw it then.
     *
     * @param oldestMicros older readings count for nothing
     */
    public static double before(Connection c, String asset, String channel, long position, long oldestMicros)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT r.value, r.position FROM channel k JOIN reading r"
                + " ON r.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2 AND r.position < ?3 AND r.source_time >= ?4"
                + " AND r.value IS NOT NULL AND r.quality < 2 UNION ALL SELECT e.value, e.position FROM channel k"
                + " JOIN evidence e ON e.channel = k.id WHERE k.asset = ?1 AND k.channel = ?2 AND e.position < ?3"
                + " AND e.source_time >= ?4 AND e.value IS NOT NULL AND e.quality < 2 ORDER BY 2 DESC LIMIT 1")) {
            s.setString(1, asset);
            s.setString(2, channel);
            s.setLong(3, position);
            s.setLong(4, oldestMicros);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? r.getDouble(1) : Double.NaN;
            }
        }
    }
}
