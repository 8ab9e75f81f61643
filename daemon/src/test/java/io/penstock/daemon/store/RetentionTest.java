package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    private static final long NOON = 1_767_268_800_000_000L;
    private static final long SECOND = 1_000_000;
    private static final ChannelId TEMPERATURE = new ChannelId("unit-1", "bearing_temp_c");
    private static final ChannelId VIBRATION = new ChannelId("unit-1", "vibration_de");

    @TempDir
    Path folder;

    private long nanos;

    /** Everything a store is made of, as the sense lane has it. */
    private final class Store implements AutoCloseable {
        final StoreSettings settings;
        final Database db;
        final Journal journal;
        final Aggregates aggregates;
        final Evidence evidence;
        final AgeMarks ages;
        final Retention retention;
        long position;
        long micros = NOON;

        Store(Path file, KeepSettings keep) throws StoreFailed {
            settings = new StoreSettings(
                    file,
                    Duration.ofHours(1),
                    1L << 40,
                    100,
                    100,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ofDays(365),
                    keep);
            db = Database.open(file);
            journal = new Journal(db, settings);
            aggregates = new Aggregates(db);
            evidence = new Evidence(db, keep);
            ages = new AgeMarks(db, () -> nanos);
            retention = new Retention(db, journal, aggregates, evidence, ages, settings);
        }

        /** A waveform and ten temperatures, ten seconds apart. */
        void second() throws StoreFailed {
            List<Delivery> deliveries = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                micros += SECOND;
                deliveries.add(
                        Delivery.unacknowledged(new Reading.Scalar(TEMPERATURE, micros, micros, Quality.GOOD, i)));
            }
            deliveries.add(Delivery.unacknowledged(
                    new Reading.Waveform(VIBRATION, micros, micros, Quality.GOOD, new float[4_096], 12_800)));
            for (Journalled saved : retention.makingRoom(position, () -> journal.append(deliveries))) {
                aggregates.add(saved.reading());
                position = saved.position();
            }
        }

        void snapshot(CaseRecord... records) throws StoreFailed {
            retention.makingRoom(
                    position,
                    () -> db.write(c -> {
                        evidence.begin();
                        for (CaseRecord record : records) {
                            CaseStore.save(c, record);
                            evidence.keep(c, record, List.of());
                            Outbox.put(
                                    c, new Outbox.Message(record.id() + record.version(), "t", "alarm", false), micros);
                        }
                        aggregates.merge(c);
                        ages.mark(c, position, micros);
                        Snapshots.save(c, new Snapshots.Snapshot(position, Map.of("a", new byte[] {1})));
                        return true;
                    }));
            evidence.committed();
            aggregates.merged();
        }

        CaseRecord caseNow(String id, int version, boolean closed) {
            return new CaseRecord(
                    id,
                    "unit-1",
                    version,
                    micros - 100 * SECOND,
                    micros,
                    closed ? micros : 0,
                    Severity.ALARM,
                    List.of(line(1, "bearing_temp_c", position - 1), line(2, "vibration_de", position)),
                    List.of(new Candidate("unsure", "unsure", 0, null, List.of())),
                    "unit-1");
        }

        private EvidenceLine line(int number, String channel, long of) {
            return new EvidenceLine(
                    number,
                    channel,
                    Finding.Tier.values()[0],
                    "s",
                    null,
                    true,
                    micros,
                    micros,
                    1,
                    "Cel",
                    1,
                    "",
                    1,
                    Severity.ALARM,
                    1,
                    1,
                    Quality.GOOD,
                    of);
        }

        long count(String table) throws StoreFailed {
            return db.read(c -> {
                try (Statement s = c.createStatement();
                        ResultSet r = s.executeQuery("SELECT count(*) FROM " + table)) {
                    return r.getLong(1);
                }
            });
        }

        @Override
        public void close() {
            db.close();
        }
    }

    private static KeepSettings keep(long caseBytes, long evidenceBytes, long reserve) {
        return new KeepSettings(
                Duration.ofDays(30),
                Duration.ofDays(730),
                1L << 40,
                Duration.ofDays(30),
                caseBytes,
                evidenceBytes,
                reserve);
    }

    @Test
    void theReadingsBehindACaseOutliveTheRawOnes() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 24, 0))) {
            for (int i = 0; i < 100; i++) {
                store.second();
            }
            CaseRecord opened = store.caseNow("k-1", 1, false);
            store.snapshot(opened);
            long kept = store.count("evidence");
            long bytes = store.evidence.bytes();
            store.snapshot(opened);
            assertThat(store.count("evidence")).as("copied again, kept once").isEqualTo(kept);
            assertThat(store.evidence.bytes()).isEqualTo(bytes);
            List<StoredReadings.Range> before = trend(store);
            while (store.journal.shed(store.position) > 0) {
                assertThat(store.count("reading")).isNotNegative();
            }
            assertThat(store.count("reading")).isZero();
            assertThat(trend(store)).hasSizeBetween(100, before.size());
            assertThat(store.db.<java.util.Optional<StoredReadings.Waveform>>read(c ->
                            StoredReadings.waveform(c, opened.evidence().get(1).position())))
                    .hasValueSatisfying(wave -> assertThat(wave.samples()).hasSize(4_096));
            assertThat(store.db.<List<Long>>read(
                            c -> StoredReadings.waveforms(c, "unit-1", "vibration_de", 0, Long.MAX_VALUE / 2, 10)))
                    .containsExactly(opened.evidence().get(1).position());
            try (Store again = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 24, 0))) {
                assertThat(again.evidence.bytes()).as("counted anew").isEqualTo(bytes);
            }
        }
    }

    private static List<StoredReadings.Range> trend(Store store) throws StoreFailed {
        return store.db.read(
                c -> StoredReadings.scalars(c, "unit-1", "bearing_temp_c", NOON, NOON + 1_000 * SECOND, 1_000));
    }

    @Test
    void aCaseKeepsNoMoreThanItsShareAndAClearerWaveformReplacesTheOlder() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(60_000, 1 << 24, 0))) {
            for (int version = 1; version <= 10; version++) {
                store.second();
                store.snapshot(store.caseNow("k-1", version, false));
                assertThat(store.evidence.bytes()).isLessThanOrEqualTo(60_000);
            }
            assertThat(store.count("evidence WHERE samples IS NOT NULL")).isEqualTo(1);
            assertThat(store.count("evidence WHERE position = " + store.position))
                    .isEqualTo(1);
        }
    }

    @Test
    void allCasesTogetherKeepNoMoreThanTheirBoundTheOldestGoesFirst() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 100_000, 0))) {
            for (int i = 1; i <= 10; i++) {
                store.second();
                store.snapshot(store.caseNow("k-" + i, 1, true));
            }
            while (store.retention.keep(0, store.micros)) {
                assertThat(store.evidence.bytes()).isPositive();
            }
            assertThat(store.evidence.bytes()).isBetween(50_000L, 100_000L);
            assertThat(store.count("evidence WHERE case_id = 'k-1'")).isZero();
            assertThat(store.count("evidence WHERE case_id = 'k-10'")).isPositive();
            assertThat(store.count("asset_case"))
                    .as("the cases themselves stay")
                    .isEqualTo(10);
        }
    }

    @Test
    void rawReadingsGoFirstThenAggregatesThenEvidenceThenClosedCasesAndOpenOnesNever() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 24, 0))) {
            store.second();
            store.snapshot(store.caseNow("closed", 1, true), store.caseNow("open", 1, false));
            store.db.run(c -> Outbox.sent(c, 1, 5));
            List<String> order = new ArrayList<>();
            String shed = store.retention.shed(store.position);
            while (!shed.isEmpty()) {
                if (order.isEmpty() || !order.getLast().equals(shed)) {
                    order.add(shed);
                }
                shed = store.retention.shed(store.position);
            }
            assertThat(order).containsExactly("raw readings", "aggregates", "evidence", "results");
            assertThat(store.count("asset_case WHERE id = 'open'")).isEqualTo(1);
            assertThat(store.count("asset_case")).isEqualTo(1);
            assertThat(store.count("outbox WHERE sent_time = 0"))
                    .as("unsent messages stay")
                    .isEqualTo(1);
            assertThat(store.count("outbox")).isEqualTo(1);
        }
    }

    @Test
    void atTheMostPagesAFileMayHaveReadingsAndAlarmsAreStillSaved() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 20, 0))) {
            store.db.run(c -> {
                try (Statement s = c.createStatement()) {
                    s.execute("PRAGMA max_page_count = 1024");
                }
            });
            fill(store);
            assertThat(Files.size(folder.resolve("p.db"))).isLessThanOrEqualTo(1_024 * 4_096);
        }
    }

    /** Ten times what fits; a case now and then. */
    private static void fill(Store store) throws StoreFailed {
        int cases = (int) store.count("asset_case");
        for (int i = 0; i < 3_000; i++) {
            store.second();
            if (i % 20 == 19) {
                cases++;
                store.snapshot(store.caseNow("k-" + cases, 1, false));
                store.retention.keep(store.position, store.micros);
            }
        }
        assertThat(store.retention.sheds()).isPositive();
        assertThat(store.count("asset_case")).as("every case").isEqualTo(cases);
        assertThat(store.count("outbox WHERE sent_time = 0")).as("every alarm").isEqualTo(cases);
        assertThat(store.count("reading WHERE position > " + (store.position - 22)))
                .as("the newest readings")
                .isEqualTo(22);
        assertThat(store.db.<String>read(c -> {
                    try (Statement s = c.createStatement();
                            ResultSet r = s.executeQuery("PRAGMA integrity_check")) {
                        return r.getString(1);
                    }
                }))
                .isEqualTo("ok");
    }

    @Test
    @Tag("fault")
    void onARealFullDiskReadingsAndAlarmsAreStillSaved() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        int mounted = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk.toString())
                .inheritIO()
                .start()
                .waitFor();
        assumeTrue(mounted == 0, "a small file system can be mounted by root only: skipped");
        try {
            try (Store store = new Store(disk.resolve("p.db"), keep(1 << 20, 1 << 22, 8 << 20))) {
                assertThat(disk.resolve("p.db.reserve")).hasSize(8 << 20);
                // somebody else's file takes the rest of the disk but for a little
                Files.write(disk.resolve("other"), new byte[14 << 20]);
                fill(store);
                // and now the rest as well
                fillUp(disk.resolve("more"));
                assertThat(disk.toFile().getUsableSpace()).isZero();
                fill(store);
                assertThat(disk.resolve("p.db.reserve")).as("given up").doesNotExist();
                Files.delete(disk.resolve("more"));
                Files.delete(disk.resolve("other"));
                store.retention.keep(store.position, store.micros);
                assertThat(disk.resolve("p.db.reserve"))
                        .as("held again when there is room")
                        .hasSize(8 << 20);
            }
        } finally {
            new ProcessBuilder("umount", disk.toString()).inheritIO().start().waitFor();
        }
    }

    private static void fillUp(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[4_096]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    @Test
    void aDiskThatStaysFullIsAnErrorAndNothingIsAcknowledged() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 24, 0))) {
            store.db.run(c -> {
                try (Statement s = c.createStatement()) {
                    s.execute("PRAGMA max_page_count = 40");
                }
            });
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            store.position = 0;
                            store.second();
                        }
                    })
                    .isInstanceOfSatisfying(
                            StoreFailed.class, e -> assertThat(e.full()).isTrue());
            long before = store.count("outbox");
            assertThatThrownBy(() -> store.db.run(c -> {
                        Outbox.put(c, new Outbox.Message("k", "t", "p", false), 1);
                        throw new SQLException("a later statement fails");
                    }))
                    .hasMessageContaining("a later statement");
            assertThat(store.count("outbox"))
                    .as("a transaction is still all or nothing")
                    .isEqualTo(before);
            store.db.run(c -> Outbox.put(c, new Outbox.Message("k", "t", "p", false), 1));
            assertThat(store.count("outbox")).isEqualTo(before + 1);
        }
    }

    @Test
    void rawReadingsArePurgedByAgeWhateverTheClockShows() throws Exception {
        try (Store store = new Store(folder.resolve("p.db"), keep(1 << 20, 1 << 24, 0))) {
            store.second();
            store.snapshot();
            nanos += Duration.ofMinutes(50).toNanos();
            store.second();
            store.snapshot();
            assertThat(store.retention.keep(store.position, NOON * 2)).isFalse();
            assertThat(store.count("reading")).as("the clock jumped by decades").isEqualTo(22);
            nanos += Duration.ofMinutes(30).toNanos();
            assertThat(store.retention.keep(store.position, 5)).isTrue();
            assertThat(store.count("reading"))
                    .as("an hour old by running time, the clock at 1970")
                    .isEqualTo(11);
        }
    }
}
