package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.asset.VibrationZones;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/** Waveforms whose features are known by construction. */
final class Signals {
    static final Bearing BEARING = new Bearing("front", "acc", 9, 7.94, 39.04, 0);

    private Signals() {}

    static Channel channel(String unit) {
        return new Channel(
                "acc",
                "acceleration",
                unit,
                OptionalDouble.of(12_800),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
    }

    static Asset asset(double ratedRpm) {
        return new Asset(
                "pump",
                "centrifugal_pump",
                OptionalDouble.of(ratedRpm),
                OptionalInt.of(13),
                50,
                List.of(channel("g")),
                List.of(BEARING));
    }

    static float[] noise(int length, double rms, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] samples = new float[length];
        for (int i = 0; i < length; i++) {
            samples[i] = (float) (rms * random.nextGaussian());
        }
        return samples;
    }

    static float[] plus(float[] samples, double peak, double hertz, double rateHz) {
        float[] sum = samples.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += (float) (peak * Math.sin(2 * Math.PI * hertz * i / rateHz + 0.7));
        }
        return sum;
    }

    /**
     * Knocks on a resonance, slipping at random by a percent of their distance, their strength swinging with the load zone.
     *
     * @param swingHz how often the spot passes the load zone; 0 for a spot that stays in it
     */
    static float[] knocks(float[] samples, double hertz, double swingHz, double peak, double rateHz, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] sum = samples.clone();
        double resonance = 0.25 * rateHz;
        double decay = 0.05 * 2 * Math.PI * resonance;
        for (int knock = 0; knock / hertz < sum.length / rateHz; knock++) {
            double at = (knock + 0.01 * random.nextGaussian()) / hertz;
            double strength = peak * (1 + 0.1 * random.nextGaussian());
            if (swingHz > 0) {
                strength *= 0.5 + 0.5 * Math.cos(2 * Math.PI * swingHz * at);
            }
            int first = Math.max(0, (int) Math.ceil(at * rateHz));
            for (int i = first; i < Math.min(sum.length, first + 200); i++) {
                double since = i / rateHz - at;
                sum[i] += (float) (strength * Math.exp(-decay * since) * Math.sin(2 * Math.PI * resonance * since));
            }
        }
        return sum;
    }

    /** A pinion of 23 teeth on the machine's shaft, a wheel of 71 behind it. */
    static final Gear GEAR = new Gear("box", "acc", 23, 71, Gear.Side.PINION, 1);

    static Asset geared(double ratedRpm, double lineHz) {
        return new Asset(
                "drive",
                "belt_conveyor",
                OptionalDouble.of(ratedRpm),
                OptionalInt.of(7),
                lineHz,
                List.of(channel("g")),
                List.of(BEARING),
                null,
                List.of(GEAR),
                VibrationZones.USUAL);
    }

    /**
     * Teeth in mesh: three harmonics, their strength swinging with a wheel's turn.
     *
     * @param turnHz how often the wheel turns that has a bad tooth
     * @param depth of the swing, 0 for a sound gear
     */
    static float[] meshing(float[] samples, double meshHz, double peak, double turnHz, double depth, double rateHz) {
        float[] sum = samples.clone();
        for (int i = 0; i < sum.length; i++) {
            double t = i / rateHz;
            double swing = 1
                    + depth * Math.cos(2 * Math.PI * turnHz * t + 0.3)
                    + depth / 2 * Math.cos(4 * Math.PI * turnHz * t + 1);
            for (int harmonic = 1; harmonic <= 3; harmonic++) {
                sum[i] += (float) (swing * peak / harmonic * Math.sin(2 * Math.PI * harmonic * meshHz * t + harmonic));
            }
        }
        return sum;
    }
}
