package io.penstock.sensors.mqtt.payload;

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
            Origin.Target target, long sourceMicros, long receivedMicros, Quality quality, double value) {
        return new Decoded(List.of(reading(target, sourceMicros, receivedMicros, quality, value)));
    }

    /** One number, converted into its channel's unit. */
    static Reading reading(
            Origin.Target target, long sourceMicros, long receivedMicros, Quality quality, double value) {
        return Reading.Scalar.measured(
                target.channel(),
                sourceMicros,
                receivedMicros,
                quality,
                target.conversion().of(value));
    }

    /** @param found what was found and what was expected; may quote plant text */
    record Rejected(RejectReason reason, String found) implements PayloadOutcome {}
}
