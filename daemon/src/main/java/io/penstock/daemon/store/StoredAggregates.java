package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Consumer;

/** Minutes and hours as they are stored, for a person or a program to read. */
public final class StoredAggregates {
    private StoredAggregates() {}

    /** How long a stretch is. */
    public enum Span {
        MINUTE(Aggregates.MINUTE),
        HOUR(Aggregates.HOUR);

        private final int seconds;

        Span(int seconds) {
            this.seconds = seconds;
        }

        public long micros() {
            return seconds * 1_000_000L;
        }
    }

    /**
     * A channel's readings of one stretch; of waveforms, their RMS, mean removed. Numbers are in the channel's unit, NaN where there is none.
     *
     * @param startMicros source time, microseconds since the epoch
     * @param count readings of good or uncertain quality
     * @param bad readings that were not usable
     * @param last the one with the newest source time
     * @param peak of waveforms, the largest deviation from a waveform's mean; otherwise NaN
     * @param kurtosis of waveforms, the largest (3 for a Gaussian); otherwise NaN
     */
    public record Stretch(
            long startMicros,
            long count,
            long bad,
            double least,
            double mean,
            double most,
            double last,
            double peak,
            double kurtosis) {}

    /** Gives a channel's stretches that begin between two times, in order. */
    public static void read(
            Connection c, String asset, String channel, Span span, long fromMicros, long toMicros, Consumer<Stretch> to)
            throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("SELECT a.start, a.count, a.bad, a.least, a.total, a.most, a.last,"
                        + " a.peak, a.kurtosis FROM aggregate a WHERE a.span = ? AND a.start BETWEEN ? AND ? AND a.channel ="
                        + " (SELECT id FROM channel WHERE asset = ? AND channel = ?) ORDER BY a.start")) {
            s.setInt(1, span.seconds);
            s.setLong(2, fromMicros);
            s.setLong(3, toMicros);
            s.setString(4, asset);
            s.setString(5, channel);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    long count = r.getLong(2);
                    to.accept(new Stretch(
                            r.getLong(1),
                            count,
                            r.getLong(3),
                            number(r, 4),
                            count == 0 ? Double.NaN : r.getDouble(5) / count,
                            number(r, 6),
                            number(r, 7),
                            number(r, 8),
                            number(r, 9)));
                }
            }
        }
    }

    private static double number(ResultSet r, int column) throws SQLException {
        double value = r.getDouble(column);
        return r.wasNull() ? Double.NaN : value;
    }
}
