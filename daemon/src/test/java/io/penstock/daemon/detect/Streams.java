package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;

/** A small machine and streams of readings of it, kind and unkind; the same seed gives the same stream. */
final class Streams {
    static final long START = 1_800_000_000_000_000L;

    static final Limit HOT =
            new Limit("value", true, 80, 2, Duration.ofSeconds(1), Duration.ofSeconds(2), Severity.WARNING, "site");
    static final Limit VERY_HOT =
            new Limit("value", true, 90, 2, Duration.ofSeconds(1), Duration.ofSeconds(2), Severity.ALARM, "site");
    static final Limit SHAKES = new Limit(
            "velocity_rms", true, 4.5, 0.5, Duration.ZERO, Duration.ZERO, Severity.ALARM, "ISO 20816-3 zone C/D");

    private Streams() {}

    static Channel scalar(String id, String quantity, String unit, double resolution, Limit... limits) {
        return new Channel(
                id,
                quantity,
                unit,
                OptionalDouble.empty(),
                resolution,
                OptionalDouble.of(-1000),
                OptionalDouble.of(2000),
                Duration.ofSeconds(30),
                List.of(limits));
    }

    static Asset asset() {
        return new Asset(
                "unit-1",
                "hydro_francis",
                OptionalDouble.of(750),
                OptionalInt.of(13),
                50,
                List.of(
                        new Channel(
                                "vibration_de",
                                "acceleration",
                                "g",
                                OptionalDouble.of(1000),
                                0,
                                OptionalDouble.empty(),
                                OptionalDouble.empty(),
                                Duration.ZERO,
                                List.of(SHAKES)),
                        scalar("bearing_temp_c", "bearing_temperature", "Cel", 0.1, HOT, VERY_HOT),
                        scalar("flow_m3_s", "flow", "m3/s", 0.001),
                        scalar("speed_rpm", "speed", "/min", 0.1)),
                List.of());
    }

    static Reading.Scalar reading(String channel, long time, double value) {
        return new Reading.Scalar(new ChannelId("unit-1", channel), time, time, Quality.GOOD, value);
    }

    static AssetWindow window(Duration cadence) {
        return new AssetWindow(
                asset(), Streams::features, WindowSettings.standard().withCadence(cadence));
    }

    static VibrationFeatures features(Asset asset, Channel channel, float[] samples, double rate, double shaft) {
        double sum = 0;
        for (float sample : samples) {
            sum += sample * sample;
        }
        double rms = Math.sqrt(sum / samples.length);
        return new VibrationFeatures(rms, rms, 3, 1, rms * 10, rms, Double.NaN, shaft, List.of(), 0, List.of());
    }

    /** Healthy running: stationary noise, {@code perSecond} readings a second of each channel. */
    static List<Reading> healthy(long seed, int seconds, int perSecond) {
        Random random = new Random(seed);
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < seconds * perSecond; i++) {
            long time = START + i * 1_000_000L / perSecond;
            readings.add(reading("bearing_temp_c", time, 52 + 0.2 * random.nextGaussian()));
            readings.add(reading("flow_m3_s", time, 0.45 + 0.004 * random.nextGaussian()));
            readings.add(reading("speed_rpm", time, 750 + 0.8 * random.nextGaussian()));
        }
        return readings;
    }

    /** Everything that must not crash anything: wild values, bad quality, duplicates, late and jumping times, constants. */
    static List<Reading> unkind(long seed, int count) {
        Random random = new Random(seed);
        List<Reading> readings = new ArrayList<>();
        String[] channels = {"bearing_temp_c", "flow_m3_s", "speed_rpm", "nobody"};
        double[] wild = {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            1e308,
            -1e308,
            Double.MIN_VALUE,
            -0.0,
            0,
            1999,
            95,
            85
        };
        long time = START;
        for (int i = 0; i < count; i++) {
            String channel = channels[random.nextInt(100) == 0 ? 3 : random.nextInt(3)];
            long at = time;
            switch (random.nextInt(40)) {
                case 0 -> at = time - random.nextInt(5_000_000);
                case 1 -> at = random.nextInt(20) == 0 ? Long.MAX_VALUE : time - 3_600_000_000L;
                case 2 -> at = random.nextInt(20) == 0 ? Long.MIN_VALUE : time;
                case 3 -> time += random.nextInt(20) == 0 ? 7_200_000_000L : 30_000_000L;
                default -> time += 50_000 + random.nextInt(50_000);
            }
            boolean constant = i / 500 % 3 == 2;
            double value = random.nextInt(25) == 0
                    ? wild[random.nextInt(wild.length)]
                    : constant ? 52 : 52 + random.nextGaussian();
            Quality quality =
                    random.nextInt(30) == 0 ? Quality.values()[random.nextInt(Quality.values().length)] : Quality.GOOD;
            if (random.nextInt(60) == 0) {
                float[] samples = new float[random.nextInt(600)];
                for (int s = 0; s < samples.length; s++) {
                    samples[s] = random.nextInt(5000) == 0 ? Float.NaN : (float) random.nextGaussian();
                }
                readings.add(
                        new Reading.Waveform(new ChannelId("unit-1", "vibration_de"), at, at, quality, samples, 1000));
            } else {
                readings.add(new Reading.Scalar(new ChannelId("unit-1", channel), at, at, quality, value));
            }
        }
        return readings;
    }

    static List<Observation> observe(AssetWindow window, List<Reading> readings, long position) {
        List<Observation> observations = new ArrayList<>();
        for (int i = 0; i < readings.size(); i++) {
            window.accept(readings.get(i), position + i, observations::add);
        }
        return observations;
    }

    static List<Finding> inspect(Detector detector, List<Observation> observations) {
        List<Finding> findings = new ArrayList<>();
        observations.forEach(observation -> detector.inspect(observation, findings::add));
        return findings;
    }
}
