package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a JSON token means as a number, a time, a quality or a unit. */
final class JsonTokens {
    static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxNestingDepth(64)
            .maxNumberLength(200)
            .maxNameLength(1_000)
            .build();
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(BOUNDS)
            // field names come from outside: they must not stay in the JVM's table of strings
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private JsonTokens() {}

    static PayloadOutcome notJson(IOException e) {
        return new PayloadOutcome.Rejected(
                RejectReason.SYNTAX,
                "expected JSON: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }

    static double number(JsonParser parser, JsonToken token, String where) throws IOException, UnusablePayload {
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
                throw new UnusablePayload(
                        RejectReason.VALUE,
                        "found " + PlantText.quoted(parser.getText()) + " at " + where + ", expected a number");
            }
            default ->
                throw new UnusablePayload(
                        RejectReason.VALUE, "found " + token + " at " + where + ", expected a number");
        }
    }

    static long time(JsonParser parser, JsonToken token, TimeFormat format, @Nullable String where)
            throws IOException, UnusablePayload {
        long micros = TimeFormat.NO_TIME;
        if (format == TimeFormat.RFC3339) {
            micros = token == JsonToken.VALUE_STRING ? format.text(parser.getText()) : TimeFormat.NO_TIME;
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            micros = format.whole(parser.getLongValue());
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            micros = format.fraction(parser.getDoubleValue());
        }
        if (micros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(
                    RejectReason.TIME,
                    "found " + PlantText.quoted(parser.getText()) + " at " + where
                            + ", expected a time of the years 2000 to 2099 as " + format);
        }
        return micros;
    }

    static Quality quality(JsonParser parser, JsonToken token) throws IOException {
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

    static void nothingMore(JsonParser parser) throws IOException, UnusablePayload {
        if (parser.nextToken() != null) {
            throw new UnusablePayload(RejectReason.SYNTAX, "found more after the JSON document, expected nothing");
        }
    }
}
