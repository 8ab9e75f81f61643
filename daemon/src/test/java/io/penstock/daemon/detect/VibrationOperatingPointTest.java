package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.asset.VibrationZones;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import io.penstock.daemon.window.VibrationFeatures.Order;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A geared machine that shakes with 0.5 mm/s at 10 kW and with 1.5 mm/s at 30 kW: three times as much, and healthy at both. */
class VibrationOperatingPointTest {
    private static final String LOW = "below 20 kW";

    private final List<Finding> findings = new ArrayList<>();
    private final Random random = new Random(5);
    private double meshDb = 20;
    private double pinionDb = 3;
    private int second;

    private static Asset asset(VibrationZones zones) {
        Channel vibration = new Channel(
                "de",
                "acceleration",
                "g",
                OptionalDouble.of(12_800),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
        return new Asset(
                "drive",
                "belt_conveyor",
                OptionalDouble.of(1500),
                OptionalInt.empty(),
                50,
                List.of(vibration, Streams.scalar("power_kw", "power", "kW", 0.01)),
                List.of(),
                new OperatingPoints("power_kw", List.of(20.0), Duration.ofSeconds(10)),
                List.of(new Gear("box", "de", 23, 71, Gear.Side.PINION, 1)),
                zones);
    }

    private static VibrationDetector detector() {
        return new VibrationDetector(asset(VibrationZones.USUAL), VibrationSettings.DEFAULTS);
    }

    private double near(double value) {
        return value * (1 + 0.02 * random.nextGaussian());
    }

    private Observation.Vibration waveform(double velocity) {
        VibrationFeatures features = new VibrationFeatures(
                near(velocity / 10),
                near(velocity / 3),
                near(3),
                near(3.5),
                near(velocity),
                near(velocity / 20),
                Double.NaN,
                25,
                List.of(new Order(1, near(velocity / 2))),
                Double.NaN,
                List.of(),
                List.of(
                        new GearScore("box", GearScore.Part.MESH, near(meshDb), 575, 575, Double.NaN),
                        new GearScore("box", GearScore.Part.PINION, near(pinionDb), 25, 25, 0.2),
                        new GearScore("box", GearScore.Part.WHEEL, near(2), 8.1, 8.1, 0.1)));
        Asset asset = asset(VibrationZones.USUAL);
        return new Observation.Vibration(
                asset, asset.channels().getFirst(), second * 1_000_000L, features, Quality.GOOD, second);
    }

    private void run(VibrationDetector detector, int seconds, double power, double velocity) {
        for (int i = 0; i < seconds; i++) {
            second++;
            double[] values = {near(power)};
            detector.inspect(
                    new Observation.State(asset(VibrationZones.USUAL), second * 1_000_000L, values, second),
                    findings::add);
            detector.inspect(waveform(velocity), findings::add);
        }
    }

    private static List<Boolean> learned(VibrationDetector detector) {
        return List.of(
                detector.learned().stream().filter(l -> l.point().equals(LOW)).allMatch(LearnedChannel::learned),
                detector.learned().stream().filter(l -> !l.point().equals(LOW)).allMatch(LearnedChannel::learned));
    }

    @Test
    void eachOperatingPointLearnsItsOwnAndALoadChangeIsNoFinding() {
        VibrationDetector detector = detector();
        run(detector, 30, 10, 0.5);
        assertThat(learned(detector)).containsExactly(true, false);
        for (int i = 0; i < 5; i++) {
            run(detector, 40, 30, 1.5);
            run(detector, 40, 10, 0.5);
        }
        assertThat(findings).isEmpty();
        assertThat(learned(detector)).containsExactly(true, true);
        assertThat(detector.learned())
                .filteredOn(line -> line.feature().equals("velocity_rms"))
                .extracting(LearnedChannel::mean)
                .satisfiesExactly(
                        low -> assertThat(low).isBetween(0.48, 0.52),
                        high -> assertThat(high).isBetween(1.45, 1.55));
    }

    @Test
    void whatIsHealthyAtFullLoadIsAFindingAtHalfLoadAndTheEvidenceNamesThePoint() {
        VibrationDetector detector = detector();
        run(detector, 40, 10, 0.5);
        run(detector, 40, 30, 1.5);
        run(detector, 20, 10, 0.5);
        assertThat(findings).isEmpty();
        run(detector, 5, 10, 1.5);
        assertThat(findings).anySatisfy(f -> {
            assertThat(f.symptom()).isEqualTo("velocity_rms_high");
            assertThat(f.baseline()).isBetween(0.48, 0.52);
            assertThat(f.limitSource()).isEqualTo("1.6 times the healthy baseline of 15 waveforms at below 20 kW");
        });
        findings.clear();
        run(detector, 5, 10, 6);
        assertThat(findings).anySatisfy(f -> {
            assertThat(f.severity()).isEqualTo(Severity.ALARM);
            assertThat(f.limit()).isEqualTo(4.5);
            assertThat(f.limitSource())
                    .isEqualTo("ISO 20816-3 group 2, 15 to 300 kW on a rigid base, zone D; healthy at below 20 kW");
        });
    }

    @Test
    void whileTheMachineSettlesFixedLimitsAloneSpeak() {
        VibrationDetector detector = detector();
        run(detector, 40, 10, 0.5);
        run(detector, 9, 30, 1.5);
        assertThat(findings).isEmpty();
        run(detector, 8, 10, 3);
        assertThat(findings).isNotEmpty().allSatisfy(f -> assertThat(f.limit()).isEqualTo(2.8));
    }

    @Test
    void aMachineThatIsIllIsNotLearnedAtANewOperatingPoint() {
        VibrationDetector detector = detector();
        run(detector, 40, 10, 0.5);
        run(detector, 10, 10, 1.5);
        assertThat(findings).isNotEmpty();
        run(detector, 60, 30, 4);
        assertThat(learned(detector)).containsExactly(true, false);
    }

    @Test
    void withoutAStateTheOperatingPointIsUnknownAndNothingIsLearned() {
        VibrationDetector detector = detector();
        for (int i = 0; i < 40; i++) {
            second++;
            detector.inspect(waveform(0.5), findings::add);
        }
        assertThat(learned(detector)).containsExactly(false, false);
    }

    @Test
    void ordersFreezeLearnAndRelearnTheWaveformsToo() {
        VibrationDetector detector = detector();
        run(detector, 8, 10, 0.5);
        detector.commission(Commission.FREEZE);
        assertThat(learned(detector)).as("eight waveforms are enough to freeze").containsExactly(true, false);
        run(detector, 40, 30, 1.5);
        assertThat(learned(detector)).containsExactly(true, false);
        VibrationDetector again = detector();
        again.restore(detector.snapshot());
        run(again, 30, 30, 1.5);
        assertThat(learned(again)).as("frozen over a restart").containsExactly(true, false);
        again.commission(Commission.LEARN);
        run(again, 30, 30, 1.5);
        assertThat(learned(again)).containsExactly(true, true);
        again.commission(Commission.RELEARN);
        assertThat(again.learned()).noneMatch(LearnedChannel::learned);
        run(again, 30, 30, 0.9);
        assertThat(again.learned())
                .filteredOn(line -> line.feature().equals("velocity_rms"))
                .allSatisfy(line -> assertThat(line.mean()).isBetween(0.85, 0.95));
    }

    @Test
    void aRestartForgetsNeitherBaselinesNorWhereTheMachineIs() {
        VibrationDetector whole = detector();
        run(whole, 40, 10, 0.5);
        run(whole, 40, 30, 1.5);
        VibrationDetector again = detector();
        again.restore(whole.snapshot());
        assertThat(again.snapshot()).isEqualTo(whole.snapshot());
        assertThat(again.learned()).isEqualTo(whole.learned());
        run(again, 5, 30, 3.5);
        assertThat(findings).anySatisfy(f -> assertThat(f.limitSource()).contains("20 kW and more"));
    }

    @Test
    void aMeshThatRoseIsWearAndSidebandsThatRoseAreTheirWheels() {
        VibrationDetector detector = detector();
        run(detector, 30, 10, 0.5);
        meshDb = 30;
        run(detector, 3, 10, 0.5);
        assertThat(findings).extracting(Finding::symptom).containsOnly("gear_mesh_lines");
        assertThat(findings.getFirst().baseline()).isBetween(19.0, 21.0);
        assertThat(findings.getFirst().location()).isEqualTo("box");
        assertThat(findings.getFirst().limitSource()).contains("6 dB over the healthy baseline", LOW);
        findings.clear();
        meshDb = 20;
        pinionDb = 15;
        run(detector, 3, 10, 0.5);
        assertThat(findings).filteredOn(Finding::active).isNotEmpty().allSatisfy(f -> {
            assertThat(f.symptom()).isEqualTo("gear_sidebands");
            assertThat(f.location()).isEqualTo("box/pinion");
            assertThat(f.severity()).isEqualTo(Severity.WARNING);
            assertThat(f.limitSource()).contains("the other wheel at 2 dB");
        });
        findings.clear();
        pinionDb = 3;
        run(detector, 4, 10, 0.5);
        assertThat(findings).isNotEmpty().noneMatch(Finding::active);
    }

    @Test
    void withoutATableNoVelocityIsTooMuchUntilABaselineIsKnown() {
        VibrationDetector detector = new VibrationDetector(asset(VibrationZones.NONE), VibrationSettings.DEFAULTS);
        run(detector, 10, 10, 9);
        assertThat(findings).isEmpty();
    }
}
