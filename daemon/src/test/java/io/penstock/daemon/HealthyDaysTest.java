package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Journalled;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Scalar;
import io.penstock.fixtures.plant.VibrationChannel;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Healthy machines through window, every detector and the case book: how many cases they open. The simulated unit is read every
 * 10 s and shaken every 10 min, its load changes every two hours between three operating points.
 */
class HealthyDaysTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final int STEP_SECONDS = 10;
    private static final double[] LOADS = {0.85, 0.6, 0.35, 0.6};
    private static final int HOURS_A_LOAD = 2;

    @TempDir
    Path folder;

    private final List<String> opened = new ArrayList<>();

    private void note(List<CaseChange> changes) {
        for (CaseChange change : changes) {
            if (change instanceof CaseChange.Opened) {
                long hour = (change.record().openedMicros() - START) / 3_600_000_000L;
                opened.add("hour " + hour + ": " + change.record().severity() + " "
                        + change.record().best().fault() + " "
                        + change.record().evidence().stream()
                                .map(line -> line.tier() + " " + line.channel() + " " + line.symptom())
                                .toList());
            }
        }
    }

    private GatewaySettings settings(String asset) throws Exception {
        Files.writeString(folder.resolve("a.toml"), asset);
        return ConfigFile.read(Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["a.toml"]
                [site]
                name = "test"
                [[replay]]
                file = "none.csv"
                [detect]
                cadence = "10s"
                stale_after = "60s"
                """));
    }

    private static String demo() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                HealthyDaysTest.class.getResourceAsStream("/io/penstock/daemon/demo/unit-1.toml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    // at a reading every 10 s a few equal ones are chance
                    .replace("stuck_after = \"10s\"", "stuck_after = \"10m\"")
                    .replace(
                            "line_hz = 50",
                            "line_hz = 50\n[asset.operating_point]\nchannel = \"active_power_kw\"\nedges = [28, 44]\n"
                                    + "settle = \"5m\"");
        }
    }

    private void simulate(long seed, int days, double warmByDay) throws Exception {
        GatewaySettings settings = settings(demo());
        AssetWatch watch = Objects.requireNonNull(Gateway.watches(settings).get("unit-1"));
        CaseBook book = new CaseBook(CaseSettings.DEFAULTS, Map.of("unit-1", ShippedMatrices.of("hydro_francis")));
        HydroUnit unit = new HydroUnit(seed, LOADS[0]);
        int hours = days * 24;
        for (int h = HOURS_A_LOAD; h < hours; h += HOURS_A_LOAD) {
            unit.changeLoad(LOADS[h / HOURS_A_LOAD % LOADS.length], h * 3600.0);
        }
        long position = 0;
        for (int second = 0; second < hours * 3600; second += STEP_SECONDS) {
            long time = START + second * 1_000_000L;
            double warm = warmByDay * Math.sin(2 * Math.PI * second / 86_400);
            for (Map.Entry<Scalar, Double> entry : unit.scalars(second).entrySet()) {
                boolean heat = entry.getKey() == Scalar.BEARING_TEMP_C || entry.getKey() == Scalar.OIL_TEMP_C;
                accept(
                        watch,
                        book,
                        new Reading.Scalar(
                                new ChannelId("unit-1", entry.getKey().channel()),
                                time,
                                time,
                                Quality.GOOD,
                                entry.getValue() + (heat ? warm : 0)),
                        ++position);
            }
            if (second % 600 == 0) {
                for (VibrationChannel channel : VibrationChannel.values()) {
                    accept(
                            watch,
                            book,
                            new Reading.Waveform(
                                    new ChannelId("unit-1", channel.name().toLowerCase(Locale.ROOT)),
                                    time,
                                    time,
                                    Quality.GOOD,
                                    unit.waveform(second, channel),
                                    HydroUnit.SAMPLE_RATE),
                            ++position);
                }
            }
            note(book.tick(time));
        }
        assertThat(watch.learned())
                .filteredOn(line -> line.detector().equals("state"))
                .as("every operating point was learned, so the silence means something")
                .allMatch(line -> line.learned());
    }

    private void accept(AssetWatch watch, CaseBook book, Reading reading, long position) {
        watch.accept(new Journalled(position, reading), findings -> note(book.apply(findings)));
    }

    @Test
    void aHealthyDayWithLoadChangesOpensNoCase() throws Exception {
        simulate(1, 1, 0);
        assertThat(opened).isEmpty();
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(longs = {2, 3, 4})
    void tenHealthyDaysWithLoadChangesOpenAtMostOneCase(long seed) throws Exception {
        simulate(seed, 10, 0);
        assertThat(opened).hasSizeLessThanOrEqualTo(1);
    }

    @Tag("slow")
    @Test
    void tenDaysThatWarmAndCoolTheMachineOpenAtMostOneCase() throws Exception {
        simulate(5, 10, 1.5);
        assertThat(opened).hasSizeLessThanOrEqualTo(1);
    }

    // ---- recordings, where they are at hand: -Dpenstock.recordings=FOLDER with skab/ in it

    private static Path recordings() {
        String folder = System.getProperty("penstock.recordings", System.getenv("PENSTOCK_RECORDINGS"));
        assumeThat(folder)
                .as("set PENSTOCK_RECORDINGS to a folder with the SKAB recordings in skab/ to run this")
                .isNotNull();
        return Path.of(folder).resolve("skab");
    }

    private void play(Path csv) throws Exception {
        List<String> lines = Files.readAllLines(csv);
        String[] head = lines.getFirst().split(";", -1);
        int channels = 8;
        StringBuilder asset = new StringBuilder("[asset]\nid = \"rig\"\nkind = \"centrifugal_pump\"\n");
        for (int c = 1; c <= channels; c++) {
            asset.append("[[channel]]\nid = \"c")
                    .append(c)
                    .append("\"\nquantity = \"")
                    .append(quantity(head[c]))
                    // its flow meter counts whole litres a minute
                    .append(c == 8 ? "\"\nresolution = 1\n" : "\"\n");
        }
        GatewaySettings settings = settings(asset.toString());
        settings = new GatewaySettings(
                settings.store(),
                settings.assets(),
                settings.mqtt(),
                settings.opcua(),
                settings.replay(),
                settings.watch(),
                settings.window().withCadence(Duration.ofSeconds(1)),
                settings.state(),
                settings.onset(),
                settings.vibration(),
                settings.cases(),
                settings.route(),
                settings.infer(),
                settings.publish(),
                settings.uplink(),
                settings.socket(),
                settings.metrics());
        AssetWatch watch = Objects.requireNonNull(Gateway.watches(settings).get("rig"));
        CaseBook book = new CaseBook(CaseSettings.DEFAULTS, Map.of("rig", ShippedMatrices.of("centrifugal_pump")));
        long position = 0;
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(";", -1);
            if (cells.length > channels + 1 && Double.parseDouble(cells[channels + 1]) > 0) {
                return;
            }
            long time = LocalDateTime.parse(cells[0].replace(' ', 'T')).toEpochSecond(ZoneOffset.UTC) * 1_000_000L;
            for (int c = 1; c <= channels; c++) {
                accept(
                        watch,
                        book,
                        new Reading.Scalar(
                                new ChannelId("rig", "c" + c), time, time, Quality.GOOD, Double.parseDouble(cells[c])),
                        ++position);
            }
            note(book.tick(time));
        }
    }

    private static String quantity(String column) {
        return column.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
    }

    /**
     * A bound on what was measured, not the aim, which is none: the pump was still warming up while its first 400 seconds were
     * learned, and its anomaly-free run leaves them for 40 minutes.
     */
    @Test
    void ofThePumpsHealthyRecordingsFewOpenACaseAndNoneTwo() throws Exception {
        Path skab = recordings();
        List<Path> files;
        try (Stream<Path> all = Files.walk(skab)) {
            files = all.filter(f -> f.toString().endsWith(".csv")).sorted().toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            int before = opened.size();
            play(file);
            for (int i = before; i < opened.size(); i++) {
                opened.set(i, skab.relativize(file) + " " + opened.get(i));
            }
        }
        assertThat(opened).hasSizeLessThanOrEqualTo(5);
        assertThat(opened.stream().map(text -> text.substring(0, text.indexOf(' '))))
                .doesNotHaveDuplicates();
    }
}
