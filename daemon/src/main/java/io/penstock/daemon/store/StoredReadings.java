package io.penstock.daemon.store;

import io.penstock.sensors.reading.Quality;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
                return Optional.of(new Waveform(position, r.getLong(1), r.getDouble(2), samples(r.getBytes(3))));
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

    /**
     * A reading as it was journalled.
     *
     * @param value of a scalar; NaN for a waveform
     * @param waveform null for a scalar
     */
    public record Stored(
            long position,
            String channel,
            long timeMicros,
            Quality quality,
            double value,
            @Nullable Waveform waveform) {}

    /** The reading at a journal position; empty where it was purged. */
    public static Optional<Stored> at(Connection c, long position) throws SQLException {
        return one(c, "r.position = ?", s -> s.setLong(1, position));
    }

    /** The newest reading of a channel up to a journal position, that one included; empty where all were purged. */
    public static Optional<Stored> newest(Connection c, String asset, String channel, long position)
            throws SQLException {
        return one(c, "k.asset = ? AND k.channel = ? AND r.position <= ? ORDER BY r.position DESC LIMIT 1", s -> {
            s.setString(1, asset);
            s.setString(2, channel);
            s.setLong(3, position);
        });
    }

    /** The channels of an asset that were ever journalled, by name. */
    public static List<String> channels(Connection c, String asset, int most) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT channel FROM channel WHERE asset = ? ORDER BY channel LIMIT ?")) {
            s.setString(1, asset);
            s.setInt(2, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    names.add(r.getString(1));
                }
            }
        }
        return names;
    }

    /** The oldest journal position still kept; 0 in an empty journal. */
    public static long oldest(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT coalesce(min(position), 0) FROM reading");
                ResultSet r = s.executeQuery()) {
            return r.next() ? r.getLong(1) : 0;
        }
    }

    /** Fills in the parameters of a question. */
    @FunctionalInterface
    private interface Parameters {
        void into(PreparedStatement statement) throws SQLException;
    }

    private static Optional<Stored> one(Connection c, String which, Parameters parameters) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT r.position, k.channel, r.source_time, r.quality, r.value,"
                + " r.rate, r.samples FROM reading r JOIN channel k ON k.id = r.channel WHERE " + which)) {
            parameters.into(s);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return Optional.empty();
                }
                byte[] blob = r.getBytes(7);
                double value = r.getDouble(5);
                boolean scalar = !r.wasNull();
                return Optional.of(new Stored(
                        r.getLong(1),
                        r.getString(2),
                        r.getLong(3),
                        Quality.values()[r.getInt(4)],
                        scalar ? value : Double.NaN,
                        blob == null ? null : new Waveform(r.getLong(1), r.getLong(3), r.getDouble(6), samples(blob))));
            }
        }
    }

    private static float[] samples(byte[] blob) {
        float[] samples = new float[blob.length / Float.BYTES];
        ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
        return samples;
    }
}
