package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AggregatesTest {
    private static final long NOON = 1_767_268_800_000_000L;
    private static final long SECOND = 1_000_000;
    private static final long HOUR = 3_600 * SECOND;
    private static final ChannelId TEMPERATURE = new ChannelId("unit-1", "bearing_temp_c");
    private static final ChannelId VIBRATION = new ChannelId("unit-1", "vibration_de");

    @TempDir
    Path folder;

    private StoreSettings settings() {
        return StoreSettings.of(folder.resolve("p.db"));
    }

    private static Reading scalar(long micros, Quality quality, double value) {
        return new Reading.Scalar(TEMPERATURE, micros, micros, quality, value);
    }

    private static void merge(Database db, Aggregates aggregates, long position) throws StoreFailed {
        db.run(c -> {
            aggregates.merge(c);
            Snapshots.save(c, new Snapshots.Snapshot(position, Map.of("a", new byte[] {1})));
        });
        aggregates.merged();
    }

    private static List<StoredAggregates.Stretch> read(Database db, ChannelId channel, StoredAggregates.Span span)
            throws StoreFailed {
        List<StoredAggregates.Stretch> all = new ArrayList<>();
        db.read(c -> {
            StoredAggregates.read(
                    c, channel.asset(), channel.channel(), span, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2, all::add);
            return true;
        });
        return all;
    }

    @Test
    void aMinuteTellsCountLeastMeanMostLastAndBad() throws Exception {
        try (Database db = Database.open(settings().file())) {
            Aggregates aggregates = new Aggregates(db);
            List<Reading> readings = List.of(
                    scalar(NOON + 3 * SECOND, Quality.GOOD, 4),
                    scalar(NOON + SECOND, Quality.UNCERTAIN, 1),
                    scalar(NOON + 2 * SECOND, Quality.BAD, 99),
                    scalar(NOON + 59 * SECOND, Quality.GOOD, Double.NaN),
                    scalar(NOON + 60 * SECOND, Quality.GOOD, 7));
            new Journal(db, settings())
                    .append(readings.stream().map(Delivery::unacknowledged).toList());
            readings.forEach(aggregates::add);
            merge(db, aggregates, 5);
            assertThat(read(db, TEMPERATURE, StoredAggregates.Span.MINUTE))
                    .containsExactly(
                            new StoredAggregates.Stretch(NOON, 2, 2, 1, 2.5, 4, 4, Double.NaN, Double.NaN),
                            new StoredAggregates.Stretch(NOON + 60 * SECOND, 1, 0, 7, 7, 7, 7, Double.NaN, Double.NaN));
            assertThat(read(db, TEMPERATURE, StoredAggregates.Span.HOUR))
                    .containsExactly(new StoredAggregates.Stretch(NOON, 3, 2, 1, 4, 7, 7, Double.NaN, Double.NaN));
            aggregates.add(scalar(NOON + 2_500_000, Quality.GOOD, -2));
            merge(db, aggregates, 6);
            assertThat(read(db, TEMPERATURE, StoredAggregates.Span.MINUTE).getFirst())
                    .as("a late reading counts in its own minute, and is not its last")
                    .isEqualTo(new StoredAggregates.Stretch(NOON, 3, 2, -2, 1, 4, 4, Double.NaN, Double.NaN));
            assertThat(aggregates.bytes()).isEqualTo(3 * Aggregates.ROW_BYTES);
            assertThat(new Aggregates(db).bytes()).isEqualTo(aggregates.bytes());
        }
    }

    @Test
    void aWaveformCountsByItsRmsWithPeakAndKurtosis() throws Exception {
        float[] sine = new float[1_000];
        for (int i = 0; i < sine.length; i++) {
            sine[i] = (float) (5 + 2 * Math.sin(2 * Math.PI * i / 100));
        }
        Reading wave = new Reading.Waveform(VIBRATION, NOON, NOON, Quality.GOOD, sine, 10_000);
        try (Database db = Database.open(settings().file())) {
            Aggregates aggregates = new Aggregates(db);
            new Journal(db, settings()).append(List.of(Delivery.unacknowledged(wave)));
            aggregates.add(wave);
            merge(db, aggregates, 1);
            StoredAggregates.Stretch minute =
                    read(db, VIBRATION, StoredAggregates.Span.MINUTE).getFirst();
            assertThat(minute.mean()).isCloseTo(Math.sqrt(2), within(1e-4));
            assertThat(minute.peak()).isCloseTo(2, within(1e-4));
            assertThat(minute.kurtosis()).as("of a sine").isCloseTo(1.5, within(1e-3));
        }
    }

    /** At any step the process dies: what was tallied is gone, and what the snapshot does not cover is tallied again. */
    @Test
    void howeverOftenItIsKilledEachReadingIsTalliedOnce() throws Exception {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            Path file = folder.resolve("kill-" + seed + ".db");
            StoreSettings settings = StoreSettings.of(file);
            long covered = 0;
            long micros = NOON;
            for (int life = 0; life < 6; life++) {
                try (Database db = Database.open(file)) {
                    Journal journal = new Journal(db, settings);
                    Aggregates aggregates = new Aggregates(db);
                    journal.readAfter(covered, j -> aggregates.add(j.reading()));
                    for (int batch = 0; batch < 5; batch++) {
                        List<Delivery> deliveries = new ArrayList<>();
                        for (int i = 0; i < 20; i++) {
                            micros += 1 + random.nextLong(20 * SECOND);
                            long late = random.nextInt(4) == 0 ? random.nextLong(2 * HOUR) : 0;
                            deliveries.add(Delivery.unacknowledged(
                                    scalar(micros - late, Quality.GOOD, random.nextInt(1_000))));
                        }
                        List<Journalled> saved = journal.append(deliveries);
                        saved.forEach(j -> aggregates.add(j.reading()));
                        switch (random.nextInt(3)) {
                            case 0 -> {
                                covered = saved.getLast().position();
                                merge(db, aggregates, covered);
                            }
                            case 1 -> failToMerge(db, aggregates);
                            default -> {}
                        }
                    }
                }
            }
            try (Database db = Database.open(file)) {
                Aggregates aggregates = new Aggregates(db);
                new Journal(db, settings).readAfter(covered, j -> aggregates.add(j.reading()));
                merge(db, aggregates, Long.MAX_VALUE / 2);
                for (int span : new int[] {60, 3_600}) {
                    assertThat(rows(db, "SELECT start, count, total, least, most FROM aggregate WHERE span = " + span))
                            .as("seed %s, span %s", seed, span)
                            .isEqualTo(rows(
                                    db,
                                    "SELECT source_time / %1$d * %1$d, count(*), sum(value), min(value), max(value)"
                                                    .formatted(span * SECOND)
                                            + " FROM reading GROUP BY 1 ORDER BY 1"));
                }
            }
        }
    }

    private static void failToMerge(Database db, Aggregates aggregates) {
        try {
            db.run(c -> {
                aggregates.merge(c);
                throw new java.sql.SQLException("the disk is full, say");
            });
        } catch (StoreFailed expected) {
            assertThat(expected).hasMessageContaining("the disk is full");
        }
    }

    private static List<String> rows(Database db, String sql) throws StoreFailed {
        return db.read(c -> {
            List<String> rows = new ArrayList<>();
            try (var s = c.createStatement();
                    var r = s.executeQuery(sql)) {
                while (r.next()) {
                    rows.add(r.getLong(1) + " " + r.getLong(2) + " " + r.getDouble(3) + " " + r.getDouble(4) + " "
                            + r.getDouble(5));
                }
            }
            return rows;
        });
    }

    @Test
    void aTimeThatCannotBeIsReplacedByTheTimeOfReceipt() {
        assertThat(Aggregates.timeOf(5, NOON)).as("a sensor at 1970").isEqualTo(NOON);
        assertThat(Aggregates.timeOf(NOON + HOUR, NOON)).as("a sensor ahead").isEqualTo(NOON);
        assertThat(Aggregates.timeOf(NOON - HOUR, NOON)).as("a late reading").isEqualTo(NOON - HOUR);
        assertThat(Aggregates.timeOf(NOON, 5)).as("a gateway at 1970").isEqualTo(NOON);
        assertThat(Aggregates.timeOf(5, 6))
                .as("neither: before 2020, in no aggregate")
                .isEqualTo(6);
    }

    @Test
    void minutesGoBeforeHoursAndTheOldestFirst() throws Exception {
        try (Database db = Database.open(settings().file())) {
            Aggregates aggregates = new Aggregates(db);
            List<Delivery> deliveries = new ArrayList<>();
            for (int i = 0; i < 180; i++) {
                deliveries.add(Delivery.unacknowledged(scalar(NOON + i * 60 * SECOND, Quality.GOOD, i)));
            }
            new Journal(db, settings()).append(deliveries).forEach(j -> aggregates.add(j.reading()));
            merge(db, aggregates, 180);
            long none = Long.MIN_VALUE;
            assertThat(aggregates.purge(db, none, none, 100 * Aggregates.ROW_BYTES))
                    .isEqualTo(83);
            assertThat(read(db, TEMPERATURE, StoredAggregates.Span.MINUTE)
                            .getFirst()
                            .startMicros())
                    .isEqualTo(NOON + 83 * 60 * SECOND);
            assertThat(read(db, TEMPERATURE, StoredAggregates.Span.HOUR)).hasSize(3);
            assertThat(aggregates.purge(db, NOON + 100 * 60 * SECOND, NOON + HOUR + 1, Long.MAX_VALUE))
                    .as("by age: 17 minutes, 2 hours")
                    .isEqualTo(19);
            assertThat(aggregates.purge(db, none, none, 0)).isEqualTo(81);
            assertThat(aggregates.bytes()).isZero();
        }
    }
}
