package io.penstock.daemon.store;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The raw readings of a store in the order they were journalled, a page at a time: memory is bounded by a page, and between two pages
 * the daemon's log can be reused.
 */
public final class RecordedReadings {
    private static final int PAGE_ROWS = 500;
    private static final int PAGE_BYTES = 8 << 20;
    private static final Quality[] QUALITIES = Quality.values();

    /**
     * Which readings.
     *
     * @param asset null for all
     * @param channel null for all of the asset
     * @param fromMicros source time, inclusive
     * @param toMicros source time, inclusive
     */
    public record Selection(
            @Nullable String asset, @Nullable String channel, long fromMicros, long toMicros) {
        public static Selection everything() {
            return new Selection(null, null, Long.MIN_VALUE, Long.MAX_VALUE);
        }
    }

    private final Selection selection;
    private long after;
    private boolean ended;

    public RecordedReadings(Selection selection) {
        this.selection = selection;
    }

    /** The next readings, at most some hundred and some MiB; empty at the end. */
    public List<Journalled> next(Connection c) throws SQLException {
        List<Journalled> page = new ArrayList<>();
        if (ended) {
            return page;
        }
        try (PreparedStatement s = c.prepareStatement("SELECT r.position, k.asset, k.channel, r.source_time,"
                + " r.received_time, r.quality, r.value, r.rate, r.samples FROM reading r CROSS JOIN channel k"
                + " ON k.id = r.channel WHERE r.position > ?1 AND r.source_time BETWEEN ?2 AND ?3"
                + " AND (?4 IS NULL OR k.asset = ?4) AND (?5 IS NULL OR k.channel = ?5) ORDER BY r.position LIMIT "
                + PAGE_ROWS)) {
            s.setLong(1, after);
            s.setLong(2, selection.fromMicros());
            s.setLong(3, selection.toMicros());
            s.setString(4, selection.asset());
            s.setString(5, selection.channel());
            long bytes = 0;
            try (ResultSet r = s.executeQuery()) {
                while (bytes < PAGE_BYTES && r.next()) {
                    Journalled row = row(r);
                    page.add(row);
                    after = row.position();
                    bytes += row.reading() instanceof Reading.Waveform w ? w.samples().length * 4L : 0;
                }
            }
        }
        ended = page.isEmpty();
        return page;
    }

    private static Journalled row(ResultSet r) throws SQLException {
        ChannelId channel = new ChannelId(r.getString(2), r.getString(3));
        int of = r.getInt(6);
        Quality quality = of >= 0 && of < QUALITIES.length ? QUALITIES[of] : Quality.BAD;
        byte[] blob = r.getBytes(9);
        if (blob == null) {
            double number = r.getDouble(7);
            double value = r.wasNull() ? Double.NaN : number;
            return new Journalled(
                    r.getLong(1), new Reading.Scalar(channel, r.getLong(4), r.getLong(5), quality, value));
        }
        return new Journalled(
                r.getLong(1),
                new Reading.Waveform(channel, r.getLong(4), r.getLong(5), quality, samples(blob), r.getDouble(8)));
    }

    /** Samples of a stored waveform: float32, little-endian. */
    static float[] samples(byte[] blob) {
        float[] samples = new float[blob.length / Float.BYTES];
        ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
        return samples;
    }

    /** The channels that readings have come from, as {@code asset} or {@code asset/channel} names them; all of an asset. */
    public static List<ChannelId> channels(Connection c, String named) throws SQLException {
        List<ChannelId> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT asset, channel FROM channel WHERE asset = ?1"
                + " OR asset || '/' || channel = ?1 ORDER BY asset, channel")) {
            s.setString(1, named);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new ChannelId(r.getString(1), r.getString(2)));
                }
            }
        }
        return all;
    }
}
