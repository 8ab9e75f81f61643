package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The uplink's lane over a real store and a real folder, stepped by hand with the time it is told. */
final class SteppedUplink {
    static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(32) + "a5".repeat(12));
    static final Duration HOLD = Duration.ofSeconds(60);

    final SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
    final Path stick;
    ContactWindows contact = ContactWindows.ALWAYS;
    Duration ask = Duration.ZERO;
    Uplink.Hearing hearing = (frame, at) -> {};
    Instant now = Instant.parse("2026-11-25T12:00:00Z");
    private final Path folder;

    SteppedUplink(Path folder) throws IOException {
        this.folder = folder;
        this.stick = Files.createDirectory(folder.resolve("stick"));
    }

    UplinkSettings settings(long bytesPerMonth, Duration interval) {
        Budget budget = new Budget(
                new Tariff("USD", 4, 0, 0, 0, 0, 0, 0, 0, 1),
                List.of(new Budget.Cap(Budget.Period.MONTH, OptionalLong.of(bytesPerMonth), OptionalDouble.empty())),
                List.of(0.3, 0.0, 0.0, 0.0));
        return new UplinkSettings(
                true,
                new UplinkSettings.Link.Folder(stick),
                folder,
                budget,
                0,
                HOLD,
                interval,
                Duration.ofDays(90),
                1_000,
                contact,
                Duration.ZERO,
                ask,
                UplinkSettings.Commands.NONE);
    }

    Uplink lane(Database database, UplinkSettings settings, UplinkLink link) throws Exception {
        return new Uplink(
                database,
                settings,
                codec,
                KEY,
                link,
                hearing,
                Uplink.Orders.beside(folder.resolve("store.db")),
                () -> now);
    }

    void put(Database database, String caseId, int number, Severity severity, boolean closed) throws Exception {
        put(database, caseId, number, 475_000 + number, severity, closed);
    }

    /** @param minutes since 2026, when it was so */
    void put(Database database, String caseId, int number, long minutes, Severity severity, boolean closed)
            throws Exception {
        Summary summary = new Summary(
                0,
                number,
                minutes,
                "bearing_outer_race",
                severity,
                0.6,
                closed,
                List.of(new Summary.Evidence("kurtosis_high", "1", 11.1)));
        long micros = now.getEpochSecond() * 1_000_000;
        database.run(c -> UplinkQueue.put(c, codec, summary, caseId, micros, 1_000));
    }

    List<Summary> arrived() throws Exception {
        List<Summary> all = new ArrayList<>();
        try (var files = Files.newDirectoryStream(stick, "*.frame")) {
            List<Path> sorted = new ArrayList<>();
            files.forEach(sorted::add);
            sorted.sort(null);
            for (Path file : sorted) {
                all.addAll(told(codec, KEY, Files.readAllBytes(file)));
            }
        }
        return all;
    }

    /** The summaries of a frame, which holds nothing else. */
    static List<Summary> told(SummaryCodec codec, FrameKey key, byte[] frame) throws FrameSeal.Refused {
        byte[] content = FrameSeal.open(Map.of(key.id(), key), frame).content();
        return FrameContent.items(codec, content).orElseThrow().stream()
                .map(item -> ((FrameItem.Told) item).summary())
                .toList();
    }

    static long ledgerBytes(Database database) throws Exception {
        return database.read(c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT ifnull(sum(bytes), 0) FROM uplink_ledger")) {
                return r.getLong(1);
            }
        });
    }
}
