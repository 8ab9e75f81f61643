package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A waveform, little endian:
 *
 * <pre>
 * [int64 time of the first sample, ms since the epoch][int64 sequence number]   with TIME_AND_SEQUENCE only
 * [sample][sample]...                                                           float32 or int16
 * </pre>
 *
 * Without the header the first sample's time is the receive time less the waveform's length. The sequence number is
 * not used: a repeated message is known by its time.
 *
 * @param scale multiplies each sample into the channel's unit
 * @param rateHz samples per second
 */
public record Binary(Header header, SampleType samples, double scale, double rateHz) implements PayloadFormat {
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
        INT16(2);

        private final int bytes;

        SampleType(int bytes) {
            this.bytes = bytes;
        }
    }

    public Binary {
        if (!(rateHz > 0) || Double.isInfinite(rateHz)) {
            throw new IllegalArgumentException("sample rate is " + rateHz + " Hz, expected above 0");
        }
        if (scale == 0 || !Double.isFinite(scale)) {
            throw new IllegalArgumentException("scale is " + scale + ", expected a finite number other than 0");
        }
    }

    @Override
    public PayloadOutcome decode(ChannelId channel, byte[] payload, long receivedMicros) {
        int body = payload.length - header.bytes;
        if (body < samples.bytes || body % samples.bytes != 0) {
            return new PayloadOutcome.Rejected(
                    RejectReason.SYNTAX,
                    payload.length + " bytes, expected " + header.bytes + " of header and a whole number of "
                            + samples.bytes + "-byte samples");
        }
        int count = body / samples.bytes;
        ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        long sourceMicros;
        if (header == Header.TIME_AND_SEQUENCE) {
            long millis = buffer.getLong(0);
            // bounded first: the product of a hostile number would wrap into a plausible time
            if (millis < 0 || millis > Long.MAX_VALUE / 1_000 || !PlantText.isPlausibleTime(millis * 1_000)) {
                return new PayloadOutcome.Rejected(
                        RejectReason.TIME, "time is " + millis + " ms, expected one of the years 2000 to 2099");
            }
            sourceMicros = millis * 1_000;
        } else {
            sourceMicros = receivedMicros - Math.round(count / rateHz * 1e6);
        }
        float[] waveform = new float[count];
        for (int i = 0; i < count; i++) {
            int at = header.bytes + i * samples.bytes;
            double raw = samples == SampleType.FLOAT32 ? buffer.getFloat(at) : buffer.getShort(at);
            float sample = (float) (raw * scale);
            if (!Float.isFinite(sample)) {
                return new PayloadOutcome.Rejected(
                        RejectReason.VALUE,
                        "sample " + i + " of " + count + " is " + sample + ", expected a finite number");
            }
            waveform[i] = sample;
        }
        return new PayloadOutcome.Decoded(
                List.of(new Reading.Waveform(channel, sourceMicros, receivedMicros, Quality.GOOD, waveform, rateHz)));
    }
}
