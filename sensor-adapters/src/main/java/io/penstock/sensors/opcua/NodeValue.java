package io.penstock.sensors.opcua;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.lang.reflect.Array;
import java.util.Map;
import org.eclipse.milo.opcua.sdk.core.types.DynamicStructType;
import org.eclipse.milo.opcua.stack.core.encoding.EncodingContext;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.ExtensionObject;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.jspecify.annotations.Nullable;

/** What a server's value means to us. Pure. */
sealed interface NodeValue {
    record Usable(Reading reading) implements NodeValue {}

    record Unusable(String reason) implements NodeValue {}

    int LARGEST_WAVEFORM = 1 << 20;
    double MOST_HZ = 10_000_000;

    /**
     * The quality is the status's severity. The time is the source's, else the server's, else the receive time; a time
     * outside the years 2000 to 2099 counts as none. A bad status is a scalar NaN, whatever value came
     * with it, on a waveform channel as well.
     */
    static NodeValue of(WatchedNode node, DataValue value, long receivedMicros, @Nullable EncodingContext types) {
        ChannelId channel = node.channel();
        Quality quality = quality(value.statusCode());
        long sourceMicros = sourceMicros(value, receivedMicros);
        Object content = value.value().value();
        if (content == null || quality == Quality.BAD) {
            // servers send the last good number along with a bad status: it is not the plant's any more
            return scalar(channel, sourceMicros, receivedMicros, Quality.BAD, Double.NaN);
        }
        Content expected = node.content();
        if (content.getClass().isArray()) {
            return expected instanceof Content.Samples samples
                    ? waveform(channel, content, sourceMicros, receivedMicros, quality, samples.rateHz())
                    : new Unusable("found an array of " + Array.getLength(content) + " values, "
                            + (expected instanceof Content.Structure
                                    ? "expected a structure"
                                    : "no sample rate is configured for it"));
        }
        switch (expected) {
            case Content.Number() -> {}
            case Content.Samples samples -> {
                return new Unusable(
                        "found a single " + content.getClass().getSimpleName() + ", expected an array of samples");
            }
            case Content.Structure structure -> {
                return structure(channel, structure, content, sourceMicros, receivedMicros, quality, types);
            }
        }
        if (content instanceof Number number) {
            return scalar(channel, sourceMicros, receivedMicros, quality, number.doubleValue());
        }
        if (content instanceof Boolean on) {
            return scalar(channel, sourceMicros, receivedMicros, quality, on ? 1 : 0);
        }
        return new Unusable("found a " + content.getClass().getSimpleName() + ", expected a number");
    }

    private static NodeValue scalar(ChannelId channel, long source, long received, Quality quality, double value) {
        return new Usable(Reading.Scalar.measured(channel, source, received, quality, value));
    }

    private static NodeValue structure(
            ChannelId channel,
            Content.Structure expected,
            Object content,
            long sourceMicros,
            long receivedMicros,
            Quality quality,
            @Nullable EncodingContext types) {
        if (!(content instanceof ExtensionObject encoded) || types == null) {
            return new Unusable("found a " + content.getClass().getSimpleName() + ", expected a structure");
        }
        Map<String, Object> members;
        try {
            if (!(encoded.decode(types) instanceof DynamicStructType struct)) {
                return new Unusable("found a structure of OPC UA's own, expected one of the server's with samples");
            }
            members = struct.getMembers();
        } catch (RuntimeException | StackOverflowError e) {
            // whatever a decoder makes of hostile bytes, the other values of the notification are to be had
            return new Unusable("found a structure that does not fit the type the server describes: " + e);
        }
        Object samples = members.get(expected.samplesField());
        if (samples == null || !samples.getClass().isArray()) {
            return new Unusable(
                    "found no array in the field " + expected.samplesField() + ", the fields are " + members.keySet());
        }
        Double rateHz = expected.rateHz();
        if (members.get(expected.rateField()) instanceof Number own) {
            rateHz = own.doubleValue();
        }
        if (rateHz == null || !(rateHz > 0 && rateHz <= MOST_HZ)) {
            return new Unusable("the field " + expected.rateField() + " is " + members.get(expected.rateField())
                    + ", expected a sample rate above 0 Hz; the fields are " + members.keySet());
        }
        long time = members.get(expected.timeField()) instanceof DateTime taken ? plausibleMicros(taken) : 0;
        return waveform(channel, samples, time > 0 ? time : sourceMicros, receivedMicros, quality, rateHz);
    }

    private static NodeValue waveform(
            ChannelId channel, Object array, long sourceMicros, long receivedMicros, Quality quality, double rateHz) {
        int length = Array.getLength(array);
        if (length == 0 || length > LARGEST_WAVEFORM) {
            return new Unusable("found an array of " + length + " values, expected 1 to " + LARGEST_WAVEFORM);
        }
        float[] samples = new float[length];
        for (int i = 0; i < length; i++) {
            Object sample = Array.get(array, i);
            if (!(sample instanceof Number number) || !Float.isFinite(number.floatValue())) {
                return new Unusable("sample " + i + " of " + length + " is " + sample + ", expected a finite number");
            }
            samples[i] = number.floatValue();
        }
        return new Usable(new Reading.Waveform(channel, sourceMicros, receivedMicros, quality, samples, rateHz));
    }

    private static Quality quality(@Nullable StatusCode status) {
        if (status == null || status.isGood()) {
            return Quality.GOOD;
        }
        return status.isUncertain() ? Quality.UNCERTAIN : Quality.BAD;
    }

    private static long sourceMicros(DataValue value, long receivedMicros) {
        long source = plausibleMicros(value.sourceTime());
        if (source > 0) {
            return source;
        }
        long server = plausibleMicros(value.serverTime());
        return server > 0 ? server : receivedMicros;
    }

    private static long plausibleMicros(@Nullable DateTime time) {
        if (time == null || time.isNull()) {
            return 0;
        }
        long micros = PlantText.micros(time.getJavaInstant());
        return PlantText.isPlausibleTime(micros) ? micros : 0;
    }
}
