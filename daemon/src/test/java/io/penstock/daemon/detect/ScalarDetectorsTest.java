package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every scalar detector promises. */
class ScalarDetectorsTest {
    enum Kind {
        VALIDITY(() -> new ValidityDetector(Streams.asset(), ValiditySettings.standard())),
        LIMIT(() -> new LimitDetector(Streams.asset(), ValiditySettings.standard())),
        STATE(() -> new StateDetector(Streams.asset(), StateSettings.standard().withFitVectors(75))),
        CHART(() -> new EwmaDetector(
                Streams.asset(), EwmaSettings.of(StateSettings.standard().withFitVectors(75)))),
        ONSET(() -> new OnsetDetector(Streams.asset(), OnsetSettings.multivariate()));

        final Supplier<Detector> make;

        Kind(Supplier<Detector> make) {
            this.make = make;
        }
    }

    @ParameterizedTest
    @EnumSource
    void goingOnFromASnapshotIsTheSameAsNeverStopping(Kind kind) {
        for (long seed = 1; seed <= 6; seed++) {
            List<Reading> readings = new ArrayList<>(Streams.healthy(seed, 60, 5));
            readings.addAll(Streams.unkind(seed, 2500));
            List<Observation> observations = Streams.observe(Streams.window(Duration.ofMillis(200)), readings, 0);
            List<Finding> whole = Streams.inspect(kind.make.get(), observations);

            Random random = new Random(seed);
            Detector detector = kind.make.get();
            List<Finding> parts = new ArrayList<>();
            int from = 0;
            while (from < observations.size()) {
                int to = Math.min(observations.size(), from + 1 + random.nextInt(900));
                parts.addAll(Streams.inspect(detector, observations.subList(from, to)));
                byte[] snapshot = detector.snapshot();
                detector = kind.make.get();
                detector.restore(snapshot);
                assertThat(detector.snapshot()).as("seed %d at %d", seed, to).isEqualTo(snapshot);
                from = to;
            }
            assertThat(parts).as("seed %d", seed).isEqualTo(whole);
            assertThat(whole).as("seed %d says something at all", seed).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void unkindReadingsNeverCrashAndNeverMakeSenselessFindings(Kind kind) {
        for (long seed = 11; seed <= 16; seed++) {
            AssetWindow window = Streams.window(seed % 2 == 0 ? Duration.ofSeconds(1) : Duration.ZERO);
            List<Observation> observations = Streams.observe(window, Streams.unkind(seed, 3000), 0);
            for (Finding finding : Streams.inspect(kind.make.get(), observations)) {
                assertThat(finding.strength()).isBetween(0.0, 1.0);
                assertThat(finding.share()).isBetween(0.0, 1.0);
                assertThat(finding.symptom()).matches("[a-z_]+");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSnapshotOfAnotherKindOrWithAFlippedBitIsRefused(Kind kind) {
        List<Observation> observations =
                Streams.observe(Streams.window(Duration.ofMillis(200)), Streams.healthy(3, 30, 5), 0);
        Detector detector = kind.make.get();
        Streams.inspect(detector, observations);
        byte[] snapshot = detector.snapshot();
        Detector other = Kind.values()[(kind.ordinal() + 1) % Kind.values().length].make.get();
        assertThatThrownBy(() -> other.restore(snapshot)).isInstanceOf(IllegalArgumentException.class);
        byte[] flipped = snapshot.clone();
        flipped[flipped.length / 2] ^= 4;
        assertThatThrownBy(() -> detector.restore(flipped)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> detector.restore(new byte[] {1, 2, 3})).isInstanceOf(IllegalArgumentException.class);
        assertThat(detector.snapshot()).isEqualTo(kind.make.get().snapshot());
    }
}
