package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;

/** Limits 80 (warning) and 90 (alarm), hysteresis 2, 1 s to begin, 2 s to end; velocity 4.5 mm/s. */
class LimitDetectorTest {
    private final LimitDetector detector = new LimitDetector(Streams.asset(), ValiditySettings.standard());
    private final AssetWindow window = Streams.window(Duration.ofSeconds(1));
    private final List<Finding> findings = new ArrayList<>();

    private void temperature(double second, double value, Quality quality) {
        long time = Streams.START + Math.round(second * 1e6);
        window.accept(
                new Reading.Scalar(new ChannelId("unit-1", "bearing_temp_c"), time, time, quality, value),
                3,
                o -> detector.inspect(o, findings::add));
    }

    private void temperature(double second, double value) {
        temperature(second, value, Quality.GOOD);
    }

    @Test
    void aLimitBeginsAfterItsDelayAndEndsBelowItsHysteresisAfterItsDelay() {
        temperature(0, 70);
        temperature(1, 81);
        temperature(1.9, 81.1);
        assertThat(findings).isEmpty();
        temperature(2, 81.2);
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("bearing_temperature_high");
            assertThat(f.active()).isTrue();
            assertThat(f.limit()).isEqualTo(80);
            assertThat(f.limitSource()).isEqualTo("site");
            assertThat(f.severity()).isEqualTo(Severity.WARNING);
            assertThat(f.tier()).isEqualTo(Finding.Tier.LIMIT);
        });
        temperature(3, 79);
        temperature(6, 78.5);
        assertThat(findings).as("inside the hysteresis it stays").hasSize(1);
        temperature(7, 77);
        temperature(8.9, 77.1);
        assertThat(findings).hasSize(1);
        temperature(9, 77.2);
        assertThat(findings).hasSize(2);
        assertThat(findings.getLast().active()).isFalse();
    }

    @Test
    void aShortCrossingIsNoAlarm() {
        temperature(0, 85);
        temperature(0.5, 70);
        temperature(1.2, 85.1);
        temperature(2.1, 70.1);
        assertThat(findings).isEmpty();
    }

    @Test
    void theHeavierOfTwoLimitsSpeaksAndTheLighterGoesOnAfterIt() {
        temperature(0, 95);
        temperature(1, 95.1);
        assertThat(findings.getLast().severity()).isEqualTo(Severity.ALARM);
        temperature(2, 85);
        temperature(4.1, 85.1);
        assertThat(findings.getLast().active()).isTrue();
        assertThat(findings.getLast().severity()).isEqualTo(Severity.WARNING);
        temperature(5, 60);
        temperature(7.1, 60.1);
        assertThat(findings.getLast().active()).isFalse();
    }

    @Test
    void invalidReadingsNeitherBeginNorEndAnAlarm() {
        temperature(0, 81, Quality.BAD);
        temperature(2, 81.1, Quality.BAD);
        assertThat(findings).isEmpty();
        temperature(3, 81.2);
        temperature(4, 81.3);
        assertThat(findings).hasSize(1);
        temperature(5, 20, Quality.UNCERTAIN);
        temperature(9, 20.1, Quality.BAD);
        temperature(9.5, Double.NaN);
        assertThat(findings).hasSize(1);
    }

    @Test
    void aLimitOnAFeatureOfAWaveformSpeaksWithTheFirstWaveform() {
        float[] samples = new float[256];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = i % 2;
        }
        window.accept(
                new Reading.Waveform(
                        new ChannelId("unit-1", "vibration_de"),
                        Streams.START,
                        Streams.START,
                        Quality.GOOD,
                        samples,
                        1000),
                3,
                o -> detector.inspect(o, findings::add));
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("velocity_rms_high");
            assertThat(f.unit()).isEqualTo("mm/s");
            assertThat(f.limitSource()).isEqualTo("ISO 20816-3 zone C/D");
        });
    }

    @Test
    void aLimitOnNoFeatureWeKnowIsRefusedWithTheOnesWeDo() {
        Channel wrong = new Channel(
                "x",
                "flow",
                "1",
                OptionalDouble.empty(),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of(Streams.SHAKES));
        Asset asset = new Asset("m", "fan", OptionalDouble.empty(), OptionalInt.empty(), 50, List.of(wrong), List.of());
        assertThatThrownBy(() -> new LimitDetector(asset, ValiditySettings.standard()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("velocity_rms")
                .hasMessageContaining("expected value");
    }

    @Test
    void theDelayOfALimitGoesByTheReceiveTimeWhereTheClockIsNotTrusted() {
        // the device's clock is two hours ahead and runs ten times too slow: by it the delay would last ten seconds
        for (int tenth = 0; tenth <= 10; tenth++) {
            long received = Streams.START + tenth * 100_000L;
            window.accept(
                    new Reading.Scalar(
                            new ChannelId("unit-1", "bearing_temp_c"),
                            Streams.START + 7_200_000_000L + tenth * 10_000L,
                            received,
                            Quality.GOOD,
                            85 + 0.01 * tenth),
                    3,
                    o -> detector.inspect(o, findings::add));
        }
        assertThat(findings).singleElement().satisfies(f -> {
            assertThat(f.symptom()).isEqualTo("bearing_temperature_high");
            assertThat(f.timeMicros()).isEqualTo(Streams.START + 1_000_000);
        });
    }
}
