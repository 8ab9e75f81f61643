package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.ValidityDetector;
import io.penstock.daemon.detect.VibrationDetector;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waveforms as no sensor should give them: a finding on the sensor or none at all, never a crash, never a number made of nonsense. */
class BadWaveformTest {
    private static final long START = 1_750_000_000_000_000L;
    private static final int RATE = 12_800;

    private final List<Observation> seen = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private long second;

    private static Asset unit(String measure, double rate) {
        Channel channel = new Channel(
                "vibration",
                "acceleration",
                measure,
                OptionalDouble.of(rate),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
        return new Asset(
                "m",
                "fan",
                OptionalDouble.of(750),
                OptionalInt.of(13),
                50,
                List.of(channel),
                List.of(new Bearing("de", "vibration", 10, 28.6, 155, 0)));
    }

    /** A window with its detectors, as a gateway builds them for vibration. */
    private final class Chain {
        final AssetWindow window;
        final List<Detector> detectors;

        Chain(Asset asset) {
            window = new AssetWindow(asset, new VibrationAnalysis());
            detectors = List.of(
                    new ValidityDetector(asset, ValiditySettings.standard()),
                    new VibrationDetector(asset, VibrationSettings.DEFAULTS));
        }

        void accept(float[] samples, double rate) {
            long time = START + 1_000_000 * second++;
            Reading reading =
                    new Reading.Waveform(new ChannelId("m", "vibration"), time, time, Quality.GOOD, samples, rate);
            window.accept(reading, second, observation -> {
                seen.add(observation);
                detectors.forEach(detector -> detector.inspect(observation, findings::add));
            });
        }
    }

    private float[] noise(int length, double scale) {
        float[] samples = new float[length];
        for (int i = 0; i < length; i++) {
            samples[i] = (float) (scale * (random.nextGaussian() + Math.sin(2 * Math.PI * 12.5 * i / RATE)));
        }
        return samples;
    }

    private List<Observation.Vibration> features() {
        return seen.stream()
                .filter(Observation.Vibration.class::isInstance)
                .map(Observation.Vibration.class::cast)
                .toList();
    }

    @Test
    void whateverComesEveryFeatureIsFiniteAndEveryFindingHasAValue() {
        Chain chain = new Chain(unit("g", RATE));
        for (int i = 0; i < 400; i++) {
            float[] samples = noise(random.nextInt(3000), Math.pow(10, random.nextDouble(-30, 14)));
            if (samples.length > 0) {
                int at = random.nextInt(samples.length);
                switch (random.nextInt(6)) {
                    case 0 -> samples[at] = Float.NaN;
                    case 1 -> samples[at] = Float.POSITIVE_INFINITY;
                    case 2 -> samples[at] = Float.MAX_VALUE;
                    case 3 -> Arrays.fill(samples, samples[at]);
                    case 4 -> Arrays.fill(samples, 0, at, 0);
                    default -> samples[at] *= 1000;
                }
            }
            chain.accept(samples, RATE);
        }
        assertThat(features()).hasSizeGreaterThan(100).allSatisfy(o -> {
            VibrationFeatures f = o.features();
            assertThat(List.of(f.rms(), f.peak(), f.kurtosis(), f.crest(), f.velocityRms(), f.highBandRms()))
                    .allMatch(Double::isFinite);
            assertThat(f.orders()).allMatch(order -> Double.isFinite(order.velocity()));
            assertThat(f.elements()).allMatch(element -> Double.isFinite(element.db()));
        });
        assertThat(findings)
                .isNotEmpty()
                .allSatisfy(finding ->
                        assertThat(finding.strength()).as(finding.toString()).isBetween(0.0, 1.0));
        assertThat(findings)
                .filteredOn(f -> f.tier() == Finding.Tier.VIBRATION)
                .allSatisfy(finding ->
                        assertThat(finding.value()).as(finding.toString()).isFinite());
    }

    /** At half the rate a healthy machine looks like a sick one. */
    @Test
    void aRateThatChangesIsAFindingOnTheSensorAndNoneOnTheMachine() {
        Chain chain = new Chain(unit("g", RATE));
        for (int i = 0; i < 20; i++) {
            chain.accept(noise(8192, 0.02), RATE);
        }
        assertThat(findings).isEmpty();
        for (int i = 0; i < 20; i++) {
            chain.accept(noise(8192, 0.02), RATE / 2.0);
        }
        assertThat(features()).hasSize(20);
        assertThat(findings).isNotEmpty().allMatch(finding -> finding.symptom().equals("sensor_bad_quality"));
        chain.accept(noise(8192, 0.02), RATE * 1.001);
        assertThat(features()).hasSize(21);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 10, 100, 1e5, 1e7})
    void anyRateIsWorkedThrough(double rate) {
        Chain chain = new Chain(unit("g", rate));
        for (int i = 0; i < 20; i++) {
            chain.accept(noise(2048, 0.02), rate);
        }
        assertThat(features())
                .hasSize(20)
                .allMatch(o -> Double.isFinite(o.features().velocityRms()));
    }

    /** A sensor that suddenly speaks m/s2 where it spoke g. */
    @Test
    void aSwappedUnitIsAFindingWithinTwoWaveforms() {
        Chain chain = new Chain(unit("g", RATE));
        for (int i = 0; i < 20; i++) {
            chain.accept(noise(8192, 0.02), RATE);
        }
        assertThat(findings).isEmpty();
        chain.accept(noise(8192, 0.02 * 9.80665), RATE);
        chain.accept(noise(8192, 0.02 * 9.80665), RATE);
        assertThat(findings).anyMatch(finding -> finding.symptom().equals("acceleration_rms_high"));
    }
}
