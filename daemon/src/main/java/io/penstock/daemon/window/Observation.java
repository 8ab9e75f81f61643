package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.sensors.reading.Quality;

/**
 * What a detector looks at. All times are source times in microseconds since the epoch; of a channel whose clock is not
 * trusted, receive times.
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

    /**
     * What the clock behind a channel's readings is worth: told with every reading while it is not trusted, and once when it is
     * again. {@link #timeMicros()} is the time that is reckoned with instead.
     *
     * @param trusted whether source times drive detection again
     * @param unset not trusted because it was never set; otherwise it is ahead, or stepped back
     * @param aheadSeconds source time less receive time, seconds
     */
    record Clock(
            Asset asset,
            Channel channel,
            long timeMicros,
            boolean trusted,
            boolean unset,
            double aheadSeconds,
            long position)
            implements Observation {}

    /**
     * A waveform cut off at the end of its sensor's or converter's range: no features are told of it.
     *
     * @param extreme where it was cut off, in the channel's unit
     */
    record Clipped(Asset asset, Channel channel, long timeMicros, double extreme, Quality quality, long position)
            implements Observation {}

    /** One waveform, reduced to its features. */
    record Vibration(
            Asset asset, Channel channel, long timeMicros, VibrationFeatures features, Quality quality, long position)
            implements Observation {}
}
