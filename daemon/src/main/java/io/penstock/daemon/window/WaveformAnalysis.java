package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;

/** Reduces one waveform to its features. Pure: the same samples give the same features. */
@FunctionalInterface
public interface WaveformAnalysis {
    /**
     * @param samples in the channel's unit, at least 256
     * @param rateHz samples per second
     * @param shaftHz the speed measured nearest in time, revolutions per second; NaN where only the rated speed is
     *     known; 0 while the machine stands
     */
    VibrationFeatures analyse(Asset asset, Channel channel, float[] samples, double rateHz, double shaftHz);
}
