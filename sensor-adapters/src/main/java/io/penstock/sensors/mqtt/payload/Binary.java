package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A waveform:
 *
 * <pre>
 * [int64 time of the first sample, ms since the epoch][int64 sequence number]   with TIME_AND_SEQUENCE only
 * [sample][sample]...                                                           int16, int32, float32 or float64
 * </pre>
 *
 * The header is in the samples' byte order. Without a time the first sample's is the receive time less the waveform's
 * length. The sequence number is not used: a repeated message is known by its time.
 *
 * @param scale multiplies each sample into the channel's unit, or into the one the message names
 * @param rateHz samples per second; 0 where a user property always gives it
 * @param properties user properties that say what the header does not, and count before the configured values
 */
public record Binary(
        Header header,
        SampleType samples,
        ByteOrder order,
        double scale,
        double rateHz,
        @Nullable WaveformProperties properties)
        implements PayloadFormat {
    public enum Header {
        NONE(0),
        TIME_AND_SEQUENCE(16);

        private final int bytes;

        Header(int bytes) {
            this.bytes = bytes;
        }
    }

    public enum SampleType {
        FLOAT32(4),
        INT16(2),
        INT32(4),
        FLOAT64(8);

        private final int bytes;

        SampleType(int bytes) {
            this.bytes = bytes;
        }

        private double at(ByteBuffer buffer, int at) {
            return switch (this) {
                case FLOAT32 -> buffer.getFloat(at);
                case INT16 -> buffer.getShort(at);
                case INT32 -> buffer.getInt(at);
                case FLOAT64 -> buffer.getDouble(at);
            };
        }

        private static Optional<SampleType> named(String name) {
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "float32", "f32" -> Optional.of(FLOAT32);
                case "float64", "f64" -> Optional.of(FLOAT64);
                case "int16", "i16" -> Optional.of(INT16);
                case "int32", "i32" -> Optional.of(INT32);
                default -> Optional.empty();
            };
        }
    }

    public Binary {
        boolean rateComes = properties != null && rateHz == 0;
        if (!rateComes && (!(rateHz > 0) || Double.isInfinite(rateHz))) {
            throw new IllegalArgumentException("sample rate is " + rateHz + " Hz, expected above 0");
        }
        if (scale == 0 || !Double.isFinite(scale)) {
            throw new IllegalArgumentException("scale is " + scale + ", expected a finite number other than 0");
        }
    }

    /** Little endian, and nothing taken from user properties. */
    public Binary(Header header, SampleType samples, double scale, double rateHz) {
        this(header, samples, ByteOrder.LITTLE_ENDIAN, scale, rateHz, null);
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties message, long receivedMicros) {
        try {
            return waveform(origin, payload, message, receivedMicros);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private PayloadOutcome waveform(Origin origin, byte[] payload, MessageProperties message, long receivedMicros)
            throws UnusablePayload {
        SampleType type = type(message);
        int body = payload.length - header.bytes;
        if (body < type.bytes || body % type.bytes != 0) {
            throw new UnusablePayload(
                    RejectReason.SYNTAX,
                    payload.length + " bytes, expected " + header.bytes + " of header and a whole number of "
                            + type.bytes + "-byte samples");
        }
        int count = body / type.bytes;
        ByteBuffer buffer = ByteBuffer.wrap(payload).order(order);
        double rate = rate(message);
        long sourceMicros = sourceMicros(buffer, message, count, rate, receivedMicros);
        Origin.Target target = origin.target(properties == null ? null : message.user(properties.unit()));
        double factor = scale * target.conversion().factor();
        double offset = target.conversion().offset();
        float[] waveform = new float[count];
        for (int i = 0; i < count; i++) {
            double raw = type.at(buffer, header.bytes + i * type.bytes);
            waveform[i] = Samples.finite(raw * factor + offset, i, count);
        }
        return new PayloadOutcome.Decoded(List.of(
                new Reading.Waveform(target.channel(), sourceMicros, receivedMicros, Quality.GOOD, waveform, rate)));
    }

    private SampleType type(MessageProperties message) throws UnusablePayload {
        String written = properties == null ? null : message.user(properties.samples());
        if (written == null) {
            return samples;
        }
        return SampleType.named(written)
                .orElseThrow(() -> new UnusablePayload(
                        RejectReason.SYNTAX,
                        "the user property says the samples are " + PlantText.quoted(written)
                                + ", expected int16, int32, float32 or float64"));
    }

    private double rate(MessageProperties message) throws UnusablePayload {
        String written = properties == null ? null : message.user(properties.rate());
        if (written == null && rateHz > 0) {
            return rateHz;
        }
        Double found = written == null ? null : PlantText.number(written);
        if (found == null || !(found > 0 && found <= Samples.HIGHEST_RATE_HZ)) {
            throw new UnusablePayload(
                    written == null ? RejectReason.MISSING : RejectReason.VALUE,
                    "the sample rate is " + (written == null ? "not given" : PlantText.quoted(written))
                            + ", expected a number of Hz above 0 in the user property");
        }
        return found;
    }

    private long sourceMicros(ByteBuffer buffer, MessageProperties message, int count, double rate, long receivedMicros)
            throws UnusablePayload {
        if (header == Header.TIME_AND_SEQUENCE) {
            long millis = buffer.getLong(0);
            return known(TimeFormat.MILLISECONDS.whole(millis), millis + " ms");
        }
        if (properties == null) {
            return Samples.began(receivedMicros, count, rate);
        }
        String written = message.user(properties.time());
        if (written == null) {
            throw new UnusablePayload(
                    RejectReason.TIME, "no user property " + properties.time() + ", expected the first sample's time");
        }
        return known(properties.timeFormat().text(written), PlantText.quoted(written));
    }

    private static long known(long micros, String found) throws UnusablePayload {
        if (micros == TimeFormat.NO_TIME) {
            throw new UnusablePayload(
                    RejectReason.TIME, "time is " + found + ", expected one of the years 2000 to 2099");
        }
        return micros;
    }
}
