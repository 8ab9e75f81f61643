package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.RejectReason;

/** What holds for the samples of every waveform. */
final class Samples {
    static final double HIGHEST_RATE_HZ = 10_000_000;

    private Samples() {}

    static float finite(double sample, int index, int count) throws UnusablePayload {
        float stored = (float) sample;
        if (!Float.isFinite(stored)) {
            throw new UnusablePayload(
                    RejectReason.VALUE,
                    "sample " + index + " of " + count + " is " + sample + ", expected a finite number");
        }
        return stored;
    }

    /** When a waveform began that has just ended. */
    static long began(long receivedMicros, int samples, double rateHz) throws UnusablePayload {
        long micros = receivedMicros - Math.round(samples / rateHz * 1e6);
        if (!PlantText.isPlausibleTime(micros)) {
            throw new UnusablePayload(
                    RejectReason.TIME,
                    samples + " samples at " + rateHz + " Hz before now began outside the years 2000 to 2099");
        }
        return micros;
    }
}
