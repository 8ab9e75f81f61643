package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.ChannelValidity.Verdict;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssetWindowTest {
    private static final long T0 = 1_800_000_000_000_000L;

    private final List<Observation> seen = new ArrayList<>();
    private final List<Double> shafts = new ArrayList<>();
    private final AssetWindow window = window();

    private AssetWindow window() {
        return new AssetWindow(asset(), (asset, channel, samples, rate, shaft) -> {
            shafts.add(shaft);
            return new VibrationFeatures(samples.length, 0, 3, 1, 0, 0, Double.NaN, shaft, List.of(), 0, List.of());
        });
    }

    private static Channel scalar(String id, String quantity) {
        return new Channel(
                id,
                quantity,
                "1",
                OptionalDouble.empty(),
                0,
                OptionalDouble.of(0),
                OptionalDouble.of(1000),
                Duration.ofSeconds(20),
                List.of());
    }

    private static Asset asset() {
        Channel waveform = new Channel(
                "vibration",
                "acceleration",
                "g",
                OptionalDouble.of(1000),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
        return new Asset(
                "m",
                "fan",
                OptionalDouble.empty(),
                OptionalInt.empty(),
                50,
                List.of(scalar("a", "flow"), waveform, scalar("rpm", "speed")),
                List.of());
    }

    private void read(String channel, double seconds, double value, Quality quality) {
        long time = T0 + Math.round(seconds * 1e6);
        window.accept(new Reading.Scalar(new ChannelId("m", channel), time, time, quality, value), 7, seen::add);
    }

    private void read(String channel, double seconds, double value) {
        read(channel, seconds, value, Quality.GOOD);
    }

    private void wave(double seconds, float... samples) {
        long time = T0 + Math.round(seconds * 1e6);
        window.accept(
                new Reading.Waveform(new ChannelId("m", "vibration"), time, time, Quality.GOOD, samples, 1000),
                8,
                seen::add);
    }

    private List<Observation.State> states() {
        return seen.stream()
                .filter(Observation.State.class::isInstance)
                .map(Observation.State.class::cast)
                .toList();
    }

    @Test
    void aGridInstantHoldsWhatWasKnownByThenAndNothingLater() {
        read("a", 0, 1);
        read("rpm", 0.4, 600);
        read("a", 0.9, 2);
        read("a", 1.0, 3);
        assertThat(states())
                .singleElement()
                .satisfies(s -> assertThat(s.timeMicros()).isEqualTo(T0));
        read("a", 1.1, 4);
        assertThat(states()).hasSize(2);
        assertThat(states().getLast().timeMicros()).isEqualTo(T0 + 1_000_000);
        assertThat(states().getLast().values()).containsExactly(3, 600);
        assertThat(states().getLast().position()).isEqualTo(7);
    }

    @Test
    void hoursOfSilenceTellNothingAndAValueGoesStale() {
        read("a", 0, 1);
        read("rpm", 0, 600);
        read("a", 7200, 2);
        assertThat(states()).hasSizeBetween(10, 12);
        read("a", 7201.5, 3);
        assertThat(states().getLast().values()).containsExactly(2, Double.NaN);
    }

    @Test
    void lateAndDuplicateReadingsAreCountedAndStayOutOfTheState() {
        read("a", 5, 1);
        read("a", 5, 9);
        read("a", 3, 9);
        read("a", 6.5, 2);
        assertThat(window.dropped()).isEqualTo(2);
        assertThat(states()).allSatisfy(s -> assertThat(s.values()[0]).isNotEqualTo(9));
        assertThat(seen.stream().filter(Observation.Sample.class::isInstance)).hasSize(4);
    }

    @Test
    void aClockThatWasSetBackIsFollowedAfterAWhile() {
        read("a", 100_000, 1);
        for (int i = 0; i < 40; i++) {
            read("a", i, 2 + i);
        }
        assertThat(states()).isNotEmpty();
        assertThat(states().getLast().timeMicros()).isBetween(T0 + 30_000_000, T0 + 40_000_000);
    }

    @Test
    void badUncertainOutOfRangeStuckAndUnplausibleValuesNeverEnterTheState() {
        read("rpm", 0, 600);
        read("a", 0, Double.NaN);
        read("a", 1, 5, Quality.BAD);
        read("a", 2, 5, Quality.UNCERTAIN);
        read("a", 3, 1e308);
        read("a", 4, -1);
        read("a", 5, Double.POSITIVE_INFINITY);
        read("a", 6.5, 1);
        assertThat(states())
                .hasSize(7)
                .allSatisfy(s -> assertThat(s.values()[0]).isNaN());
        for (int i = 7; i < 40; i++) {
            read("a", i, 42);
            read("rpm", i + 0.1, 600 + i);
        }
        assertThat(states().getLast().values()[0]).as("stuck").isNaN();
    }

    @Test
    void aSpikeIsWithheldAndAStepIsBelievedAtItsSecondReading() {
        ChannelValidity validity = new ChannelValidity(scalar("a", "flow"), ValiditySettings.standard());
        Random random = new Random(1);
        long time = T0;
        for (int i = 0; i < 60; i++) {
            assertThat(validity.judge(time += 1000, 10 + 0.1 * random.nextGaussian(), Quality.GOOD))
                    .isEqualTo(Verdict.VALID);
        }
        assertThat(validity.judge(time += 1000, 90, Quality.GOOD)).isEqualTo(Verdict.SPIKE);
        assertThat(validity.judge(time += 1000, 10.05, Quality.GOOD)).isEqualTo(Verdict.VALID);
        assertThat(validity.spike()).isEqualTo(90);
        assertThat(validity.judge(time += 1000, 20, Quality.GOOD)).isEqualTo(Verdict.SPIKE);
        assertThat(validity.judge(time += 1000, 20.1, Quality.GOOD)).isEqualTo(Verdict.VALID);
        assertThat(validity.spike()).isNaN();
        assertThat(validity.judge(time + 1000, 19.9, Quality.GOOD)).isEqualTo(Verdict.VALID);
    }

    @Test
    void aTimeThatRepeatsIsNoClockSetBackSoALateReadingAfterItStaysLate() {
        ChannelValidity validity = new ChannelValidity(scalar("a", "flow"), ValiditySettings.standard());
        assertThat(validity.judge(T0, 10, Quality.GOOD)).isEqualTo(Verdict.VALID);
        for (int i = 0; i < 50; i++) {
            assertThat(validity.judge(T0, 10, Quality.GOOD)).isEqualTo(Verdict.LATE);
        }
        assertThat(validity.judge(T0 - 1000, 10, Quality.GOOD)).isEqualTo(Verdict.LATE);
        assertThat(validity.judge(T0 + 1000, 10, Quality.GOOD)).isEqualTo(Verdict.VALID);
    }

    @Test
    void aRestartForgetsNothingThatAReadingIsHeldAgainst() throws IOException {
        Channel fast = new Channel(
                "a",
                "flow",
                "1",
                OptionalDouble.empty(),
                0,
                OptionalDouble.of(0),
                OptionalDouble.of(1000),
                Duration.ofSeconds(5),
                OptionalDouble.of(2),
                List.of());
        Random random = new Random(3);
        ChannelValidity whole = new ChannelValidity(fast, ValiditySettings.standard());
        ChannelValidity parts = new ChannelValidity(fast, ValiditySettings.standard());
        Set<Verdict> seen = EnumSet.noneOf(Verdict.class);
        double value = 10;
        for (int i = 0; i < 3000; i++) {
            int kind = random.nextInt(40);
            value = kind < 20 ? 10 + 0.1 * random.nextGaussian() : kind == 20 ? 60 : kind == 21 ? 1000 : value;
            long time = T0 + (kind == 22 ? i - 5 : i) * 1_000_000L;
            Quality quality = kind == 23 ? Quality.BAD : Quality.GOOD;
            Verdict verdict = whole.judge(time, value, quality);
            assertThat(parts.judge(time, value, quality)).as("reading %d", i).isEqualTo(verdict);
            assertThat(parts.rate()).isEqualTo(Double.valueOf(whole.rate()));
            assertThat(parts.spike()).isEqualTo(Double.valueOf(whole.spike()));
            seen.add(verdict);
            ByteArrayOutputStream saved = new ByteArrayOutputStream();
            parts.write(new DataOutputStream(saved));
            parts = new ChannelValidity(fast, ValiditySettings.standard());
            parts.read(new DataInputStream(new ByteArrayInputStream(saved.toByteArray())));
        }
        assertThat(seen).contains(Verdict.LATE, Verdict.RATE, Verdict.BAD_QUALITY, Verdict.STUCK, Verdict.VALID);
    }

    @Test
    void onlyUsableWaveformsBecomeFeaturesWithTheFreshestSpeed() {
        float[] good = new float[256];
        for (int i = 0; i < good.length; i++) {
            good[i] = i % 7;
        }
        float[] broken = good.clone();
        broken[100] = Float.NaN;
        wave(1, good);
        read("rpm", 2, 750);
        wave(2.5, good);
        wave(2.5, good);
        wave(3, new float[255]);
        wave(4, new float[256]);
        wave(5, broken);
        wave(100, good);
        assertThat(shafts).containsExactly(Double.NaN, 12.5, Double.NaN);
        assertThat(seen.stream().filter(Observation.Vibration.class::isInstance))
                .hasSize(3);
        assertThat(seen)
                .filteredOn(
                        o -> o instanceof Observation.Sample s && s.channel().isWaveform())
                .hasSize(3)
                .allSatisfy(o -> assertThat(((Observation.Sample) o).quality()).isEqualTo(Quality.BAD));
    }

    @Test
    void goingOnFromASnapshotIsTheSameAsNeverStopping() {
        Random random = new Random(4);
        List<Observation> whole = new ArrayList<>();
        List<Observation> parts = new ArrayList<>();
        AssetWindow steady = window();
        AssetWindow stopped = window();
        long time = T0;
        for (int i = 0; i < 3000; i++) {
            time += random.nextInt(400_000) - 20_000;
            double value = random.nextInt(20) == 0 ? 1e9 : random.nextInt(50);
            Reading reading = new Reading.Scalar(
                    new ChannelId("m", random.nextBoolean() ? "a" : "rpm"), time, time, Quality.GOOD, value);
            steady.accept(reading, i, whole::add);
            stopped.accept(reading, i, parts::add);
            if (random.nextInt(40) == 0) {
                byte[] snapshot = stopped.snapshot();
                stopped = window();
                stopped.restore(snapshot);
                assertThat(stopped.snapshot()).isEqualTo(snapshot);
            }
        }
        assertThat(described(parts)).isEqualTo(described(whole));
        assertThat(whole).hasSizeGreaterThan(3000);
    }

    private static List<String> described(List<Observation> observations) {
        return observations.stream()
                .map(o -> o.timeMicros() + " " + o.position() + " "
                        + switch (o) {
                            case Observation.Sample sample -> sample.channel().id() + " " + sample.value();
                            case Observation.State state -> Arrays.toString(state.values());
                            case Observation.Vibration vibration ->
                                vibration.features().toString();
                            case Observation.Clock clock -> clock.trusted() + " " + clock.aheadSeconds();
                            case Observation.Clipped clipped -> "clipped at " + clipped.extreme();
                        })
                .toList();
    }

    @Test
    void readingsOfOthersAreCountedOnly() {
        window.accept(new Reading.Scalar(new ChannelId("other", "a"), T0, T0, Quality.GOOD, 1), 1, seen::add);
        window.accept(new Reading.Scalar(new ChannelId("m", "nobody"), T0, T0, Quality.GOOD, 1), 1, seen::add);
        assertThat(window.unknown()).isEqualTo(2);
        assertThat(seen).isEmpty();
    }
}
