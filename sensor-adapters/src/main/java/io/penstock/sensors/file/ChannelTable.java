package io.penstock.sensors.file;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A CSV table whose first column is a time and whose other columns are one asset's channels, named by the header. The
 * separator is the one of {@code ;} {@code ,} tab that the header has most of; beside {@code ;} a decimal comma is
 * understood. Times are as in RFC 3339, the same without an offset (UTC), or a number since the epoch whose size tells
 * seconds, milliseconds or microseconds. Pure.
 */
final class ChannelTable {
    private static final int MOST_COLUMNS = 2_000;

    private final char separator;
    private final int columns;
    private final List<@Nullable ChannelId> channels;

    private ChannelTable(char separator, int columns, List<@Nullable ChannelId> channels) {
        this.separator = separator;
        this.columns = columns;
        this.channels = channels;
    }

    /**
     * @param ignored names of columns that are no channels
     * @throws IllegalArgumentException when the header cannot be the one of such a table
     */
    static ChannelTable ofHeader(String header, String asset, Set<String> ignored) {
        char separator = CsvLine.separator(header);
        List<String> names = CsvLine.cells(header, separator);
        if (names.size() < 2 || names.size() > MOST_COLUMNS) {
            throw new IllegalArgumentException("header has " + names.size() + " columns, expected a time and 1 to "
                    + (MOST_COLUMNS - 1) + " channels, separated by ; or , or tab");
        }
        List<@Nullable ChannelId> channels = new ArrayList<>();
        for (String name : names.subList(1, names.size())) {
            channels.add(ignored.contains(name.strip()) ? null : new ChannelId(asset, name.strip()));
        }
        return new ChannelTable(separator, names.size(), channels);
    }

    /** An empty cell is no reading; a cell that is no number makes its whole row unusable. */
    LineOutcome row(String line, long receivedMicros) {
        List<String> cells = CsvLine.cells(line, separator);
        if (cells.size() != columns) {
            return new LineOutcome.Unusable(RejectReason.SYNTAX, cells.size() + " cells, expected " + columns);
        }
        Long sourceMicros = time(cells.getFirst());
        if (sourceMicros == null) {
            return new LineOutcome.Unusable(
                    RejectReason.TIME,
                    "found " + PlantText.quoted(cells.getFirst()) + ", expected a time of the years 2000 to 2099");
        }
        List<Reading> readings = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            ChannelId channel = channels.get(i);
            String cell = cells.get(i + 1).strip();
            if (channel == null || cell.isEmpty()) {
                continue;
            }
            Double value = PlantText.number(separator == ';' ? cell.replace(',', '.') : cell);
            if (value == null) {
                return new LineOutcome.Unusable(
                        RejectReason.VALUE,
                        "found " + PlantText.quoted(cell) + " in the column " + channel.channel()
                                + ", expected a number");
            }
            readings.add(Reading.Scalar.measured(channel, sourceMicros, receivedMicros, Quality.GOOD, value));
        }
        return new LineOutcome.Readings(readings);
    }

    private static @Nullable Long time(String cell) {
        Long text = PlantText.time(cell);
        if (text != null) {
            return text;
        }
        Double number = PlantText.number(cell);
        if (number == null) {
            return null;
        }
        for (long unit : new long[] {1_000_000, 1_000, 1}) {
            // exact where the number is whole; a double holds whole microseconds of this century
            double micros = number * unit;
            if (Math.abs(micros) < 1e16 && PlantText.isPlausibleTime(Math.round(micros))) {
                return Math.round(micros);
            }
        }
        return null;
    }
}
