package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Lines of values between separators, such as {@code 1790000000,61.5,0.31}. Lines end with LF or CRLF; an empty line and
 * one that begins with # are passed over; an empty cell is no reading. Cells are not quoted.
 *
 * @param columns a name for each: {@code time}, {@code value} for the topic's channel, {@code -} for one that is passed
 *     over, else a channel's name. Without a time the receive time counts, and there may be but one line.
 */
public record Csv(List<String> columns, char separator, TimeFormat timeFormat) implements PayloadFormat {
    private static final String TIME = "time";
    private static final String TOPIC_CHANNEL = "value";
    private static final String PASSED_OVER = "-";

    public Csv {
        columns = List.copyOf(columns);
        Set<String> once = new HashSet<>();
        for (String column : columns) {
            if (!column.equals(PASSED_OVER) && !once.add(column)) {
                throw new IllegalArgumentException("column '" + column + "' stands twice, expected it once");
            }
        }
        once.remove(TIME);
        if (once.isEmpty() || columns.size() > MOST_READINGS) {
            throw new IllegalArgumentException(columns.size()
                    + " columns, expected at least one that is a channel's, such as [\"time\", \"value\"], and at most "
                    + MOST_READINGS);
        }
        if ("0123456789+-.eE:TZ\"\r\n#".indexOf(separator) >= 0 || separator > 127) {
            throw new IllegalArgumentException(
                    "separator is '" + separator + "', expected a comma, a semicolon, a tab, a bar or a blank");
        }
    }

    @Override
    public boolean namesChannels() {
        return !columns.contains(TOPIC_CHANNEL);
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        try {
            String text = new String(payload, StandardCharsets.UTF_8);
            List<Reading> readings = new ArrayList<>();
            int rows = 0;
            int number = 0;
            int start = 0;
            while (start < text.length()) {
                int lineFeed = text.indexOf('\n', start);
                int next = lineFeed < 0 ? text.length() : lineFeed + 1;
                int end = lineFeed < 0 ? text.length() : lineFeed;
                if (end > start && text.charAt(end - 1) == '\r') {
                    end--;
                }
                number++;
                if (end > start && text.charAt(start) != '#' && !isBlank(text, start, end)) {
                    rows++;
                    row(origin, text, start, end, number, receivedMicros, readings);
                }
                start = next;
            }
            if (rows > 1 && !columns.contains(TIME)) {
                throw new UnusablePayload(
                        RejectReason.TIME, rows + " lines without a time column, expected one line or a time in each");
            }
            if (readings.isEmpty()) {
                throw new UnusablePayload(RejectReason.MISSING, "found no value, expected a line of " + columns);
            }
            return new PayloadOutcome.Decoded(readings);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private static boolean isBlank(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) > ' ') {
                return false;
            }
        }
        return true;
    }

    private void row(
            Origin origin, String text, int start, int end, int line, long receivedMicros, List<Reading> readings)
            throws UnusablePayload {
        long sourceMicros = columns.contains(TIME) ? TimeFormat.NO_TIME : receivedMicros;
        int first = readings.size();
        int at = start;
        for (int i = 0; i < columns.size(); i++) {
            if (at > end) {
                throw cells(i, line);
            }
            int stop = text.indexOf(separator, at);
            stop = stop < 0 || stop > end ? end : stop;
            String column = columns.get(i);
            if (column.equals(TIME)) {
                sourceMicros = time(text.substring(at, stop), line);
            } else if (!column.equals(PASSED_OVER) && !isBlank(text, at, stop)) {
                value(origin, column, text.substring(at, stop), line, receivedMicros, readings);
            }
            at = stop + 1;
        }
        if (at <= end) {
            throw cells(columns.size() + 1, line);
        }
        // the time may stand after the values
        for (int i = first; i < readings.size(); i++) {
            Reading.Scalar reading = (Reading.Scalar) readings.get(i);
            readings.set(
                    i,
                    new Reading.Scalar(
                            reading.channel(), sourceMicros, receivedMicros, reading.quality(), reading.value()));
        }
    }

    private UnusablePayload cells(int found, int line) {
        return new UnusablePayload(
                RejectReason.SYNTAX,
                "line " + line + " has " + (found > columns.size() ? "more than " + columns.size() : found)
                        + " cells, expected " + columns.size());
    }

    private long time(String cell, int line) throws UnusablePayload {
        long micros = timeFormat.text(cell);
        if (micros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(
                    RejectReason.TIME,
                    "line " + line + ": found " + PlantText.quoted(cell)
                            + ", expected a time of the years 2000 to 2099 as " + timeFormat);
        }
        return micros;
    }

    private static void value(
            Origin origin, String column, String cell, int line, long receivedMicros, List<Reading> readings)
            throws UnusablePayload {
        Double value = PlantText.number(cell);
        if (value == null) {
            throw new UnusablePayload(
                    RejectReason.VALUE,
                    "line " + line + ": found " + PlantText.quoted(cell) + " in the column " + column
                            + ", expected a number");
        }
        if (readings.size() == MOST_READINGS) {
            throw new UnusablePayload(
                    RejectReason.SIZE, "more than " + MOST_READINGS + " readings, expected at most so many");
        }
        Origin.Target target = column.equals(TOPIC_CHANNEL) ? origin.target() : origin.configured(column);
        readings.add(PayloadOutcome.reading(target, receivedMicros, receivedMicros, Quality.GOOD, value));
    }
}
