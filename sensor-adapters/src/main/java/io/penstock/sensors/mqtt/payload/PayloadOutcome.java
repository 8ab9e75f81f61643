package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.List;

/** What a payload turned out to be. */
public sealed interface PayloadOutcome {
    /** @param readings at least one */
    record Decoded(List<Reading> readings) implements PayloadOutcome {
        public Decoded {
            readings = List.copyOf(readings);
        }
    }

    /** One number; see {@link Reading.Scalar#measured}. */
    static PayloadOutcome scalar(
            ChannelId channel, long sourceMicros, long receivedMicros, Quality quality, double value) {
        return new Decoded(List.of(Reading.Scalar.measured(channel, sourceMicros, receivedMicros, quality, value)));
    }

    /** @param found what was found and what was expected; may quote plant text */
    record Rejected(RejectReason reason, String found) implements PayloadOutcome {}
}
