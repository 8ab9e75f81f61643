package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.daemon.store.Journalled;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.VibrationChannel;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** One machine's readings through its window, every detector and the case book, as the gateway builds them; lists what opens a case. */
final class LiveChain {
    private final GatewaySettings settings;
    private final Asset asset;
    private final List<CaseRecord> opened = new ArrayList<>();
    private AssetWatch watch;
    private CaseBook book;
    private long position;

    /**
     * @param folder for the configuration
     * @param machine an asset file's text
     * @param detect lines of the table {@code [detect]}
     */
    LiveChain(Path folder, String machine, String detect) throws Exception {
        Files.writeString(folder.resolve("a.toml"), machine);
        settings = ConfigFile.read(Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["a.toml"]
                [site]
                name = "test"
                [[replay]]
                file = "none.csv"
                [detect]
                """ + detect));
        asset = settings.assets().getFirst();
        watch = freshWatch();
        book = freshBook();
    }

    /** A file of the demonstration, as it is shipped. */
    static String demo(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(Gateway.class.getResourceAsStream("/io/penstock/daemon/demo/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * The simulated unit, read every 10 s, on its own.
     *
     * @param edges between its operating points, kW
     */
    static LiveChain ofUnit(Path folder, String edges, String settle) throws Exception {
        String machine = demo("unit-1.toml")
                // at a reading every 10 s a few equal ones are chance
                .replace("stuck_after = \"10s\"", "stuck_after = \"10m\"")
                .replace(
                        "line_hz = 50",
                        "line_hz = 50\n[asset.operating_point]\nchannel = \"active_power_kw\"\nedges = [" + edges
                                + "]\nsettle = \"" + settle + "\"");
        return new LiveChain(folder, machine, "cadence = \"10s\"\nstale_after = \"60s\"\n");
    }

    private AssetWatch freshWatch() {
        return Objects.requireNonNull(AssetWatch.all(settings).get(asset.id()));
    }

    private CaseBook freshBook() throws Exception {
        return new CaseBook(CaseSettings.DEFAULTS, Map.of(asset.id(), ShippedMatrices.of(asset.kind())));
    }

    /** A number that is read when it was measured. */
    void accept(String channel, long timeMicros, double value) {
        accept(new Reading.Scalar(new ChannelId(asset.id(), channel), timeMicros, timeMicros, Quality.GOOD, value));
    }

    void accept(String channel, long timeMicros, float[] samples, double rateHz) {
        accept(new Reading.Waveform(
                new ChannelId(asset.id(), channel), timeMicros, timeMicros, Quality.GOOD, samples, rateHz));
    }

    /** The unit's waveforms of a second. */
    void shake(HydroUnit unit, int second, long timeMicros) {
        for (VibrationChannel channel : VibrationChannel.values()) {
            accept(
                    channel.name().toLowerCase(Locale.ROOT),
                    timeMicros,
                    unit.waveform(second, channel),
                    HydroUnit.SAMPLE_RATE);
        }
    }

    void accept(Reading reading) {
        watch.accept(new Journalled(++position, reading), findings -> note(book.apply(findings)));
    }

    void tick(long timeMicros) {
        note(book.tick(timeMicros));
    }

    private void note(List<CaseChange> changes) {
        for (CaseChange change : changes) {
            if (change instanceof CaseChange.Opened) {
                opened.add(change.record());
            }
        }
    }

    /** The gateway stops and starts again on its snapshot. */
    void restart() throws Exception {
        Map<String, byte[]> saved = new TreeMap<>();
        watch.snapshot(saved);
        byte[] cases = book.snapshot();
        watch = freshWatch();
        watch.restore(saved);
        book = freshBook();
        book.restore(cases);
    }

    List<LearnedChannel> learned() {
        return watch.learned();
    }

    /** First versions of all cases so far, of the machine and of its sensors. */
    List<CaseRecord> opened() {
        return opened;
    }

    /** The same in words, with the seconds since a start. */
    List<String> story(long startMicros) {
        return opened.stream()
                .map(record -> "after " + (record.openedMicros() - startMicros) / 1_000_000 + " s: " + record.severity()
                        + " " + record.best().fault() + " "
                        + record.evidence().stream()
                                .map(line -> line.tier() + " " + line.channel() + " " + line.symptom())
                                .toList())
                .toList();
    }
}
