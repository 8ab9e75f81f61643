package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A number in a JSON document, found by JSON pointers (RFC 6901) such as {@code /value} or {@code /data/0/v}. Numbers
 * in quotation marks are numbers too; true is 1 and false is 0. Of a repeated field the last one counts.
 *
 * <p>Qualities: true or false; the words good, uncertain, bad; numbers as in OPC classic and Sparkplug (0-63 bad, 64-127
 * uncertain, 192-255 good, 500 stale, hence uncertain) or an OPC UA status code that is not 0. Others are uncertain.
 *
 * @param timePointer where the source time stands; without it the receive time is the source time
 * @param qualityPointer where the quality stands; a document without it is good
 * @param unitPointer where the unit stands; a document with a unit other than the expected one is rejected
 * @param expectedUnit the channel's unit; needed with, and only with, a unit pointer
 */
public record Json(
        String valuePointer,
        @Nullable String timePointer,
        TimeFormat timeFormat,
        @Nullable String qualityPointer,
        @Nullable String unitPointer,
        @Nullable String expectedUnit)
        implements PayloadFormat {
    private static final int DEEPEST = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(200)
                    .build())
            // field names come from outside: they must not stay in the JVM's table of strings
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    private static final ObjectMapper TREES = new ObjectMapper(FACTORY);

    public Json {
        check("value", valuePointer);
        check("time", timePointer);
        check("quality", qualityPointer);
        check("unit", unitPointer);
        if ((unitPointer == null) != (expectedUnit == null)) {
            throw new IllegalArgumentException("a unit pointer and an expected unit go together, found only one");
        }
    }

    private static void check(String what, @Nullable String pointer) {
        if (pointer != null && (pointer.length() < 2 || pointer.charAt(0) != '/')) {
            throw new IllegalArgumentException(what + " pointer is '" + pointer + "', expected one such as /" + what);
        }
    }

    /** {@code {"ts": ..., "value": ...}} with the time in the given format. */
    public static Json valueAndTime(TimeFormat timeFormat) {
        return new Json("/value", "/ts", timeFormat, null, null, null);
    }

    @Override
    public PayloadOutcome decode(ChannelId channel, byte[] payload, long receivedMicros) {
        try (JsonParser parser = FACTORY.createParser(payload)) {
            Fields fields = new Fields();
            if (isTopLevel(valuePointer)
                    && isTopLevel(timePointer)
                    && isTopLevel(qualityPointer)
                    && isTopLevel(unitPointer)) {
                readTopLevel(parser, fields);
            } else {
                readTree(parser, fields);
            }
            return outcome(channel, receivedMicros, fields);
        } catch (IOException e) {
            return new PayloadOutcome.Rejected(RejectReason.SYNTAX, "expected JSON: " + firstLine(e));
        } catch (UnusableField e) {
            return new PayloadOutcome.Rejected(e.reason, e.found);
        }
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static boolean isTopLevel(@Nullable String pointer) {
        return pointer == null || (pointer.indexOf('/', 1) < 0 && pointer.indexOf('~') < 0);
    }

    private void readTopLevel(JsonParser parser, Fields fields) throws IOException, UnusableField {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new UnusableField(
                    RejectReason.MISSING, "found JSON that is no object, expected a field at " + valuePointer);
        }
        String name;
        while ((name = parser.nextFieldName()) != null) {
            JsonToken token = parser.nextToken();
            if (names(valuePointer, name)) {
                fields.value = number(parser, token);
                fields.hasValue = true;
            } else if (names(timePointer, name)) {
                fields.timeMicros = time(parser, token);
            } else if (names(qualityPointer, name)) {
                fields.quality = quality(parser, token);
            } else if (names(unitPointer, name)) {
                fields.unit = parser.getText();
            }
            parser.skipChildren();
        }
        if (parser.nextToken() != null) {
            throw new UnusableField(RejectReason.SYNTAX, "found more after the JSON object, expected nothing");
        }
    }

    private static boolean names(@Nullable String pointer, String name) {
        return pointer != null && pointer.length() == name.length() + 1 && pointer.endsWith(name);
    }

    private void readTree(JsonParser parser, Fields fields) throws IOException, UnusableField {
        JsonNode root = TREES.readTree(parser);
        if (root == null || parser.nextToken() != null) {
            throw new UnusableField(RejectReason.SYNTAX, "found no JSON or more than one document, expected one");
        }
        try (JsonParser value = leaf(root, valuePointer)) {
            if (value != null) {
                fields.value = number(value, value.currentToken());
                fields.hasValue = true;
            }
        }
        try (JsonParser time = leaf(root, timePointer)) {
            if (time != null) {
                fields.timeMicros = time(time, time.currentToken());
            }
        }
        try (JsonParser quality = leaf(root, qualityPointer)) {
            if (quality != null) {
                fields.quality = quality(quality, quality.currentToken());
            }
        }
        try (JsonParser unit = leaf(root, unitPointer)) {
            if (unit != null) {
                fields.unit = unit.getText();
            }
        }
    }

    private static @Nullable JsonParser leaf(JsonNode root, @Nullable String pointer) throws IOException {
        if (pointer == null) {
            return null;
        }
        JsonNode node = root.at(JsonPointer.compile(pointer));
        if (node.isMissingNode()) {
            return null;
        }
        JsonParser parser = node.traverse();
        parser.nextToken();
        return parser;
    }

    private double number(JsonParser parser, JsonToken token) throws IOException, UnusableField {
        switch (token) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                return parser.getDoubleValue();
            }
            case VALUE_NULL -> {
                return Double.NaN;
            }
            case VALUE_TRUE -> {
                return 1;
            }
            case VALUE_FALSE -> {
                return 0;
            }
            case VALUE_STRING -> {
                Double parsed = PlantText.number(parser.getText());
                if (parsed != null) {
                    return parsed;
                }
                throw new UnusableField(
                        RejectReason.VALUE,
                        "found " + PlantText.quoted(parser.getText()) + " at " + valuePointer + ", expected a number");
            }
            default ->
                throw new UnusableField(
                        RejectReason.VALUE, "found " + token + " at " + valuePointer + ", expected a number");
        }
    }

    private long time(JsonParser parser, JsonToken token) throws IOException, UnusableField {
        Long micros = null;
        if (timeFormat == TimeFormat.RFC3339) {
            micros = token == JsonToken.VALUE_STRING ? PlantText.time(parser.getText()) : null;
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            long number = parser.getLongValue();
            // bounded first: the product of a hostile number would wrap into a plausible time
            if (number > 0 && number < Long.MAX_VALUE / timeFormat.micros()) {
                micros = number * timeFormat.micros();
            }
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            micros = Math.round(parser.getDoubleValue() * timeFormat.micros());
        }
        if (micros == null || !PlantText.isPlausibleTime(micros)) {
            throw new UnusableField(
                    RejectReason.TIME,
                    "found " + PlantText.quoted(parser.getText()) + " at " + timePointer
                            + ", expected a time of the years 2000 to 2099 as " + timeFormat);
        }
        return micros;
    }

    private static Quality quality(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_TRUE -> Quality.GOOD;
            case VALUE_FALSE -> Quality.BAD;
            case VALUE_STRING ->
                switch (parser.getText().toLowerCase(Locale.ROOT)) {
                    case "good" -> Quality.GOOD;
                    case "bad" -> Quality.BAD;
                    default -> Quality.UNCERTAIN;
                };
            case VALUE_NUMBER_INT -> numericQuality(parser.getLongValue());
            default -> Quality.UNCERTAIN;
        };
    }

    private static Quality numericQuality(long code) {
        if (code >= 0 && code < 64) {
            return Quality.BAD;
        }
        if (code >= 192 && code < 256) {
            return Quality.GOOD;
        }
        // the two highest bits of an OPC UA status code (OPC UA Part 4, 7.39)
        return code >= 0x8000_0000L && code <= 0xFFFF_FFFFL ? Quality.BAD : Quality.UNCERTAIN;
    }

    private PayloadOutcome outcome(ChannelId channel, long receivedMicros, Fields fields) {
        if (!fields.hasValue) {
            return new PayloadOutcome.Rejected(RejectReason.MISSING, "found no field at " + valuePointer);
        }
        if (timePointer != null && fields.timeMicros == null) {
            return new PayloadOutcome.Rejected(RejectReason.TIME, "found no time at " + timePointer);
        }
        if (expectedUnit != null && fields.unit != null && !expectedUnit.equals(fields.unit)) {
            return new PayloadOutcome.Rejected(
                    RejectReason.UNIT,
                    "unit is " + PlantText.quoted(fields.unit) + ", expected '" + expectedUnit + "'");
        }
        long sourceMicros = fields.timeMicros == null ? receivedMicros : fields.timeMicros;
        return PayloadOutcome.scalar(channel, sourceMicros, receivedMicros, fields.quality, fields.value);
    }

    private static final class Fields {
        private double value;
        private boolean hasValue;
        private @Nullable Long timeMicros;
        private Quality quality = Quality.GOOD;
        private @Nullable String unit;
    }

    /** A field whose content ends the decoding; without a stack, since plants send these by the thousand. */
    private static final class UnusableField extends Exception {
        private static final long serialVersionUID = 1L;
        private final RejectReason reason;
        private final String found;

        UnusableField(RejectReason reason, String found) {
            super(found, null, false, false);
            this.reason = reason;
            this.found = found;
        }
    }
}
