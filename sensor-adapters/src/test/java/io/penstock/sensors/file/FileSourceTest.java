package io.penstock.sensors.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Playback;
import io.penstock.fixtures.plant.Recording;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final List<Reading> taken = new CopyOnWriteArrayList<>();

    private Path file(String content) throws Exception {
        return Files.writeString(folder.resolve("recorded"), content);
    }

    private SourceHealth replay(FileSourceSettings settings) {
        return replay(settings, delivery -> taken.addAll(delivery.readings()));
    }

    private static SourceHealth replay(FileSourceSettings settings, ReadingSink sink) {
        try (FileSource source = new FileSource(settings, InstantSource.system())) {
            source.start(sink);
            await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.FINISHED);
            return source.health();
        }
    }

    private List<Double> values() {
        return taken.stream().map(r -> ((Reading.Scalar) r).value()).toList();
    }

    @Test
    void tableWithSemicolonsIsOneChannelAColumn() throws Exception {
        Path file = file("""
                datetime;Current;Volume Flow RateRMS;anomaly
                2020-02-08 13:30:47;2.16975;122.664;0.0
                2020-02-08 13:30:48;2,07999;;1.0
                """);
        SourceHealth health = replay(new FileSourceSettings("skab", file, "pump", Set.of("anomaly"), null));
        assertThat(health.received()).isEqualTo(3);
        assertThat(health.rejected()).isZero();
        assertThat(taken.getFirst().channel()).isEqualTo(new ChannelId("pump", "Current"));
        assertThat(taken.getFirst().sourceMicros()).isEqualTo(1_581_168_647_000_000L);
        assertThat(values()).containsExactly(2.16975, 122.664, 2.07999);
    }

    @Test
    void tableWithCommasTakesEveryFormOfTime() throws Exception {
        Path file = file("\ufefftime,\"flow, m3/s\"\r\n2026-09-21T14:13:20Z,1\r\n1790000001,2\r\n1790000002000,3\r\n"
                + "1790000003000000,4\r\n2026-09-21T19:58:24+05:45,5");
        replay(FileSourceSettings.of("table", file, "unit-1"));
        assertThat(taken)
                .extracting(Reading::sourceMicros)
                .containsExactly(
                        1_790_000_000_000_000L,
                        1_790_000_001_000_000L,
                        1_790_000_002_000_000L,
                        1_790_000_003_000_000L,
                        1_790_000_004_000_000L);
        assertThat(taken.getFirst().channel()).isEqualTo(new ChannelId("unit-1", "flow, m3/s"));
    }

    @Test
    void badLinesAreCountedAndTheRestGoesOn() throws Exception {
        Path file = file("""
                time,a,b
                yesterday,1,2
                1790000001,1
                1790000002,1,high
                1790000003,1,NaN

                1790000004,3,4
                """);
        SourceHealth health = replay(FileSourceSettings.of("table", file, "unit-1"));
        assertThat(health.rejected()).isEqualTo(3);
        assertThat(values()).containsExactly(1.0, Double.NaN, 3.0, 4.0);
        assertThat(taken.get(1).quality()).isEqualTo(Quality.BAD);
    }

    @Test
    void recordedStreamGivesScalarsAndWaveforms() throws Exception {
        Path file = file("""
                {"asset":"unit-1","channel":"head_m","ts":1790000000123,"value":42.5}
                {"asset":"unit-1","channel":"vibration_de","ts":1790000000124,"fs":12800,"samples_b64":"AACAPwAAAMA="}
                {"asset":"unit-1","channel":"vibration_de","ts":1790000000125,"fs":0,"samples_b64":"AACAPwAAAMA="}
                {"asset":"unit-1","channel":"vibration_de","ts":1790000000125,"fs":12800,"samples_b64":"AAC%"}
                {"asset":"unit-1","channel":"","ts":1790000000125,"value":1}
                {"asset":"unit-1","channel":"head_m","ts":5,"value":1}
                not JSON
                {"asset":"unit-1","channel":"head_m","ts":1790000000126,"value":null}
                """);
        SourceHealth health = replay(FileSourceSettings.of("day", file, "unused"));
        assertThat(health.rejected()).isEqualTo(5);
        assertThat(taken).hasSize(3);
        assertThat(taken.getFirst().sourceMicros()).isEqualTo(1_790_000_000_123_000L);
        Reading.Waveform waveform = (Reading.Waveform) taken.get(1);
        assertThat(waveform.samples()).containsExactly(1, -2);
        assertThat(waveform.rateHz()).isEqualTo(12_800);
        assertThat(taken.get(2).quality()).isEqualTo(Quality.BAD);
    }

    @Test
    void recordingOfTheSimulatedPlantIsReplayedWhole() throws Exception {
        Path file = folder.resolve("plant.jsonl");
        Recording.write(file, "unit-1", new Playback(new HydroUnit(1), 1_790_000_000_000L), 2);
        SourceHealth health = replay(FileSourceSettings.of("plant", file, "unused"));
        assertThat(health.rejected()).isZero();
        // five readings a second of eight slow signals, both ends of two seconds; a waveform a second of two bearings
        assertThat(taken).filteredOn(Reading.Scalar.class::isInstance).hasSize(8 * 11);
        assertThat(taken)
                .filteredOn(Reading.Waveform.class::isInstance)
                .hasSize(2 * 2)
                .allSatisfy(reading -> {
                    assertThat(((Reading.Waveform) reading).samples()).hasSize(HydroUnit.WINDOW_SAMPLES);
                    assertThat(((Reading.Waveform) reading).rateHz()).isEqualTo(HydroUnit.SAMPLE_RATE);
                });
    }

    @Test
    void fullSinkMakesTheReplayWaitAndNothingIsLeftOut() throws Exception {
        StringBuilder table = new StringBuilder("time,a\n");
        for (int i = 0; i < 200; i++) {
            table.append(1_790_000_000L + i).append(',').append(i).append('\n');
        }
        AtomicInteger offers = new AtomicInteger();
        SourceHealth health = replay(
                FileSourceSettings.of("table", file(table.toString()), "unit-1"),
                delivery -> offers.incrementAndGet() % 3 == 0 && taken.addAll(delivery.readings()));
        assertThat(health.received()).isEqualTo(200);
        assertThat(values()).isSorted().hasSize(200);
    }

    @Test
    void pacedReplayKeepsTheSourceTimesSpacing() throws Exception {
        Path file = file("time,a\n1790000000,1\n1790000030,2\n1790000060,3\n");
        long start = System.nanoTime();
        replay(new FileSourceSettings("table", file, "unit-1", Set.of(), 60.0));
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isBetween(950L, 10_000L);
        assertThat(values()).containsExactly(1.0, 2.0, 3.0);
    }

    @Test
    void closeEndsAPacedReplayAtOnce() throws Exception {
        Path file = file("time,a\n1790000000,1\n1790086400,2\n");
        FileSource source =
                new FileSource(new FileSourceSettings("table", file, "unit-1", Set.of(), 1.0), InstantSource.system());
        source.start(delivery -> taken.addAll(delivery.readings()));
        await().atMost(PATIENCE).until(() -> taken.size() == 1);
        long start = System.nanoTime();
        source.close();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(2_000);
        assertThat(source.health().state()).isEqualTo(SourceHealth.State.CLOSED);
        assertThat(taken).hasSize(1);
    }

    @Test
    void fileThatIsNotThereIsFinishedWithItsReason() {
        SourceHealth health = replay(FileSourceSettings.of("gone", folder.resolve("gone.csv"), "unit-1"));
        assertThat(health.detail()).contains("gone.csv").contains("NoSuchFile");
    }

    @Test
    void aReplayThatTripsOverABugEndsAndSaysSo() throws Exception {
        Path file = file("time,a\n1790000000,1\n");
        InstantSource broken = () -> {
            throw new IllegalStateException("a bug");
        };
        try (FileSource source = new FileSource(FileSourceSettings.of("table", file, "unit-1"), broken)) {
            source.start(delivery -> true);
            await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.FINISHED);
            assertThat(source.health().detail())
                    .contains("in an unforeseen way")
                    .contains("a bug");
        }
    }

    @Test
    void everyLineHasAnOutcome() {
        Random random = new Random(20_261_122);
        String good =
                "{\"asset\":\"u\",\"channel\":\"c\",\"ts\":1790000000124,\"fs\":12800,\"samples_b64\":\"AACAPw==\"}";
        ChannelTable table = ChannelTable.ofHeader("time;a;b", "u", Set.of());
        int usable = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder line = new StringBuilder(i % 2 == 0 ? good : "1790000000;1,5;-2e3");
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                line.setCharAt(random.nextInt(line.length()), (char) random.nextInt(i % 3 == 0 ? 0x10000 : 128));
            }
            LineOutcome outcome = i % 2 == 0 ? RecordedLine.parse(line.toString(), 1) : table.row(line.toString(), 1);
            usable += outcome instanceof LineOutcome.Readings ? 1 : 0;
        }
        assertThat(usable).isBetween(1_000, 99_000);
    }
}
