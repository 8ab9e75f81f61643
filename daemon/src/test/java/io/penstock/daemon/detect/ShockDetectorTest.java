package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.VibrationChannel;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pump's waveforms of a third of a second: a line of 50 Hz in noise, with or without eight knocks. */
class ShockDetectorTest {
    private static final double RATE_HZ = 12_800;
    private static final Asset PUMP = asset(3000, 12_800);

    private final VibrationAnalysis analysis = new VibrationAnalysis();
    private final SplittableRandom noise = new SplittableRandom(7);
    private final List<Finding> findings = new ArrayList<>();
    private ShockDetector detector = new ShockDetector(PUMP);
    private int heard;

    private static Asset asset(double rpm, double rateHz) {
        Channel channel = new Channel(
                "vib",
                "acceleration",
                "m/s2",
                OptionalDouble.of(rateHz),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
        return new Asset(
                "pump-1",
                "centrifugal_pump",
                OptionalDouble.of(rpm),
                OptionalInt.empty(),
                50,
                List.of(channel),
                List.of());
    }

    private void hear(int waveforms, boolean knocks) {
        for (int w = 0; w < waveforms; w++) {
            float[] samples = new float[4096];
            for (int i = 0; i < samples.length; i++) {
                double value = Math.sin(2 * Math.PI * 50 * i / RATE_HZ) + 0.3 * noise.nextGaussian();
                samples[i] = (float) (knocks && i % 512 == 0 ? value + 12 : value);
            }
            hear(detector, PUMP, samples, RATE_HZ, 50, Quality.GOOD);
        }
    }

    private void hear(ShockDetector by, Asset asset, float[] samples, double rateHz, double shaftHz, Quality quality) {
        heard++;
        Channel channel = asset.channels().getFirst();
        by.inspect(
                new Observation.Vibration(
                        asset,
                        channel,
                        heard * 1_000_000L,
                        analysis.analyse(asset, channel, samples, rateHz, shaftHz),
                        quality,
                        heard),
                findings::add);
    }

    @Test
    void knocksInOneWaveformAreTold() {
        hear(8, false);
        hear(1, true);
        hear(20, false);
        hear(1, true);
        hear(3, false);

        assertThat(findings).extracting(Finding::position).containsExactly(9L, 30L);
        assertThat(findings).allSatisfy(finding -> {
            assertThat(finding.passing()).isTrue();
            assertThat(finding.channel()).isEqualTo("vib");
            assertThat(finding.value()).isGreaterThan(finding.limit());
            assertThat(finding.baseline()).isBetween(1.0, 3.0);
        });
    }

    @Test
    void ofFewerThanEightWaveformsNothingIsSaid() {
        hear(7, false);
        hear(1, true);
        assertThat(findings).isEmpty();
    }

    @Test
    void knocksThatGoOnAreToldOnce() {
        hear(16, false);
        hear(40, true);
        assertThat(findings).hasSize(1);
    }

    @Test
    void aRestartForgetsNothing() {
        hear(8, false);
        byte[] saved = detector.snapshot();
        detector = new ShockDetector(PUMP);
        detector.restore(saved);
        hear(1, true);
        saved = detector.snapshot();
        detector = new ShockDetector(PUMP);
        detector.restore(saved);
        hear(1, true);
        assertThat(findings).as("the second knock is the same shock").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aHealthyMachineHasNone(long seed) {
        HydroUnit plant = new HydroUnit(seed, 0.85);
        Asset unit = asset(750, HydroUnit.SAMPLE_RATE);
        ShockDetector by = new ShockDetector(unit);
        for (int second = 1; second <= 120; second++) {
            float[] samples = plant.waveform(second - 0.64, VibrationChannel.DE);
            hear(by, unit, samples, HydroUnit.SAMPLE_RATE, 12.5, Quality.GOOD);
        }
        assertThat(findings).isEmpty();
    }
}
