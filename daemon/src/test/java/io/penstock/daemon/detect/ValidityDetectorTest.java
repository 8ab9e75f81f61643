package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One reading a second of flow; the other channels are silent from the start. */
class ValidityDetectorTest {
    private ValidityDetector detector = new ValidityDetector(Streams.asset(), ValiditySettings.standard());
    private AssetWindow window = Streams.window(Duration.ofSeconds(1));
    private final List<Finding> findings = new ArrayList<>();
    private final Random random = new Random(5);

    private void read(String channel, double second, double value, Quality quality) {
        long time = Streams.START + Math.round(second * 1e6);
        window.accept(
                new Reading.Scalar(new ChannelId("unit-1", channel), time, time, quality, value),
                3,
                o -> detector.inspect(o, findings::add));
    }

    private void healthy(int from, int to) {
        for (int s = from; s < to; s++) {
            read("flow_m3_s", s, 0.45 + 0.01 * random.nextGaussian(), Quality.GOOD);
        }
    }

    private List<String> told() {
        return findings.stream()
                .map(f -> f.symptom() + (f.active() ? " begins " : " ends ") + f.severity())
                .distinct()
                .toList();
    }

    @Test
    void aValueThatRepeatsBitForBitIsStuckUntilItMoves() {
        healthy(0, 20);
        for (int s = 20; s < 55; s++) {
            read("flow_m3_s", s, 0.45, Quality.GOOD);
        }
        assertThat(findings).first().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_stuck");
            assertThat((f.timeMicros() - Streams.START) / 1_000_000).isEqualTo(50);
        });
        healthy(55, 70);
        assertThat(told()).containsExactly("sensor_stuck begins WARNING", "sensor_stuck ends WARNING");
    }

    @Test
    void badQualityIsARemarkAtFirstAndAWarningWhenItLasts() {
        healthy(0, 10);
        for (int s = 10; s < 35; s++) {
            read("flow_m3_s", s, 0.45, Quality.BAD);
        }
        healthy(35, 60);
        assertThat(told())
                .containsExactly(
                        "sensor_bad_quality begins ADVISORY",
                        "sensor_bad_quality begins WARNING",
                        "sensor_bad_quality ends ADVISORY");
    }

    @Test
    void aValueBeyondTheSensorsRangeIsNamedWithItsBound() {
        healthy(0, 10);
        read("flow_m3_s", 10, 2500, Quality.GOOD);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_out_of_range");
            assertThat(f.limit()).isEqualTo(2000);
            assertThat(f.value()).isEqualTo(2500);
        });
    }

    @Test
    void silenceIsAGapWhenOthersGoOn() {
        for (int s = 0; s < 80; s++) {
            read("flow_m3_s", s, 0.45 + 0.01 * random.nextGaussian(), Quality.GOOD);
            if (s < 30 || s > 60) {
                read("speed_rpm", s, 750 + random.nextGaussian(), Quality.GOOD);
            }
        }
        assertThat(findings).allSatisfy(f -> assertThat(f.channel()).isEqualTo("speed_rpm"));
        assertThat(told()).containsExactly("sensor_gap begins WARNING", "sensor_gap ends WARNING");
    }

    @Test
    void oneSpikeIsARemarkAndManyAreANoisySensor() {
        healthy(0, 60);
        read("flow_m3_s", 60, 9, Quality.GOOD);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).as("said at once").isEqualTo(Finding.SPIKE);
            assertThat(f.passing()).isTrue();
            assertThat(f.value()).isEqualTo(9);
            assertThat(f.baseline()).isCloseTo(0.45, within(0.01));
        });
        healthy(61, 70);
        assertThat(findings).hasSize(2).last().satisfies(f -> {
            assertThat(f.symptom()).as("confirmed by the next reading").isEqualTo("sensor_spike");
            assertThat(f.value()).isEqualTo(9);
            assertThat(f.severity()).isEqualTo(Severity.ADVISORY);
        });
        for (int s = 70; s < 90; s++) {
            read("flow_m3_s", s, s % 4 == 0 ? 9 + s : 0.45 + 0.01 * random.nextGaussian(), Quality.GOOD);
        }
        assertThat(findings).anySatisfy(f -> assertThat(f.severity()).isEqualTo(Severity.WARNING));
    }

    @Test
    void aValuePinnedAtTheEndOfItsRangeIsClipping() {
        healthy(0, 10);
        for (int s = 10; s < 25; s++) {
            read("flow_m3_s", s, 2000, Quality.GOOD);
        }
        assertThat(findings).first().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_clipping");
            assertThat(f.limit()).isEqualTo(2000);
            assertThat((f.timeMicros() - Streams.START) / 1_000_000).isEqualTo(12);
        });
        healthy(25, 40);
        assertThat(told())
                .containsExactly(
                        "sensor_clipping begins ADVISORY",
                        "sensor_clipping begins WARNING",
                        "sensor_clipping ends ADVISORY");
    }

    @Test
    void aChangeFasterThanTheQuantityCanMakeIsTheSensorsAndANewLevelIsBelieved() {
        gate();
        for (int s = 0; s < 10; s++) {
            read("gate_opening_pct", s, 40 + s, Quality.GOOD);
        }
        assertThat(findings).as("1 %/s is allowed").isEmpty();
        read("gate_opening_pct", 10, 80, Quality.GOOD);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_rate");
            assertThat(f.value()).isEqualTo(31);
            assertThat(f.limit()).isEqualTo(5);
            assertThat(f.unit()).isEqualTo("%/s");
            assertThat(f.severity()).isEqualTo(Severity.ADVISORY);
        });
        for (int s = 11; s < 20; s++) {
            read("gate_opening_pct", s, 80 + s % 2, Quality.GOOD);
        }
        assertThat(told()).containsExactly("sensor_rate begins ADVISORY", "sensor_rate ends ADVISORY");
    }

    private void gate() {
        Channel gate = new Channel(
                "gate_opening_pct",
                "gate_opening",
                "%",
                OptionalDouble.empty(),
                0.1,
                OptionalDouble.of(0),
                OptionalDouble.of(100),
                Duration.ZERO,
                OptionalDouble.of(5),
                List.of());
        Asset asset = new Asset(
                "unit-1", "hydro_francis", OptionalDouble.empty(), OptionalInt.empty(), 50, List.of(gate), List.of());
        detector = new ValidityDetector(asset, ValiditySettings.standard());
        window = new AssetWindow(asset, Streams::features);
    }

    @Test
    void aClippedWaveformIsToldAndTheNextWholeOneEndsIt() {
        wave(0, 0.5f);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_clipping");
            assertThat(f.channel()).isEqualTo("vibration_de");
            assertThat(Math.abs(f.value())).isEqualTo(0.5);
            assertThat(f.severity()).isEqualTo(Severity.WARNING);
        });
        wave(1, 100);
        assertThat(told()).containsExactly("sensor_clipping begins WARNING", "sensor_clipping ends WARNING");
    }

    private void wave(int second, float end) {
        float[] samples = new float[1024];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = Math.clamp((float) random.nextGaussian(), -end, end);
        }
        long time = Streams.START + second * 1_000_000L;
        window.accept(
                new Reading.Waveform(new ChannelId("unit-1", "vibration_de"), time, time, Quality.GOOD, samples, 1000),
                3,
                o -> detector.inspect(o, findings::add));
    }

    @Test
    void aClockThatWasNeverSetIsToldAndSetItIsOver() {
        for (int s = 0; s < 5; s++) {
            stamped(s, 1_000_000L * s);
        }
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_clock");
            assertThat(f.timeMicros()).isEqualTo(Streams.START);
            assertThat(f.value()).isLessThan(-1e9);
            assertThat(f.limitSource()).contains("receive times");
        });
        stamped(6, Streams.START + 6_000_000);
        assertThat(told()).containsExactly("sensor_clock begins WARNING", "sensor_clock ends WARNING");
        assertThat(window.dropped()).as("its readings were used").isZero();
    }

    private void stamped(int second, long source) {
        window.accept(
                new Reading.Scalar(
                        new ChannelId("unit-1", "flow_m3_s"),
                        source,
                        Streams.START + second * 1_000_000L,
                        Quality.GOOD,
                        0.45 + 0.01 * random.nextGaussian()),
                3,
                o -> detector.inspect(o, findings::add));
    }

    @Test
    void aGateThatIsClosedOrOpenIsThereTruly() {
        gate();
        for (int s = 0; s < 30; s++) {
            read("gate_opening_pct", s, s < 15 ? 0 : 100, Quality.GOOD);
        }
        assertThat(findings).noneMatch(f -> f.symptom().equals("sensor_clipping"));
    }
}
