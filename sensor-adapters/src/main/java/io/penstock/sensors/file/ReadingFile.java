package io.penstock.sensors.file;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One file's readings in its order: {@code .npy} and {@code .wav} as waveforms that end when the file was last written; anything else
 * as text, a recorded stream of JSON lines where it begins with a brace, or else a CSV table.
 */
final class ReadingFile {
    /** The daemon's heap is 256 MiB: the file and its samples must fit in beside all else. */
    private static final long LARGEST_WAVEFORM_BYTES = 32L << 20;

    private final Path file;
    private final FileMeaning meaning;
    private final InstantSource clock;

    /** Takes what a file holds, piece by piece. */
    @FunctionalInterface
    interface Taker {
        /**
         * @param line from 1; the number of the waveform in a file of those
         * @return false when no more is wanted
         */
        boolean take(long line, LineOutcome outcome);
    }

    /** @param clock gives the receive time */
    ReadingFile(Path file, FileMeaning meaning, InstantSource clock) {
        this.file = file;
        this.meaning = meaning;
        this.clock = clock;
    }

    /** @throws IOException when it cannot be read, or is not what its name or its first line says */
    void read(Taker to) throws IOException {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy") || name.endsWith(".wav")) {
            long bytes = Files.size(file);
            if (bytes > LARGEST_WAVEFORM_BYTES) {
                throw new IOException("it has " + bytes + " bytes, expected at most " + LARGEST_WAVEFORM_BYTES
                        + " of a waveform, which is held whole; cut it");
            }
            waveforms(WaveformFile.read(file), to);
            return;
        }
        // an InputStreamReader puts a mark in place of bytes that are no UTF-8, where Files.newBufferedReader would end
        try (Reader reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            skipByteOrderMark(reader);
            lines(new BoundedLines(reader), to);
        }
    }

    private static void skipByteOrderMark(Reader reader) throws IOException {
        reader.mark(1);
        if (reader.read() != '\ufeff') {
            reader.reset();
        }
    }

    private void lines(BoundedLines text, Taker to) throws IOException {
        Function<String, LineOutcome> format = null;
        long number = 0;
        for (String line = text.next(); line != null; line = text.next()) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            LineOutcome outcome;
            if (text.wasCut()) {
                outcome = new LineOutcome.Unusable(
                        RejectReason.SIZE, "longer than " + BoundedLines.LONGEST + " characters");
            } else if (format == null && line.charAt(0) != '{') {
                format = csv(line);
                continue;
            } else {
                if (format == null) {
                    format = any -> RecordedLine.parse(any, now());
                }
                outcome = format.apply(line);
            }
            if (!to.take(number, outcome)) {
                return;
            }
        }
    }

    private Function<String, LineOutcome> csv(String header) throws IOException {
        try {
            ChannelTable table = ChannelTable.ofHeader(header, meaning.asset(), meaning.ignoredColumns());
            return line -> table.row(line, now());
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void waveforms(WaveformFile recording, Taker to) throws IOException {
        float[][] columns = recording.columns();
        if (columns.length != meaning.channels().size()) {
            throw new IOException("it has " + columns.length + " columns, and the configuration names "
                    + meaning.channels().size() + " channels for them");
        }
        double rate = recording.rateHz().orElseGet(() -> meaning.rateHz().orElse(Double.NaN));
        if (!(rate > 0)) {
            throw new IOException("it does not say its sample rate; set rate_hz");
        }
        long endMicros = Files.getLastModifiedTime(file).to(TimeUnit.MICROSECONDS);
        long startMicros = endMicros - Math.round(columns[0].length / rate * 1e6);
        if (!PlantText.isPlausibleTime(startMicros)) {
            throw new IOException("it was last written at no time of the years 2000 to 2099");
        }
        long number = 0;
        for (int from = 0; from < columns[0].length; from += meaning.samples()) {
            long at = startMicros + Math.round(from / rate * 1e6);
            int end = Math.min(columns[0].length, from + meaning.samples());
            for (int i = 0; i < columns.length; i++) {
                number++;
                if (!to.take(number, waveform(i, at, Arrays.copyOfRange(columns[i], from, end), rate))) {
                    return;
                }
            }
        }
    }

    private LineOutcome waveform(int column, long sourceMicros, float[] samples, double rate) {
        for (int i = 0; i < samples.length; i++) {
            if (!Float.isFinite(samples[i])) {
                return new LineOutcome.Unusable(
                        RejectReason.VALUE,
                        "sample " + i + " of " + samples.length + " is " + samples[i] + ", expected a finite number");
            }
        }
        ChannelId channel = new ChannelId(meaning.asset(), meaning.channels().get(column));
        return new LineOutcome.Readings(
                List.of(new Reading.Waveform(channel, sourceMicros, now(), Quality.GOOD, samples, rate)));
    }

    private long now() {
        return PlantText.micros(clock.instant());
    }
}
