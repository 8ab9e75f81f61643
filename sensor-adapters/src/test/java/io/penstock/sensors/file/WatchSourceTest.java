package io.penstock.sensors.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.sensors.file.WatchSettings.Then;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration QUIET = Duration.ofMillis(300);
    private static final String ROWS = "time;temp_c\n2026-11-22T10:00:00Z;4,5\n2026-11-22T10:00:01Z;4,6\n";

    @TempDir
    Path folder;

    private Path inbox;
    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();

    @BeforeEach
    void makeInbox() throws Exception {
        inbox = Files.createDirectory(folder.resolve("inbox"));
    }

    @Test
    void aFileIsMovedOnlyWhenAllItHeldIsSaved() throws Exception {
        try (WatchSource source = started(Then.MOVE)) {
            Files.writeString(inbox.resolve("a.csv"), ROWS);
            await().atMost(PATIENCE).until(() -> readings().size() == 2);
            assertThat(inbox.resolve("a.csv")).as("not yet on disk").exists();
            deliveries.forEach(d -> d.saved().run());
            await().atMost(PATIENCE).until(() -> Files.exists(inbox.resolve("done/a.csv")));
            assertThat(inbox.resolve("a.csv")).doesNotExist();
            assertThat(source.health().received()).isEqualTo(2);
            assertThat(source.health().state()).isEqualTo(SourceHealth.State.RUNNING);
        }
        assertThat(readings()).extracting(r -> ((Reading.Scalar) r).value()).containsExactly(4.5, 4.6);
    }

    @Test
    void whatWasNotSavedIsReadAgainByTheNextStartAndWhatWasIsNot() throws Exception {
        Files.writeString(inbox.resolve("a.csv"), ROWS);
        for (Then then : Then.values()) {
            deliveries.clear();
            try (WatchSource killed = started(then)) {
                await().atMost(PATIENCE).until(() -> readings().size() == 2);
            }
            deliveries.clear();
            try (WatchSource again = started(then)) {
                await().atMost(PATIENCE).until(() -> readings().size() == 2);
                deliveries.forEach(d -> d.saved().run());
                await().atMost(PATIENCE).until(() -> again.health().detail().endsWith("1 files"));
            }
            deliveries.clear();
            try (WatchSource third = started(then)) {
                Files.writeString(inbox.resolve("b.csv"), ROWS);
                await().atMost(PATIENCE).until(() -> !readings().isEmpty());
                deliveries.forEach(d -> d.saved().run());
                await().atMost(PATIENCE).until(() -> third.health().detail().endsWith("1 files"));
                assertThat(readings()).as("of the new file alone").hasSize(2);
            }
            assertThat(Files.exists(inbox.resolve("a.csv"))).isEqualTo(then == Then.KEEP);
            Files.writeString(inbox.resolve("a.csv"), ROWS);
        }
    }

    @Test
    void aFileThatIsStillBeingWrittenIsLeftAlone() throws Exception {
        Files.writeString(inbox.resolve("half.csv.part"), ROWS);
        Files.writeString(inbox.resolve(".hidden.csv"), ROWS);
        Files.createSymbolicLink(inbox.resolve("link.csv"), Files.writeString(folder.resolve("secret"), ROWS));
        Path slow = Files.writeString(inbox.resolve("slow.csv"), ROWS);
        try (WatchSource source = started(Then.MOVE, Duration.ofSeconds(2))) {
            for (int i = 2; i < 30; i++) {
                Files.writeString(slow, "2026-11-22T10:00:%02dZ;5\n".formatted(i), StandardOpenOption.APPEND);
                await().pollDelay(Duration.ofMillis(100)).until(() -> true);
                assertThat(readings()).isEmpty();
            }
            await().atMost(PATIENCE).until(() -> readings().size() == 30);
            assertThat(source.health().rejected()).isZero();
        }
    }

    @Test
    void aBrokenFileIsPutAsideWithTheReasonBesideItAndTheOthersAreTaken() throws Exception {
        Files.writeString(inbox.resolve("a.csv"), "no header\n");
        Files.writeString(inbox.resolve("b.csv"), "time;temp_c\nyesterday;4\n");
        Files.write(inbox.resolve("c.npy"), new byte[] {1, 2, 3});
        Files.writeString(inbox.resolve("d.csv"), "");
        Files.writeString(inbox.resolve("e.csv"), ROWS);
        try (WatchSource source = started(Then.MOVE)) {
            await().atMost(PATIENCE).until(() -> readings().size() == 2);
            deliveries.forEach(d -> d.saved().run());
            await().atMost(PATIENCE).until(() -> Files.exists(inbox.resolve("done/e.csv")));
            await().atMost(PATIENCE).until(() -> Files.exists(inbox.resolve("rejected/d.csv")));
            assertThat(inbox.resolve("rejected/a.csv.reason.txt")).content().contains("header has 1 columns");
            assertThat(inbox.resolve("rejected/b.csv.reason.txt"))
                    .content()
                    .contains("none of its 1 lines is usable; line 2: found 'yesterday'");
            assertThat(inbox.resolve("rejected/c.npy.reason.txt")).content().contains("numpy.save");
            assertThat(inbox.resolve("rejected/d.csv.reason.txt")).content().contains("no reading");
            assertThat(source.health().rejected()).isEqualTo(5);
        }
    }

    @Test
    void aRecordingOfTwoChannelsBecomesWaveformsThatEndWhenItWasWritten() throws Exception {
        Path wav = Files.write(inbox.resolve("run.wav"), wav(2_000, 2, 3_000));
        Instant written = Instant.parse("2026-11-22T10:00:03Z");
        Files.setLastModifiedTime(wav, FileTime.from(written));
        try (WatchSource source = started(Then.KEEP)) {
            await().atMost(PATIENCE).until(() -> readings().size() == 6);
            deliveries.forEach(d -> d.saved().run());
            await().atMost(PATIENCE).until(() -> source.health().detail().endsWith("1 files"));
        }
        assertThat(wav).as("kept where it is").exists();
        assertThat(readings())
                .extracting(r -> r.channel().channel())
                .containsExactly("de", "nde", "de", "nde", "de", "nde");
        long start = written.minusMillis(1_500).toEpochMilli() * 1_000;
        assertThat(readings())
                .extracting(Reading::sourceMicros)
                .containsExactly(start, start, start + 512_000, start + 512_000, start + 1_024_000, start + 1_024_000);
        assertThat(readings())
                .extracting(r -> ((Reading.Waveform) r).samples().length)
                .containsExactly(1024, 1024, 1024, 1024, 952, 952);
    }

    @Test
    void aFolderThatIsNotThereIsSaidAndWaitedFor() throws Exception {
        Files.delete(inbox);
        try (WatchSource source = started(Then.MOVE)) {
            await().atMost(PATIENCE).until(() -> source.health().detail().contains("make it, or mount it"));
            assertThat(source.health().state()).isEqualTo(SourceHealth.State.CONNECTING);
            Files.createDirectory(inbox);
            Files.writeString(inbox.resolve("a.csv"), ROWS);
            await().atMost(PATIENCE).until(() -> readings().size() == 2);
        }
    }

    @Test
    void filesThatAreGoneOrWrittenAnewFillTheLedgerNoMoreThanTheyMay() throws Exception {
        Path ledger = folder.resolve("ledger");
        TakenFiles taken = TakenFiles.open(ledger, inbox);
        Files.writeString(inbox.resolve("stays.csv"), ROWS);
        TakenFiles.Seen stays = new TakenFiles.Seen("stays.csv", 1, 2);
        taken.add(stays);
        for (int i = 0; i < TakenFiles.MOST_GONE; i++) {
            taken.add(new TakenFiles.Seen("gone-" + i + ".csv", i, 7));
        }
        assertThat(Files.readAllLines(ledger)).hasSizeLessThan(10);
        assertThat(taken.contains(new TakenFiles.Seen("gone-7.csv", 7, 7))).isFalse();
        assertThat(taken.contains(stays)).isTrue();
        for (int i = 0; i < TakenFiles.MOST_GONE; i++) {
            stays = new TakenFiles.Seen("stays.csv", i, 9);
            taken.add(stays);
        }
        assertThat(Files.readAllLines(ledger)).hasSizeLessThan(10);
        assertThat(taken.contains(stays)).isTrue();
        assertThat(TakenFiles.open(ledger, inbox).contains(stays)).isTrue();
    }

    @Test
    void aLedgerThatAKillCutOffIsReadAsFarAsItGoes() throws Exception {
        Path ledger = folder.resolve("ledger");
        Path kept = Files.writeString(inbox.resolve("a b\n.csv"), ROWS);
        TakenFiles.Seen seen = new TakenFiles.Seen("a b\n.csv", 5, Files.size(kept));
        TakenFiles.open(ledger, inbox).add(seen);
        Files.writeString(ledger, "12 34 half", StandardOpenOption.APPEND);
        assertThat(TakenFiles.open(ledger, inbox).contains(seen)).isTrue();
        Files.delete(kept);
        TakenFiles.open(ledger, inbox);
        assertThat(ledger).as("what is gone is forgotten").isEmptyFile();
    }

    private WatchSource started(Then then) {
        return started(then, QUIET);
    }

    private WatchSource started(Then then, Duration quiet) {
        FileMeaning meaning = new FileMeaning("pump", Set.of(), List.of("de", "nde"), OptionalDouble.empty(), 1_024);
        WatchSource source = new WatchSource(
                new WatchSettings("inbox", inbox, "*.{csv,npy,wav}", meaning, then, quiet, folder.resolve("ledger")),
                InstantSource.system());
        source.start(deliveries::add);
        return source;
    }

    private List<Reading> readings() {
        return deliveries.stream().flatMap(d -> d.readings().stream()).toList();
    }

    private static byte[] wav(int rate, int channels, int rows) {
        int bytes = rows * channels * 2;
        ByteBuffer out = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + bytes);
        out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        out.putShort((short) 1).putShort((short) channels).putInt(rate).putInt(rate * channels * 2);
        out.putShort((short) (channels * 2)).putShort((short) 16);
        out.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
        for (int i = 0; i < rows * channels; i++) {
            out.putShort((short) (i % 1_000));
        }
        return out.array();
    }
}
