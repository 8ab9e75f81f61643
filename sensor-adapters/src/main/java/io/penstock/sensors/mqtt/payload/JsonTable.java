package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Several numbers of a JSON document: many channels, an array of samples, or both. With an array, each of its elements
 * is a row and the other pointers lead on from the element (an empty one is the element itself); without one, the
 * document is the only row. A value that a row has not is no reading, but a row with none is refused.
 */
public final class JsonTable implements PayloadFormat {
    private static final int TIME = -1;
    private static final int QUALITY = -2;
    private static final int ROWS = 0;
    /** Stands for the topic's channel. */
    public static final String TOPIC_CHANNEL = "";

    private final @Nullable String arrayPointer;
    private final List<String> channels = new ArrayList<>();
    private final List<String> pointers = new ArrayList<>();
    private final @Nullable String timePointer;
    private final TimeFormat timeFormat;
    private final @Nullable String qualityPointer;
    private final JsonFields row = new JsonFields();
    private final JsonFields document = new JsonFields();

    /**
     * @param arrayPointer where the rows stand; null where the document is the row, empty where it is the array
     * @param values pointers by channel; {@link #TOPIC_CHANNEL} for the topic's
     * @param timePointer where a row's time stands; needed with an array, since one channel has one reading a time
     * @param qualityPointer where the quality of a row's values stands
     */
    public JsonTable(
            @Nullable String arrayPointer,
            Map<String, String> values,
            @Nullable String timePointer,
            TimeFormat timeFormat,
            @Nullable String qualityPointer) {
        if (values.isEmpty() || values.size() > MOST_READINGS) {
            throw new IllegalArgumentException(
                    values.size() + " value pointers, expected 1 to " + MOST_READINGS + " channels");
        }
        if (arrayPointer != null && timePointer == null) {
            throw new IllegalArgumentException("an array of samples needs the time pointer of its elements");
        }
        this.arrayPointer = arrayPointer;
        this.timePointer = timePointer;
        this.timeFormat = timeFormat;
        this.qualityPointer = qualityPointer;
        values.forEach((channel, pointer) -> {
            row.add(channels.size(), pointer, "value");
            channels.add(channel);
            pointers.add(pointer);
        });
        row.add(TIME, timePointer, "time");
        row.add(QUALITY, qualityPointer, "quality");
        document.add(ROWS, arrayPointer, "array");
    }

    /** By its settings: a source whose configuration says the same goes on undisturbed. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonTable table && table.settings().equals(settings());
    }

    @Override
    public int hashCode() {
        return settings().hashCode();
    }

    private List<@Nullable Object> settings() {
        return Arrays.asList(arrayPointer, channels, pointers, timePointer, timeFormat, qualityPointer);
    }

    @Override
    public boolean namesChannels() {
        return !channels.contains(TOPIC_CHANNEL);
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        try (JsonParser parser = JsonTokens.FACTORY.createParser(payload)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new UnusablePayload(RejectReason.SYNTAX, "found nothing, expected a JSON document");
            }
            List<Reading> readings = new ArrayList<>();
            Row found = new Row(channels.size());
            if (arrayPointer == null) {
                row(parser, first, found, origin, receivedMicros, readings);
            } else {
                document.visit(parser, first, (place, at, token) -> {
                    // of a repeated field the last one counts
                    readings.clear();
                    rows(at, token, found, origin, receivedMicros, readings);
                });
            }
            JsonTokens.nothingMore(parser);
            if (readings.isEmpty()) {
                throw new UnusablePayload(
                        RejectReason.MISSING, "found no sample at '" + arrayPointer + "', expected at least one");
            }
            return new PayloadOutcome.Decoded(readings);
        } catch (IOException e) {
            return JsonTokens.notJson(e);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private void rows(
            JsonParser parser, JsonToken token, Row found, Origin origin, long receivedMicros, List<Reading> readings)
            throws IOException, UnusablePayload {
        if (token != JsonToken.START_ARRAY) {
            throw new UnusablePayload(
                    RejectReason.SYNTAX, "found " + token + " at '" + arrayPointer + "', expected an array");
        }
        JsonToken element;
        while ((element = parser.nextToken()) != JsonToken.END_ARRAY && element != null) {
            row(parser, element, found, origin, receivedMicros, readings);
        }
    }

    private void row(
            JsonParser parser, JsonToken token, Row found, Origin origin, long receivedMicros, List<Reading> readings)
            throws IOException, UnusablePayload {
        found.clear();
        row.visit(parser, token, (place, at, leaf) -> take(place, at, leaf, found));
        if (timePointer != null && found.timeMicros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(RejectReason.TIME, "found no time at " + timePointer);
        }
        long sourceMicros = timePointer == null ? receivedMicros : found.timeMicros;
        boolean any = false;
        for (int i = 0; i < found.values.length; i++) {
            if (!found.has[i]) {
                continue;
            }
            any = true;
            if (readings.size() == MOST_READINGS) {
                throw new UnusablePayload(
                        RejectReason.SIZE, "more than " + MOST_READINGS + " readings, expected at most so many");
            }
            String channel = channels.get(i);
            Origin.Target target = channel.isEmpty() ? origin.target() : origin.configured(channel);
            readings.add(PayloadOutcome.reading(target, sourceMicros, receivedMicros, found.quality, found.values[i]));
        }
        if (!any) {
            throw new UnusablePayload(
                    RejectReason.MISSING, "found no field at " + String.join(" or ", firstPointers()));
        }
    }

    private List<String> firstPointers() {
        return pointers.subList(0, Math.min(5, pointers.size()));
    }

    private void take(int place, JsonParser parser, JsonToken token, Row found) throws IOException, UnusablePayload {
        switch (place) {
            case TIME -> found.timeMicros = JsonTokens.time(parser, token, timeFormat, timePointer);
            case QUALITY -> found.quality = JsonTokens.quality(parser, token);
            default -> {
                found.values[place] = JsonTokens.number(parser, token, pointers.get(place));
                found.has[place] = true;
            }
        }
    }

    private static final class Row {
        private final double[] values;
        private final boolean[] has;
        private long timeMicros;
        private Quality quality = Quality.GOOD;

        Row(int columns) {
            values = new double[columns];
            has = new boolean[columns];
        }

        void clear() {
            Arrays.fill(has, false);
            timeMicros = TimeFormat.NO_TIME;
            quality = Quality.GOOD;
        }
    }
}
