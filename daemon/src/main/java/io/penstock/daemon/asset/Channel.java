package io.penstock.daemon.asset;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One measured quantity of an asset.
 *
 * @param id as in {@code ChannelId.channel}
 * @param quantity what is measured, snake case: {@code acceleration}, {@code bearing_temperature}, {@code flow}...; symptoms
 *     are named after it ({@code bearing_temperature_high})
 * @param unit UCUM
 * @param rateHz sample rate of a waveform channel; empty for a scalar one
 * @param resolution the smallest change that means anything, in the channel's unit: deadband and floor of its spread; 0 where
 *     unknown
 * @param rangeLow lowest value the sensor can truly give; empty where unknown
 * @param rangeHigh highest value the sensor can truly give; empty where unknown
 * @param stuckAfter a value that repeats bit for bit this long is a stuck sensor; zero switches the check off
 * @param maxRatePerS fastest change the quantity can make, in the channel's unit a second; empty where unknown
 * @param limits alarm limits
 */
public record Channel(
        String id,
        String quantity,
        String unit,
        OptionalDouble rateHz,
        double resolution,
        OptionalDouble rangeLow,
        OptionalDouble rangeHigh,
        Duration stuckAfter,
        OptionalDouble maxRatePerS,
        List<Limit> limits) {
    public Channel {
        limits = List.copyOf(limits);
    }

    /** A channel of which it is not known how fast it can change. */
    public Channel(
            String id,
            String quantity,
            String unit,
            OptionalDouble rateHz,
            double resolution,
            OptionalDouble rangeLow,
            OptionalDouble rangeHigh,
            Duration stuckAfter,
            List<Limit> limits) {
        this(id, quantity, unit, rateHz, resolution, rangeLow, rangeHigh, stuckAfter, OptionalDouble.empty(), limits);
    }

    /** The same without its limits: what a memory of its values depends on, so that a limit may change under it. */
    public Channel withoutLimits() {
        return new Channel(
                id, quantity, unit, rateHz, resolution, rangeLow, rangeHigh, stuckAfter, maxRatePerS, List.of());
    }

    public boolean isWaveform() {
        return rateHz.isPresent();
    }
}
