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
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    private AssetWatch freshWatch() {
        return Objects.requireNonNull(Gateway.watches(settings).get(asset.id()));
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
