package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One reading a second of flow; the other channels are silent from the start. */
class ValidityDetectorTest {
    private final ValidityDetector detector = new ValidityDetector(Streams.asset(), ValiditySettings.standard());
    private final AssetWindow window = Streams.window(Duration.ofSeconds(1));
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
        assertThat(findings).isEmpty();
        healthy(61, 70);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("sensor_spike");
            assertThat(f.value()).isEqualTo(9);
            assertThat(f.severity()).isEqualTo(Severity.ADVISORY);
        });
        for (int s = 70; s < 90; s++) {
            read("flow_m3_s", s, s % 4 == 0 ? 9 + s : 0.45 + 0.01 * random.nextGaussian(), Quality.GOOD);
        }
        assertThat(findings).anySatisfy(f -> assertThat(f.severity()).isEqualTo(Severity.WARNING));
    }
}
