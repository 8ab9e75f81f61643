package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number in a JSON document, found by JSON pointers (RFC 6901) such as {@code /value} or {@code /data/0/v}. Numbers
 * in quotation marks are numbers too; true is 1 and false is 0. Of a repeated field the last one counts.
 *
 * <p>Qualities: true or false; the words good, uncertain, bad; numbers as in OPC classic and Sparkplug (0-63 bad, 64-127
 * uncertain, 192-255 good, 500 stale, hence uncertain) or an OPC UA status code that is not 0. Others are uncertain.
 */
public final class Json implements PayloadFormat {
    private static final int VALUE = 0;
    private static final int TIME = 1;
    private static final int QUALITY = 2;
    private static final int UNIT = 3;

    private final String valuePointer;
    private final @Nullable String timePointer;
    private final TimeFormat timeFormat;
    private final @Nullable String qualityPointer;
    private final @Nullable String unitPointer;
    private final boolean flat;
    private final JsonFields fields = new JsonFields();

    /**
     * @param timePointer where the source time stands; without it the receive time is the source time
     * @param qualityPointer where the quality stands; a document without it is good
     * @param unitPointer where the unit stands; a document without it has the configured one
     */
    public Json(
            String valuePointer,
            @Nullable String timePointer,
            TimeFormat timeFormat,
            @Nullable String qualityPointer,
            @Nullable String unitPointer) {
        this.valuePointer = valuePointer;
        this.timePointer = timePointer;
        this.timeFormat = timeFormat;
        this.qualityPointer = qualityPointer;
        this.unitPointer = unitPointer;
        check("value", valuePointer);
        check("time", timePointer);
        check("quality", qualityPointer);
        check("unit", unitPointer);
        fields.add(VALUE, valuePointer, "value");
        fields.add(TIME, timePointer, "time");
        fields.add(QUALITY, qualityPointer, "quality");
        fields.add(UNIT, unitPointer, "unit");
        flat = isTopLevel(valuePointer)
                && isTopLevel(timePointer)
                && isTopLevel(qualityPointer)
                && isTopLevel(unitPointer);
    }

    /** By its settings: a source whose configuration says the same goes on undisturbed. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Json json && json.settings().equals(settings());
    }

    @Override
    public int hashCode() {
        return settings().hashCode();
    }

    private List<@Nullable Object> settings() {
        return Arrays.asList(valuePointer, timePointer, timeFormat, qualityPointer, unitPointer);
    }

    private static void check(String what, @Nullable String pointer) {
        if (pointer != null && (pointer.length() < 2 || pointer.charAt(0) != '/')) {
            throw new IllegalArgumentException(what + " pointer is '" + pointer + "', expected one such as /" + what);
        }
    }

    /** {@code {"ts": ..., "value": ...}} with the time in the given format. */
    public static Json valueAndTime(TimeFormat timeFormat) {
        return new Json("/value", "/ts", timeFormat, null, null);
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        try (JsonParser parser = JsonTokens.FACTORY.createParser(payload)) {
            Found found = new Found();
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT && (flat || first != JsonToken.START_ARRAY)) {
                throw new UnusablePayload(
                        RejectReason.MISSING, "found JSON that is no object, expected a field at " + valuePointer);
            }
            if (flat) {
                readTopLevel(parser, found);
            } else {
                fields.visit(parser, first, (place, at, token) -> take(place, at, token, found));
            }
            JsonTokens.nothingMore(parser);
            return outcome(origin, receivedMicros, found);
        } catch (IOException e) {
            return JsonTokens.notJson(e);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private static boolean isTopLevel(@Nullable String pointer) {
        return pointer == null || (pointer.indexOf('/', 1) < 0 && pointer.indexOf('~') < 0);
    }

    private void readTopLevel(JsonParser parser, Found found) throws IOException, UnusablePayload {
        String name;
        while ((name = parser.nextFieldName()) != null) {
            JsonToken token = parser.nextToken();
            if (names(valuePointer, name)) {
                take(VALUE, parser, token, found);
            } else if (names(timePointer, name)) {
                take(TIME, parser, token, found);
            } else if (names(qualityPointer, name)) {
                take(QUALITY, parser, token, found);
            } else if (names(unitPointer, name)) {
                take(UNIT, parser, token, found);
            }
            parser.skipChildren();
        }
    }

    private static boolean names(@Nullable String pointer, String name) {
        return pointer != null && pointer.length() == name.length() + 1 && pointer.endsWith(name);
    }

    private void take(int place, JsonParser parser, JsonToken token, Found found) throws IOException, UnusablePayload {
        switch (place) {
            case VALUE -> {
                found.value = JsonTokens.number(parser, token, valuePointer);
                found.hasValue = true;
            }
            case TIME -> found.timeMicros = JsonTokens.time(parser, token, timeFormat, timePointer);
            case QUALITY -> found.quality = JsonTokens.quality(parser, token);
            default -> found.unit = token == JsonToken.VALUE_NULL ? null : parser.getText();
        }
    }

    private PayloadOutcome outcome(Origin origin, long receivedMicros, Found found) throws UnusablePayload {
        if (!found.hasValue) {
            throw new UnusablePayload(RejectReason.MISSING, "found no field at " + valuePointer);
        }
        if (timePointer != null && found.timeMicros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(RejectReason.TIME, "found no time at " + timePointer);
        }
        long sourceMicros = timePointer == null ? receivedMicros : found.timeMicros;
        return PayloadOutcome.scalar(
                origin.target(found.unit), sourceMicros, receivedMicros, found.quality, found.value);
    }

    private static final class Found {
        private double value;
        private boolean hasValue;
        private long timeMicros = TimeFormat.NO_TIME;
        private Quality quality = Quality.GOOD;
        private @Nullable String unit;
    }
}
