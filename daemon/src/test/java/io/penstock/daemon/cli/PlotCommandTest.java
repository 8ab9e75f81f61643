package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.detect.Finding.Tier;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlotCommandTest {
    private static final double RATE = 12_000;
    private static final double SHAFT = 30;
    private static final double OUTER = 3.5848 * SHAFT;
    private static final long START = 1_700_000_000_000_000L;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path asset = Path.of("");

    @BeforeEach
    void writeAsset() throws Exception {
        asset = Files.writeString(folder.resolve("a.toml"), """
                [asset]
                id = "rig-1"
                kind = "induction_motor"
                rated_rpm = 1800
                [[channel]]
                id = "DE"
                quantity = "acceleration"
                unit = "g"
                rate_hz = 12000
                [[channel]]
                id = "temp"
                quantity = "bearing_temperature"
                unit = "Cel"
                [[bearing]]
                id = "front"
                channel = "DE"
                balls = 9
                ball_diameter_mm = 7.94
                pitch_diameter_mm = 39.04
                """);
    }

    private int run(String... arguments) {
        CommandLine command = PenstockCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments);
    }

    /** Noise with the knocks of an outer ring. */
    private static float[] knocking(int length, double peak) {
        SplittableRandom random = new SplittableRandom(3);
        float[] samples = new float[length];
        for (int i = 0; i < length; i++) {
            double t = i / RATE;
            double since = t - Math.floor(t * OUTER) / OUTER;
            samples[i] = (float) (0.05 * random.nextGaussian()
                    + 0.1 * Math.sin(2 * Math.PI * SHAFT * t)
                    + peak * Math.exp(-1000 * since) * Math.sin(2 * Math.PI * 3000 * since));
        }
        return samples;
    }

    private static byte[] npy(float[] samples) {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + samples.length + ",), }\n";
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + header.length() + 4 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        bytes.put(header.getBytes(StandardCharsets.US_ASCII));
        for (float sample : samples) {
            bytes.putFloat(sample);
        }
        return bytes.array();
    }

    @Test
    void aRecordingOfADamagedOuterRingShowsItsLinesWhereGeometryPutsThem() throws Exception {
        Path wave = Files.write(folder.resolve("w.npy"), npy(knocking(16_384, 1)));
        Path png = folder.resolve("w.png");

        int code = run("plot", "--wave", wave.toString(), "--asset", asset.toString(), "--png", png.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("outer ring (BPFO) of bearing front")
                .containsPattern("BPFO 1x +107\\.\\d+ Hz")
                .containsPattern("BPFO 3x +32\\d\\.\\d+ Hz")
                .contains("beside it: inner ring (BPFI)");
        assertThat(Files.readAllBytes(png)).startsWith((byte) 0x89, 'P', 'N', 'G');
    }

    @Test
    void aQuietRecordingNamesNoElement() throws Exception {
        Path wave = Files.write(folder.resolve("w.npy"), npy(knocking(16_384, 0)));
        assertThat(run("plot", "--wave", wave.toString(), "--asset", asset.toString(), "--ascii"))
                .isZero();
        assertThat(out.toString()).contains("not identified; clearest").matches("[ -~\\n]*");
    }

    @Test
    void aCaseShowsTrendsWithTheirLimitsAndTheSpectrumItsEvidenceRestsOn() throws Exception {
        Path db = storeWithCase();

        int code = run("plot", "rig-1-case", "--db", db.toString(), "--asset", asset.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("Trend, rig-1/temp", "limit 60 C (site)", "healthy 40 C")
                .contains("Trend, rig-1/DE, bearing outer lines at front", "limit 10 dB")
                .contains("Envelope spectrum, rig-1/DE: outer ring (BPFO) of bearing front")
                .contains("the one line 2 rests on")
                .doesNotContain("\u001b");
    }

    private static void diagnosed(Path db) throws Exception {
        CaseRecord record =
                Database.readOnly(db, c -> CaseStore.caseOf(c, "rig-1-case")).orElseThrow();
        Diagnosis.Timing timing = new Diagnosis.Timing(START, START, 0, 0);
        Diagnosis diagnosis =
                DiagnosisCheck.rules(record, ShippedMatrices.of("induction_motor"), null, List.of(), timing);
        try (Database database = Database.open(db)) {
            database.run(c -> CaseStore.save(c, diagnosis, START));
        }
    }

    @Test
    void whyShowsTheStoredReadingsBehindEachLineAndWorksTheNumberOutAgain() throws Exception {
        Path db = storeWithCase();
        diagnosed(db);
        int code = run("why", "rig-1-case", "--db", db.toString(), "--asset", asset.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        String flat = out.toString().replaceAll("\\s+", " ");
        assertThat(flat)
                .contains("reading 105, temp, 2023-11-14T22:14:12Z, good: 62 C")
                .containsPattern(
                        "reading 110, DE, 2023-11-14T22:14:14Z, good: waveform of 4096 samples at 12000 Hz \\(0.341 s\\),"
                                + " RMS 0\\.\\d+ about its mean; analysed again it gives \\d+(\\.\\d)? dB")
                .contains("First to speak: line 1, found by limit, at 2023-11-14T22:14:11Z");
    }

    @Test
    void whySaysWhichReadingsWerePurged() throws Exception {
        Path db = storeWithCase();
        diagnosed(db);
        try (Database database = Database.open(db)) {
            database.run(c -> c.createStatement().executeUpdate("DELETE FROM reading WHERE position < 108"));
        }
        run("why", "rig-1-case", "--db", db.toString(), "--asset", asset.toString());
        assertThat(out.toString().replaceAll("\\s+", " "))
                .contains("reading 105 was purged from the journal; the oldest kept is 108")
                .contains("reading 110, DE");
    }

    @Test
    void anUnknownCaseIsNothingFound() throws Exception {
        Path db = storeWithCase();
        assertThat(run("plot", "nope", "--db", db.toString(), "--asset", asset.toString()))
                .isEqualTo(ExitCode.NOTHING_FOUND);
        assertThat(err.toString()).contains("No case or diagnosis begins with nope");
    }

    @Test
    void wrongUsesAreSaid() throws Exception {
        assertThat(run("plot")).isEqualTo(2);
        assertThat(run("plot", "x", "--span", "soon", "--db", "x.db")).isEqualTo(2);
        Path bad = Files.writeString(folder.resolve("w.npy"), "no array");
        assertThat(run("plot", "--wave", bad.toString())).isEqualTo(2);
        assertThat(run("plot", "--wave", bad.toString(), "--asset", asset.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("does not begin like a .npy file");
    }

    private static EvidenceLine line(
            int number,
            String channel,
            Tier tier,
            String symptom,
            @Nullable String location,
            double value,
            String unit,
            double limit,
            double baseline,
            long position) {
        return new EvidenceLine(
                number,
                channel,
                tier,
                symptom,
                location,
                true,
                START + 51_000_000L,
                START + 57_000_000L,
                value,
                unit,
                limit,
                "site",
                baseline,
                Severity.WARNING,
                0.7,
                1,
                Quality.GOOD,
                position);
    }

    private Path storeWithCase() throws Exception {
        Path db = folder.resolve("p.db");
        StoreSettings settings = StoreSettings.of(db);
        try (Database database = Database.open(db)) {
            List<Delivery> deliveries = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                long time = START + i * 1_000_000L;
                deliveries.add(Delivery.unacknowledged(new Reading.Scalar(
                        new ChannelId("rig-1", "temp"), time, time, Quality.GOOD, i < 30 ? 40 : 40 + (i - 30))));
                deliveries.add(Delivery.unacknowledged(new Reading.Waveform(
                        new ChannelId("rig-1", "DE"), time, time, Quality.GOOD, knocking(4096, i < 30 ? 0 : 1), RATE)));
            }
            new Journal(database, settings).append(deliveries);
            long opened = START + 52_000_000L;
            EvidenceLine hot = line(1, "temp", Tier.LIMIT, "bearing_temperature_high", null, 62, "Cel", 60, 40, 105);
            EvidenceLine lines =
                    line(2, "DE", Tier.VIBRATION, "bearing_outer_lines", "front", 20, "dB", 10, Double.NaN, 110);
            CaseRecord record = new CaseRecord(
                    "rig-1-case",
                    "rig-1",
                    1,
                    opened,
                    opened + 5_000_000,
                    0,
                    Severity.WARNING,
                    List.of(hot, lines),
                    List.of(new Candidate("bearing_outer_race", "outer race damage", 0.8, "front", List.of(2))),
                    "rig-1/temp");
            database.run(c -> CaseStore.save(c, record));
        }
        return db;
    }
}
