package io.penstock.sensors.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/**
 * A line of a recorded stream: {@code {"asset","channel","ts","value"}} or, for a waveform, {@code
 * {"asset","channel","ts","fs","samples_b64"}} with float32 little-endian samples; {@code ts} in milliseconds since the
 * epoch or as in RFC 3339, {@code fs} in Hz, perhaps {@code "quality": "good" | "uncertain" | "bad"}. Pure.
 */
final class RecordedLine {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build());

    private RecordedLine() {}

    static LineOutcome parse(String line, long receivedMicros) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node == null || !node.isObject()) {
                return new LineOutcome.Unusable(RejectReason.SYNTAX, "found no JSON object, expected one a line");
            }
            return reading(node, receivedMicros);
        } catch (JsonProcessingException e) {
            return new LineOutcome.Unusable(RejectReason.SYNTAX, "expected JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            // the name of a channel, the base64 text or the sample rate, each said by the class that checks it
            return new LineOutcome.Unusable(RejectReason.SYNTAX, String.valueOf(e.getMessage()));
        }
    }

    private static LineOutcome reading(JsonNode node, long receivedMicros) {
        ChannelId channel =
                new ChannelId(node.path("asset").asText(), node.path("channel").asText());
        JsonNode ts = node.path("ts");
        long sourceMicros = 0;
        if (ts.isIntegralNumber() && ts.canConvertToLong() && Math.abs(ts.longValue()) < Long.MAX_VALUE / 1_000) {
            sourceMicros = ts.longValue() * 1_000;
        } else if (ts.isTextual()) {
            Long parsed = PlantText.time(ts.textValue());
            sourceMicros = parsed == null ? 0 : parsed;
        }
        if (!PlantText.isPlausibleTime(sourceMicros)) {
            return new LineOutcome.Unusable(
                    RejectReason.TIME,
                    "ts is " + PlantText.quoted(ts.asText()) + ", expected a time of the years 2000 to 2099");
        }
        Quality quality = switch (node.path("quality").asText("good")) {
            case "good" -> Quality.GOOD;
            case "bad" -> Quality.BAD;
            default -> Quality.UNCERTAIN;
        };
        if (node.has("samples_b64")) {
            return waveform(node, channel, sourceMicros, receivedMicros, quality);
        }
        JsonNode value = node.path("value");
        Double number;
        if (value.isNumber()) {
            number = value.doubleValue();
        } else if (value.isNull()) {
            number = Double.NaN;
        } else {
            number = value.isTextual() ? PlantText.number(value.textValue()) : null;
        }
        if (number == null) {
            return new LineOutcome.Unusable(
                    RejectReason.VALUE, "value is " + PlantText.quoted(value.toString()) + ", expected a number");
        }
        return new LineOutcome.Readings(
                List.of(Reading.Scalar.measured(channel, sourceMicros, receivedMicros, quality, number)));
    }

    private static LineOutcome waveform(
            JsonNode node, ChannelId channel, long sourceMicros, long receivedMicros, Quality quality) {
        byte[] bytes = Base64.getDecoder().decode(node.path("samples_b64").asText());
        if (bytes.length == 0 || bytes.length % Float.BYTES != 0) {
            return new LineOutcome.Unusable(
                    RejectReason.SYNTAX, bytes.length + " bytes of samples, expected whole float32 samples");
        }
        float[] samples = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
        for (int i = 0; i < samples.length; i++) {
            if (!Float.isFinite(samples[i])) {
                return new LineOutcome.Unusable(
                        RejectReason.VALUE,
                        "sample " + i + " of " + samples.length + " is " + samples[i] + ", expected a finite number");
            }
        }
        double rateHz = node.path("fs").asDouble(0);
        return new LineOutcome.Readings(
                List.of(new Reading.Waveform(channel, sourceMicros, receivedMicros, quality, samples, rateHz)));
    }
}
