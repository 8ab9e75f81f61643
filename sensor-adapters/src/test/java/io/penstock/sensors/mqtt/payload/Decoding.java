package io.penstock.sensors.mqtt.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.AbstractStringAssert;

/** Decodes in tests, and says what came out. */
final class Decoding {
    static final long RECEIVED = 1_790_000_000_000_000L;
    static final ChannelId CHANNEL = new ChannelId("unit-1", "flow");
    /** A topic that names a channel. */
    static final Origin TOPIC = Origin.of(CHANNEL);
    /** A topic that names an asset alone. */
    static final Origin ASSET = new Origin("unit-1", null, ChannelUnits.NONE);

    private Decoding() {}

    static PayloadOutcome decode(PayloadFormat format, Origin origin, byte[] payload) {
        return format.decode(origin, payload, MessageProperties.NONE, RECEIVED);
    }

    static List<Reading> readings(PayloadOutcome outcome) {
        assertThat(outcome).isInstanceOf(PayloadOutcome.Decoded.class);
        return ((PayloadOutcome.Decoded) outcome).readings();
    }

    static List<Reading> readings(PayloadFormat format, Origin origin, String payload) {
        return readings(decode(format, origin, payload.getBytes(StandardCharsets.UTF_8)));
    }

    static Reading.Waveform waveform(PayloadOutcome outcome) {
        return (Reading.Waveform) readings(outcome).getFirst();
    }

    static AbstractStringAssert<?> assertRejected(PayloadOutcome outcome, RejectReason reason) {
        assertThat(outcome).isInstanceOf(PayloadOutcome.Rejected.class);
        PayloadOutcome.Rejected rejected = (PayloadOutcome.Rejected) outcome;
        assertThat(rejected.reason()).as(rejected.found()).isEqualTo(reason);
        return assertThat(rejected.found());
    }

    static AbstractStringAssert<?> assertRejected(
            PayloadFormat format, Origin origin, String payload, RejectReason reason) {
        return assertRejected(decode(format, origin, payload.getBytes(StandardCharsets.UTF_8)), reason);
    }

    static Reading scalar(String channel, long micros, double value) {
        return new Reading.Scalar(new ChannelId("unit-1", channel), micros, RECEIVED, Quality.GOOD, value);
    }
}
