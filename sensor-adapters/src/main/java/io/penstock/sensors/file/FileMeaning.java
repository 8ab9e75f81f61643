package io.penstock.sensors.file;

import io.penstock.sensors.reading.ChannelId;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What the numbers of a file are.
 *
 * @param asset the machine of a CSV table's columns or of a waveform; not used for JSON lines, which name theirs
 * @param ignoredColumns columns of a CSV table that are no channels
 * @param channels of a {@code .npy} or {@code .wav}, one a column; none where there are no such files
 * @param rateHz samples per second of a {@code .npy}, which does not say it; a {@code .wav} says its own
 * @param samples of one waveform: a longer recording becomes several, one after the other
 */
public record FileMeaning(
        String asset, Set<String> ignoredColumns, List<String> channels, OptionalDouble rateHz, int samples) {
    public static final int USUAL_SAMPLES = 8_192;
    private static final int MOST_SAMPLES = 1 << 22;

    public FileMeaning {
        ignoredColumns = Set.copyOf(ignoredColumns);
        channels = List.copyOf(channels);
        if (samples < 16 || samples > MOST_SAMPLES) {
            throw new IllegalArgumentException("waveforms of " + samples + " samples, expected 16 to " + MOST_SAMPLES);
        }
        if (rateHz.isPresent() && !(rateHz.getAsDouble() > 0 && Double.isFinite(rateHz.getAsDouble()))) {
            throw new IllegalArgumentException("rate of " + rateHz.getAsDouble() + " Hz, expected above 0");
        }
        for (String channel : channels) {
            ChannelId unused = new ChannelId(asset, channel);
        }
    }

    /** A CSV table of one machine's channels, or JSON lines. */
    public static FileMeaning ofTable(String asset, Set<String> ignoredColumns) {
        return new FileMeaning(asset, ignoredColumns, List.of(), OptionalDouble.empty(), USUAL_SAMPLES);
    }
}
