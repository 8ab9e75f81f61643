package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.fixtures.plant.Fault;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Scalar;
import io.penstock.fixtures.plant.VibrationChannel;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The detector on the simulated hydro unit: learns for 15 s, the fault begins at 20 s. */
class VibrationDetectorTest {
    private static final int FAULT_AT = 20;

    private final VibrationAnalysis analysis = new VibrationAnalysis();

    private static Channel channel(String id, Limit... limits) {
        return new Channel(
                id,
                "acceleration",
                "g",
                OptionalDouble.of(HydroUnit.SAMPLE_RATE),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of(limits));
    }

    private static Asset unit(Limit... limits) {
        return new Asset(
                "unit-1",
                "hydro_francis",
                OptionalDouble.of(750),
                OptionalInt.of(13),
                50,
                List.of(channel("vibration_de", limits), channel("vibration_nde", limits)),
                List.of(
                        new Bearing("bearing_de", "vibration_de", 10, 28.6, 155, 0),
                        new Bearing("bearing_nde", "vibration_nde", 9, 25.4, 120, 0)));
    }

    private static VibrationDetector detector() {
        return new VibrationDetector(unit(), VibrationSettings.DEFAULTS);
    }

    private List<Finding> watch(Detector detector, Asset asset, HydroUnit plant, int from, int to, Quality quality) {
        List<Finding> findings = new ArrayList<>();
        for (int second = from; second <= to; second++) {
            double speed = plant.scalars(second).getOrDefault(Scalar.SPEED_RPM, Double.NaN) / 60;
            for (VibrationChannel sensor : List.of(VibrationChannel.DE, VibrationChannel.NDE)) {
                Channel channel = asset.channels().get(sensor == VibrationChannel.DE ? 0 : 1);
                float[] samples = plant.waveform(second - 0.64, sensor);
                detector.inspect(
                        new Observation.Vibration(
                                asset,
                                channel,
                                second * 1_000_000L,
                                analysis.analyse(asset, channel, samples, HydroUnit.SAMPLE_RATE, speed),
                                quality,
                                second),
                        findings::add);
            }
        }
        return findings;
    }

    private List<Finding> watch(HydroUnit plant, int to) {
        return watch(detector(), unit(), plant, 1, to, Quality.GOOD);
    }

