package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.store.Aggregates;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.RecordedJournal;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.file.FileSource;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HistoryCommandTest {
    private static final long NOON = 1_767_268_800_000_000L;
    private static final long SECOND = 1_000_000;
    private static final ChannelId TEMPERATURE = new ChannelId("unit-1", "bearing_temp_c");
    private static final ChannelId HOSTILE = new ChannelId("unit-1", "=cmd|' /c calc'!A0,\"x\"");
    private static final ChannelId VIBRATION = new ChannelId("unit-1", "vibration_de");

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<Reading> given = new ArrayList<>();
    private Path store = Path.of("");

    @BeforeEach
    void readings() throws Exception {
        store = folder.resolve("p.db");
        for (int i = 0; i < 120; i++) {
            if (i < 60 || i >= 90) {
                given.add(new Reading.Scalar(
                        TEMPERATURE, NOON + i * 10 * SECOND + 123, NOON + i * 10 * SECOND + 500, Quality.GOOD, 40 + i));
            }
        }
        given.add(new Reading.Scalar(TEMPERATURE, NOON + 5, NOON + 6, Quality.BAD, Double.NaN));
        given.add(new Reading.Scalar(HOSTILE, NOON + 7, NOON + 8, Quality.UNCERTAIN, -1e-9));
        given.add(new Reading.Waveform(VIBRATION, NOON, NOON, Quality.GOOD, new float[] {-1, 1.5f, 3e-7f}, 12_800));
        try (Database db = Database.open(store)) {
            Aggregates aggregates = new Aggregates(db);
            new Journal(db, StoreSettings.of(store))
                    .append(given.stream().map(Delivery::unacknowledged).toList())
                    .forEach(j -> aggregates.add(j.reading()));
            db.run(aggregates::merge);
        }
    }

    private int run(String... arguments) {
        CommandLine command = PenstockCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments);
    }

    @Test
    void minutesAreShownWithTheGapBetweenThem() {
        int code = run(
                "history",
                "unit-1/bearing_temp_c",
                "--db",
                store.toString(),
                "--from",
                "2026-01-01T12:00:00Z",
                "--to",
                "2026-01-01T13:00:00Z",
                "--by",
                "minute");
        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("unit-1/bearing_temp_c, by minute", "no reading for", "2026-01-01T12:15:00Z")
                .containsPattern("2026-01-01T12:00:00Z +6 +1 +40\\.0000 +42\\.5000 +45\\.0000 +45\\.0000")
                .doesNotContain("2026-01-01T12:12:00Z");
    }

    @Test
    void hoursOfAllChannelsComeAsJson() throws Exception {
        assertThat(run(
                        "history",
                        "unit-1",
                        "--db",
                        store.toString(),
                        "--from",
                        "2026-01-01T12:30:00Z",
                        "--by",
                        "hour",
                        "--json"))
                .as("the hour that holds --from")
                .isZero();
        ObjectNode rows = new ObjectMapper().createObjectNode();
        for (String line : out.toString().lines().toList()) {
            JsonNode row = new ObjectMapper().readTree(line);
            rows.set(row.path("channel").asText(), row);
        }
        assertThat(rows.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(TEMPERATURE.channel(), HOSTILE.channel(), VIBRATION.channel());
        assertThat(rows.path(TEMPERATURE.channel()).path("count").asInt()).isEqualTo(90);
        assertThat(rows.path(TEMPERATURE.channel()).path("bad").asInt()).isEqualTo(1);
        assertThat(rows.path(VIBRATION.channel()).path("measure").asText()).isEqualTo("rms");
        assertThat(rows.path(VIBRATION.channel()).path("peak").asDouble()).isGreaterThan(1);
    }

    @Test
    void aChannelNobodyHasSeenIsNothingFoundAndAWrongTimeIsUsage() {
        assertThat(run("history", "unit-9", "--db", store.toString())).isEqualTo(ExitCode.NOTHING_FOUND);
        assertThat(err.toString()).contains("No reading has come from unit-9");
        assertThat(run("history", "unit-1", "--db", store.toString(), "--last", "soon"))
                .isEqualTo(2);
        assertThat(run("export", "--db", store.toString(), "--from", "yesterday"))
                .isEqualTo(2);
        assertThat(run("export", "--db", store.toString(), "--channel", "x")).isEqualTo(2);
    }

    @Test
    void exportedJsonLinesAreReplayedAsTheSameReadings() throws Exception {
        Path file = folder.resolve("out.jsonl");
        assertThat(run("export", "--db", store.toString(), "--out", file.toString()))
                .as(err.toString())
                .isZero();
        assertThat(err.toString()).contains("93 readings exported");
        FileSourceSettings settings = FileSourceSettings.of("r", file, "");
        assertSame(replayed(new FileSource(settings, InstantSource.system())));
    }

    @Test
    void aStoreIsReplayedAsTheSameReadings() throws Exception {
        assertThat(RecordedJournal.is(store)).isTrue();
        assertThat(RecordedJournal.is(Files.writeString(folder.resolve("x.csv"), "time,a\n")))
                .isFalse();
        FileSourceSettings settings = FileSourceSettings.of("r", store, "");
        assertSame(replayed(new RecordedJournal(settings, InstantSource.system())));
    }

    @Test
    void aReplayOfAStoreEndsWhereItHoldsWhatIsNoReadingAndSaysSo() throws Exception {
        try (Database db = Database.open(store)) {
            db.run(c -> {
                try (Statement s = c.createStatement()) {
                    s.executeUpdate("UPDATE reading SET rate = 0 WHERE samples IS NOT NULL");
                }
            });
        }
        try (RecordedJournal source =
                new RecordedJournal(FileSourceSettings.of("r", store, ""), InstantSource.system())) {
            source.start(delivery -> true);
            await().atMost(Duration.ofSeconds(20)).until(() -> source.health().state() == SourceHealth.State.FINISHED);
            assertThat(source.health().detail()).contains("what is no reading").contains("sample rate is 0");
        }
    }

    private List<Reading> replayed(SensorSource source) throws Exception {
        Path copy = folder.resolve("copy.db");
        ReadingQueue queue = new ReadingQueue(1_000, Duration.ofSeconds(5));
        List<Reading> all = new ArrayList<>();
        try (Database db = Database.open(copy);
                source) {
            source.start(queue);
            Journal journal = new Journal(db, StoreSettings.of(copy));
            while (all.size() < given.size()) {
                List<Delivery> taken = queue.take(1_000, Duration.ZERO, Duration.ofSeconds(20));
                assertThat(taken).as("replayed so far: %s", all.size()).isNotEmpty();
                journal.append(taken).stream().map(Journalled::reading).forEach(all::add);
            }
        }
        return all;
    }

    /** All but the receive time, which is that of the replay. */
    private void assertSame(List<Reading> replayed) {
        assertThat(replayed.stream().map(HistoryCommandTest::told).toList())
                .isEqualTo(given.stream().map(HistoryCommandTest::told).toList());
    }

    private static String told(Reading reading) {
        String what = switch (reading) {
            case Reading.Scalar s -> Double.toString(s.value());
            case Reading.Waveform w -> w.rateHz() + Arrays.toString(w.samples());
        };
        return reading.channel() + " " + reading.sourceMicros() + " " + reading.quality() + " " + what;
    }

    @Test
    void csvHoldsNoFormulaAndWaveformsCanBeLeftOut() {
        assertThat(run("export", "--db", store.toString(), "--format", "csv", "--no-waveforms"))
                .isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(93).first().isEqualTo("time,received,asset,channel,quality,value,rate_hz,samples");
        assertThat(lines)
                .contains("2026-01-01T12:00:00.000007Z,2026-01-01T12:00:00.000008Z,unit-1,"
                        + "\"'=cmd|' /c calc'!A0,\"\"x\"\"\",uncertain,-1.0E-9,,")
                .contains("2026-01-01T12:00:00.000005Z,2026-01-01T12:00:00.000006Z,unit-1,bearing_temp_c,bad,,,")
                .noneMatch(line -> line.contains("vibration_de"));
        assertThat(run(
                        "export",
                        "--db",
                        store.toString(),
                        "--asset",
                        "unit-1",
                        "--channel",
                        "vibration_de",
                        "--format",
                        "csv"))
                .isZero();
        assertThat(out.toString()).contains(",12800.0,base64:AACAvwAAwD+");
    }

    @Test
    void aBackupOfAStoreInUseIsSoundAndReplacesNothing() throws Exception {
        Path copy = folder.resolve("backup.db");
        try (Database db = Database.open(store)) {
            db.run(c -> c.createStatement().close());
            assertThat(run("backup", "--db", store.toString(), "--out", copy.toString()))
                    .as(err.toString())
                    .isZero();
        }
        assertThat(out.toString()).contains("integrity checked");
        assertSame(replayed(new RecordedJournal(FileSourceSettings.of("r", copy, ""), InstantSource.system())));
        assertThat(run("backup", "--db", store.toString(), "--out", copy.toString()))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("exists already");
        assertThat(folder.resolve("backup.db.part")).doesNotExist();
    }
}
