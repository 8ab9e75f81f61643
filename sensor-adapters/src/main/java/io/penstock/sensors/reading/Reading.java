package io.penstock.sensors.reading;

/**
 * One measurement of one channel. Times are microseconds since the epoch, UTC: {@code sourceMicros} is the time the
 * device gave it (the receive time where the device gives none), {@code receivedMicros} the time it reached this machine.
 */
public sealed interface Reading {
    ChannelId channel();

    long sourceMicros();

    long receivedMicros();

    Quality quality();

    /** The same with other times. */
    Reading at(long source, long received);

    /**
     * A single number.
     *
     * @param value in the channel's unit; NaN where the quality is bad and no value was given
     */
    record Scalar(ChannelId channel, long sourceMicros, long receivedMicros, Quality quality, double value)
            implements Reading {
        private static final double LARGEST = 1e30;

        @Override
        public Reading at(long source, long received) {
            return new Scalar(channel, source, received, quality, value);
        }

        /**
         * A value as a device gave it: one that is not finite, or beyond 1e30 (no physical quantity in any unit), is
         * no number to reckon with, and becomes NaN with bad quality.
         */
        public static Scalar measured(
                ChannelId channel, long sourceMicros, long receivedMicros, Quality quality, double value) {
            boolean usable = Math.abs(value) <= LARGEST;
            return new Scalar(
                    channel, sourceMicros, receivedMicros, usable ? quality : Quality.BAD, usable ? value : Double.NaN);
        }
    }

    /**
     * An evenly sampled waveform. The array is handed over, not copied: nobody writes to it afterwards.
     *
     * @param sourceMicros the time of the first sample
     * @param samples in the channel's unit
     * @param rateHz samples per second, finite and above 0
     */
    record Waveform(
            ChannelId channel, long sourceMicros, long receivedMicros, Quality quality, float[] samples, double rateHz)
            implements Reading {
        public Waveform {
            if (!(rateHz > 0) || Double.isInfinite(rateHz)) {
                throw new IllegalArgumentException("sample rate is " + rateHz + " Hz, expected above 0");
            }
        }

        @Override
        public Reading at(long source, long received) {
            return new Waveform(channel, source, received, quality, samples, rateHz);
        }
    }
}
