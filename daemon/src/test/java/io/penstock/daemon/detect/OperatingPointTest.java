package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.window.Observation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A pump whose temperature follows its power: 40 Cel at 10 kW, 60 Cel at 30 kW, a vector a second. */
class OperatingPointTest {
    private static final StateSettings FIT = StateSettings.standard().withFitVectors(100);

    /** The detectors that learn what is healthy at an operating point. */
    enum Kind {
        STATE(asset -> new StateDetector(asset, FIT)),
        CHART(asset -> new EwmaDetector(asset, EwmaSettings.of(FIT)));

        private final Function<Asset, Detector> make;

        Kind(Function<Asset, Detector> make) {
            this.make = make;
        }

        Detector of(Asset asset) {
            return make.apply(asset);
        }
    }

    private final List<Finding> findings = new ArrayList<>();
    private final Random random = new Random(4);
    private int second;

    private static Asset asset() {
        return asset(Duration.ofSeconds(30));
    }

    private static Asset asset(Duration settle) {
        List<Channel> channels = List.of(
                Streams.scalar("power_kw", "power", "kW", 0.01), Streams.scalar("temp_c", "temperature", "Cel", 0.01));
        return new Asset(
                "pump-1",
                "centrifugal_pump",
                OptionalDouble.empty(),
                OptionalInt.empty(),
                50,
                channels,
                List.of(),
                new OperatingPoints("power_kw", List.of(20.0), settle));
    }

    private void run(Detector detector, int seconds, double power, double temperature) {
        for (int i = 0; i < seconds; i++) {
            double[] values = {power + 0.1 * random.nextGaussian(), temperature + 0.2 * random.nextGaussian()};
            long time = Streams.START + second++ * 1_000_000L;
            detector.inspect(new Observation.State(asset(), time, values, second), findings::add);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachOperatingPointLearnsItsOwnAndALoadChangeIsNoFinding(Kind kind) {
        Detector detector = kind.of(asset());
        run(detector, 150, 10, 40);
        assertThat(detector.learned()).extracting(LearnedChannel::learned).containsExactly(true, true, false, false);
        for (int i = 0; i < 20; i++) {
            run(detector, 200, 30, 60);
            run(detector, 200, 10, 40);
        }
        assertThat(findings).isEmpty();
        assertThat(detector.learned())
                .allSatisfy(line -> assertThat(line.learned()).isTrue());
        assertThat(detector.learned().getLast()).satisfies(line -> {
            assertThat(line.point()).isEqualTo("20 kW and more");
            assertThat(line.mean()).isBetween(59.9, 60.1);
            assertThat(line.spread()).isBetween(0.15, 0.25);
            assertThat(line.low()).isBetween(58.0, 59.9);
            assertThat(line.frozenMicros()).isGreaterThan(Streams.START);
        });
    }

    /** A week with a vector a minute; what is learned at one load is learned hours before the other, in other air. */
    @ParameterizedTest
    @EnumSource
    void pointsLearnedAtOtherHoursOfTheDayFindTheirDistance(Kind kind) {
        Asset slow = asset(Duration.ofMinutes(30));
        Detector detector = kind.of(slow);
        for (int minute = 0; minute < 7 * 1440; minute++) {
            boolean full = minute / 180 % 2 == 1;
            double air = 4 * Math.sin(2 * Math.PI * minute / 1440);
            double[] values = {
                (full ? 30 : 10) + 0.1 * random.nextGaussian(), (full ? 60 : 40) + air + 0.2 * random.nextGaussian()
            };
            detector.inspect(
                    new Observation.State(slow, Streams.START + minute * 60_000_000L, values, minute), findings::add);
            if (minute % 1003 == 0) {
                byte[] saved = detector.snapshot();
                detector = kind.of(slow);
                detector.restore(saved);
                assertThat(detector.snapshot()).as("at minute %d", minute).isEqualTo(saved);
            }
        }
        assertThat(findings).isEmpty();
        List<LearnedChannel> learned = detector.learned();
        assertThat(learned.get(3).mean() - learned.get(1).mean()).isBetween(19.5, 20.5);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsHealthyAtFullLoadIsAFindingAtHalfLoad(Kind kind) {
        Detector detector = kind.of(asset());
        run(detector, 200, 10, 40);
        run(detector, 200, 30, 60);
        run(detector, 100, 10, 40);
        assertThat(findings).isEmpty();
        run(detector, 60, 10, 60);
        assertThat(findings).anySatisfy(f -> {
            assertThat(f.symptom()).isEqualTo("temperature_high");
            assertThat(f.baseline()).isBetween(39.5, 40.5);
            assertThat(f.limitSource()).contains("below 20 kW");
            assertThat(f.active()).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource
    void anIllMachineIsNotLearnedAtANewOperatingPoint(Kind kind) {
        Detector detector = kind.of(asset());
        run(detector, 150, 10, 40);
        run(detector, 60, 10, 60);
        assertThat(findings).isNotEmpty();
        run(detector, 500, 30, 90);
        assertThat(detector.learned()).extracting(LearnedChannel::learned).containsExactly(true, true, false, false);
    }

    @ParameterizedTest
    @EnumSource
    void frozenNothingMoreIsLearnedUntilLearningIsAllowedAgain(Kind kind) {
        Detector detector = kind.of(asset());
        run(detector, 80, 10, 40);
        detector.commission(Commission.FREEZE);
        assertThat(detector.learned())
                .extracting(LearnedChannel::vectors)
                .as("the newest ten seconds are held back")
                .containsExactly(70, 70, 0, 0);
        run(detector, 300, 30, 60);
        assertThat(detector.learned()).extracting(LearnedChannel::learned).containsExactly(true, true, false, false);
        byte[] frozen = detector.snapshot();
        Detector again = kind.of(asset());
        again.restore(frozen);
        run(again, 300, 30, 60);
        assertThat(again.learned().getLast().learned())
                .as("frozen over a restart")
                .isFalse();
        again.commission(Commission.LEARN);
        run(again, 200, 30, 60);
        assertThat(again.learned())
                .allSatisfy(line -> assertThat(line.learned()).isTrue());
    }

    @ParameterizedTest
    @EnumSource
    void relearnedTheNewLevelIsHealthy(Kind kind) {
        Detector detector = kind.of(asset());
        run(detector, 150, 10, 40);
        detector.commission(Commission.RELEARN);
        assertThat(detector.learned()).noneMatch(LearnedChannel::learned);
        run(detector, 500, 10, 45);
        assertThat(findings).isEmpty();
        assertThat(detector.learned().get(1).mean()).isBetween(44.9, 45.1);
    }
}
