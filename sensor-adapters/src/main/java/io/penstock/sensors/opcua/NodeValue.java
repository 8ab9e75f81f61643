package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.lang.reflect.Array;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.jspecify.annotations.Nullable;

/** What a server's value means to us. Pure. */
sealed interface NodeValue {
    record Usable(Reading reading) implements NodeValue {}

    record Unusable(String reason) implements NodeValue {}

    int LARGEST_WAVEFORM = 1 << 20;

    /**
     * The quality is the status's severity. The time is the source's, else the server's, else the receive time; a time
     * outside the years 2000 to 2099 counts as none. A bad status without a value is a scalar NaN, on a waveform
     * channel as well: there are no samples to give.
     */
    static NodeValue of(OpcUaSourceSettings.Item item, DataValue value, long receivedMicros) {
        ChannelId channel = item.channel();
        Quality quality = quality(value.statusCode());
        long sourceMicros = sourceMicros(value, receivedMicros);
        Object content = value.value().value();
        if (content == null) {
            return scalar(channel, sourceMicros, receivedMicros, Quality.BAD, Double.NaN);
        }
        if (content.getClass().isArray()) {
            return waveform(item, content, sourceMicros, receivedMicros, quality);
        }
        if (item.rateHz() != null) {
            return new Unusable(
                    "found a single " + content.getClass().getSimpleName() + ", expected an array of samples");
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

    private static NodeValue waveform(
            OpcUaSourceSettings.Item item, Object array, long sourceMicros, long receivedMicros, Quality quality) {
        int length = Array.getLength(array);
        Double rateHz = item.rateHz();
        if (rateHz == null) {
            return new Unusable("found an array of " + length + " values, no sample rate is configured for it");
        }
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
        return new Usable(new Reading.Waveform(item.channel(), sourceMicros, receivedMicros, quality, samples, rateHz));
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
