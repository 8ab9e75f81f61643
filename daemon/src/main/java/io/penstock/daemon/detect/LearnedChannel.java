package io.penstock.daemon.detect;

/**
 * What a detector holds for healthy on one channel at one operating point.
 *
 * @param detector the detector's short name: {@code state}, {@code chart}, {@code vibration}
 * @param point the operating point in words, {@code all} where the machine has one
 * @param channel the channel's id
 * @param feature what of it: {@code value}, or a feature of its waveforms such as {@code velocity_rms}
 * @param learned whether it is learned and frozen; false: it says nothing yet
 * @param vectors state vectors (waveforms) it was learned from, or has seen so far
 * @param wanted vectors it learns from
 * @param mean in {@code unit}; NaN while it is not learned
 * @param spread standard deviation, in {@code unit}; NaN while it is not learned
 * @param low below this the smoothed value is unusual, in {@code unit}; NaN while it is not learned, and where low is never
 *     unusual
 * @param high above this it is
 * @param unit UCUM
 * @param frozenMicros source time at which it was frozen, 0 while it is not
 */
public record LearnedChannel(
        String detector,
        String point,
        String channel,
        String feature,
        boolean learned,
        int vectors,
        int wanted,
        double mean,
        double spread,
        double low,
        double high,
        String unit,
        long frozenMicros) {
    /** Of a channel's own value. */
    public LearnedChannel(
            String detector,
            String point,
            String channel,
            boolean learned,
            int vectors,
            int wanted,
            double mean,
            double spread,
            double low,
            double high,
            String unit,
            long frozenMicros) {
        this(detector, point, channel, "value", learned, vectors, wanted, mean, spread, low, high, unit, frozenMicros);
    }
}