    private static List<String> symptoms(List<Finding> findings) {
        return findings.stream().map(Finding::symptom).distinct().toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 0.85, 600", "2, 0.4, 60", "3, 1.0, 60"})
    void healthyMinutesGiveNoFinding(long seed, double load, int seconds) {
        assertThat(watch(new HydroUnit(seed, load), seconds)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "BEARING_OUTER_RACE, bearing_outer_lines, kurtosis_high",
        "BEARING_INNER_RACE, bearing_inner_lines, kurtosis_high",
        "BEARING_BALL, bearing_ball_lines, kurtosis_high",
        "CAVITATION, high_band_high, blade_pass_modulation",
        "IMBALANCE, order_1x_high, velocity_rms_high",
        "MISALIGNMENT, order_2x_high, velocity_rms_high",
        "LOOSENESS, order_many_high, velocity_rms_high",
        "ELECTRICAL, line_2x_high, acceleration_rms_high"
    })
    void eachFaultShowsItsSymptomsWithinTenSecondsAndNotBefore(Fault fault, String first, String second) {
        for (long seed = 1; seed <= 2; seed++) {
            HydroUnit plant = new HydroUnit(seed);
            plant.inject(fault, 1, FAULT_AT);
            List<Finding> findings = watch(plant, FAULT_AT + 10);

            assertThat(symptoms(findings)).as("seed %d", seed).contains(first, second);
            assertThat(findings).allMatch(finding -> finding.timeMicros() > FAULT_AT * 1_000_000L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEARING_OUTER_RACE", "BEARING_INNER_RACE", "BEARING_BALL"})
    void aBearingFaultIsPlacedAndNoOtherElementNamed(Fault fault) {
        for (long seed = 1; seed <= 3; seed++) {
            HydroUnit plant = new HydroUnit(seed);
            plant.inject(fault, 0.7, FAULT_AT);
            List<Finding> lines = watch(plant, FAULT_AT + 25).stream()
                    .filter(finding -> finding.symptom().matches("bearing_(outer|inner|ball|cage)_lines"))
                    .toList();

            assertThat(symptoms(lines)).as("seed %d", seed).hasSize(1);
            assertThat(lines).allMatch(finding -> "bearing_de".equals(finding.location()));
            assertThat(lines).allMatch(finding -> finding.strength() >= 0.5 || finding.value() < 10);
        }
    }

    @Test
    void anotherLoadIsNoFinding() {
        HydroUnit plant = new HydroUnit(4, 0.5);
        plant.changeLoad(0.95, 25);

        assertThat(watch(plant, 60)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOW_OBSTRUCTION", "SENSOR_STUCK", "SENSOR_NOISE"})
    void whatDoesNotVibrateIsNotHeard(Fault fault) {
        HydroUnit plant = new HydroUnit(1);
        plant.inject(fault, 1, FAULT_AT);

        assertThat(watch(plant, FAULT_AT + 30)).isEmpty();
    }

    @Test
    void aFaultThatGrowsIsNeverLearnedAsNormal() {
        HydroUnit plant = new HydroUnit(1);
        plant.inject(Fault.IMBALANCE, 1, FAULT_AT, 150);
        List<Finding> findings = watch(plant, 150);

        assertThat(findings.getLast().active()).isTrue();
        assertThat(symptoms(findings)).contains("order_1x_high");
    }

    @Test
    void velocityLimitsHoldBeforeAnythingIsLearned() {
        HydroUnit plant = new HydroUnit(1);
        plant.inject(Fault.IMBALANCE, 1, -100);
        List<Finding> findings = watch(plant, 3);

        assertThat(symptoms(findings)).contains("velocity_rms_high");
        assertThat(findings.getFirst().severity()).isEqualTo(Severity.ALARM);
        assertThat(findings.getFirst().limit()).isEqualTo(4.5);
        assertThat(findings.getFirst().limitSource()).contains("ISO 20816-3");
    }

    @Test
    void theChannelsOwnLimitsComeBeforeTheTable() {
        Limit own = new Limit(
                "velocity_rms", true, 0.5, 0, Duration.ZERO, Duration.ZERO, Severity.ALARM, "maker's manual, page 12");
        List<Finding> findings = watch(detector(), unit(own), new HydroUnit(1), 1, 3, Quality.GOOD);

        assertThat(findings).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.symptom()).isEqualTo("velocity_rms_high");
            assertThat(finding.limitSource()).isEqualTo("maker's manual, page 12");
            assertThat(finding.severity()).isEqualTo(Severity.ALARM);
        });
    }

    @Test
    void oneWaveformAloneRaisesNothing() {
        HydroUnit healthy = new HydroUnit(1);
        HydroUnit broken = new HydroUnit(1);
        broken.inject(Fault.IMBALANCE, 1, -100);
        VibrationDetector detector = detector();
        List<Finding> findings = watch(detector, unit(), healthy, 1, 20, Quality.GOOD);
        findings.addAll(watch(detector, unit(), broken, 21, 21, Quality.GOOD));
        findings.addAll(watch(detector, unit(), healthy, 22, 40, Quality.GOOD));

        assertThat(findings).isEmpty();
    }

    @Test
    void whatIsOverIsToldOnce() {
        HydroUnit healthy = new HydroUnit(1);
        HydroUnit broken = new HydroUnit(1);
        broken.inject(Fault.IMBALANCE, 1, -100);
        VibrationDetector detector = detector();
        watch(detector, unit(), healthy, 1, 20, Quality.GOOD);
        List<Finding> during = watch(detector, unit(), broken, 21, 30, Quality.GOOD);
        List<Finding> after = watch(detector, unit(), healthy, 31, 50, Quality.GOOD);

        assertThat(during).isNotEmpty().allMatch(Finding::active);
        assertThat(after).isNotEmpty().noneMatch(Finding::active);
        List<String> ended =
                after.stream().map(f -> f.channel() + " " + f.symptom()).toList();
        assertThat(ended).doesNotHaveDuplicates();
        assertThat(ended)
                .containsExactlyInAnyOrderElementsOf(during.stream()
                        .map(f -> f.channel() + " " + f.symptom())
                        .distinct()
                        .toList());
    }

    @Test
    void badQualityIsPassedOver() {
        HydroUnit plant = new HydroUnit(1);
        plant.inject(Fault.IMBALANCE, 1, -100);

        assertThat(watch(detector(), unit(), plant, 1, 10, Quality.BAD)).isEmpty();
    }

    @Test
    void aRestartForgetsNothing() {
        HydroUnit plant = new HydroUnit(5);
        plant.inject(Fault.BEARING_INNER_RACE, 0.8, FAULT_AT);
        for (int cut : new int[] {0, 7, 22, 26}) {
            VibrationDetector whole = detector();
            VibrationDetector before = detector();
            watch(whole, unit(), plant, 1, cut, Quality.GOOD);
            watch(before, unit(), plant, 1, cut, Quality.GOOD);
            VibrationDetector after = detector();
            after.restore(before.snapshot());

            assertThat(watch(after, unit(), plant, cut + 1, 30, Quality.GOOD))
                    .as("cut at %d s", cut)
                    .isEqualTo(watch(whole, unit(), plant, cut + 1, 30, Quality.GOOD));
            assertThat(after.snapshot()).isEqualTo(whole.snapshot());
        }
    }

    @Test
    void aDamagedSnapshotIsRefusedAndLeavesANewDetector() {
        VibrationDetector detector = detector();
        watch(detector, unit(), new HydroUnit(1), 1, 20, Quality.GOOD);
        byte[] good = detector.snapshot();
        byte[] empty = detector().snapshot();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> detector.restore(Arrays.copyOf(good, good.length / 2)))
                .withMessageContaining("checksum is wrong");
        assertThat(detector.snapshot()).isEqualTo(empty);
        byte[] other = good.clone();
        other[0] = 99;
        assertThatIllegalArgumentException().isThrownBy(() -> detector.restore(other));
        assertThatIllegalArgumentException().isThrownBy(() -> detector.restore(new byte[0]));
    }
}
