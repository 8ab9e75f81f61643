package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A waveform: an array of numbers in a JSON document. Without a time the first sample's is the receive time less the
 * waveform's length.
 */
public final class JsonWaveform implements PayloadFormat {
    private static final int SAMPLES = 0;
    private static final int TIME = 1;
    private static final int QUALITY = 2;
    private static final int UNIT = 3;

    private final String arrayPointer;
    private final String samplesPlace;
    private final double rateHz;
    private final @Nullable String timePointer;
    private final TimeFormat timeFormat;
    private final @Nullable String qualityPointer;
    private final @Nullable String unitPointer;
    private final JsonFields fields = new JsonFields();

    /**
     * @param arrayPointer where the samples stand; empty where the document is the array
     * @param rateHz samples per second
     * @param timePointer where the first sample's time stands, in the document
     */
    public JsonWaveform(
            String arrayPointer,
            double rateHz,
            @Nullable String timePointer,
            TimeFormat timeFormat,
            @Nullable String qualityPointer,
            @Nullable String unitPointer) {
        if (!(rateHz > 0) || Double.isInfinite(rateHz)) {
            throw new IllegalArgumentException("sample rate is " + rateHz + " Hz, expected above 0");
        }
        this.arrayPointer = arrayPointer;
        this.samplesPlace = arrayPointer + "/...";
        this.rateHz = rateHz;
        this.timePointer = timePointer;
        this.timeFormat = timeFormat;
        this.qualityPointer = qualityPointer;
        this.unitPointer = unitPointer;
        fields.add(SAMPLES, arrayPointer, "array");
        fields.add(TIME, timePointer, "time");
        fields.add(QUALITY, qualityPointer, "quality");
        fields.add(UNIT, unitPointer, "unit");
    }

    /** By its settings: a source whose configuration says the same goes on undisturbed. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonWaveform waveform && waveform.settings().equals(settings());
    }

    @Override
    public int hashCode() {
        return settings().hashCode();
    }

    private List<@Nullable Object> settings() {
        return Arrays.asList(arrayPointer, rateHz, timePointer, timeFormat, qualityPointer, unitPointer);
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        try (JsonParser parser = JsonTokens.FACTORY.createParser(payload)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new UnusablePayload(RejectReason.SYNTAX, "found nothing, expected a JSON document");
            }
            Found found = new Found();
            fields.visit(parser, first, (place, at, token) -> take(place, at, token, found));
            JsonTokens.nothingMore(parser);
            return outcome(origin, receivedMicros, found);
        } catch (IOException e) {
            return JsonTokens.notJson(e);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private void take(int place, JsonParser parser, JsonToken token, Found found) throws IOException, UnusablePayload {
        switch (place) {
            case SAMPLES -> samples(parser, token, found);
            case TIME -> found.timeMicros = JsonTokens.time(parser, token, timeFormat, timePointer);
            case QUALITY -> found.quality = JsonTokens.quality(parser, token);
            default -> found.unit = token == JsonToken.VALUE_NULL ? null : parser.getText();
        }
    }

    private void samples(JsonParser parser, JsonToken token, Found found) throws IOException, UnusablePayload {
        if (token != JsonToken.START_ARRAY) {
            throw new UnusablePayload(
                    RejectReason.SYNTAX, "found " + token + " at '" + arrayPointer + "', expected an array of numbers");
        }
        found.count = 0;
        JsonToken element;
        while ((element = parser.nextToken()) != JsonToken.END_ARRAY && element != null) {
            if (found.count == found.samples.length) {
                found.samples = Arrays.copyOf(found.samples, 2 * found.count);
            }
            found.samples[found.count++] = JsonTokens.number(parser, element, samplesPlace);
        }
    }

    private PayloadOutcome outcome(Origin origin, long receivedMicros, Found found) throws UnusablePayload {
        if (found.count == 0) {
            throw new UnusablePayload(
                    RejectReason.MISSING, "found no samples at '" + arrayPointer + "', expected an array of numbers");
        }
        if (timePointer != null && found.timeMicros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(RejectReason.TIME, "found no time at " + timePointer);
        }
        Origin.Target target = origin.target(found.unit);
        float[] samples = new float[found.count];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = Samples.finite(target.conversion().of(found.samples[i]), i, samples.length);
        }
        long sourceMicros =
                timePointer == null ? Samples.began(receivedMicros, samples.length, rateHz) : found.timeMicros;
        return new PayloadOutcome.Decoded(List.of(
                new Reading.Waveform(target.channel(), sourceMicros, receivedMicros, found.quality, samples, rateHz)));
    }

    private static final class Found {
        private double[] samples = new double[64];
        private int count;
        private long timeMicros = TimeFormat.NO_TIME;
        private Quality quality = Quality.GOOD;
        private @Nullable String unit;
    }
}
