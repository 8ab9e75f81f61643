package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.sensors.reading.Quality;

/**
 * What a detector looks at. All times are source times in microseconds since the epoch.
 */
public sealed interface Observation {
    Asset asset();

    long timeMicros();

    /** The journal position of the newest reading in it: the trace back to what was measured. */
    long position();

    /** One scalar reading as it came, valid or not. */
    record Sample(Asset asset, Channel channel, long timeMicros, double value, Quality quality, long position)
            implements Observation {}

    /**
     * All scalar channels of the asset at one instant, in the order of the asset's scalar channels; NaN where no valid value is
     * known.
     */
    record State(Asset asset, long timeMicros, double[] values, long position) implements Observation {}

    /** One waveform, reduced to its features. */
    record Vibration(
            Asset asset, Channel channel, long timeMicros, VibrationFeatures features, Quality quality, long position)
            implements Observation {}
}
