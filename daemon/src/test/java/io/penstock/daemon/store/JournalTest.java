package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final ChannelId TEMPERATURE = new ChannelId("unit-1", "bearing_temp_c");
    private static final ChannelId VIBRATION = new ChannelId("unit-1", "vibration_de");

    @TempDir
    Path folder;

    private StoreSettings settings() {
        return StoreSettings.of(folder.resolve("p.db"));
    }

    private static Delivery temperature(long micros, double value) {
        return Delivery.unacknowledged(new Reading.Scalar(TEMPERATURE, micros, micros + 5, Quality.GOOD, value));
    }

    @Test
    void topicsWithoutEndFillNeitherMemoryNorStoreAndANamedChannelHasItsPlace() throws Exception {
        ChannelId known = new ChannelId("hall", "known");
        ChannelId stray = new ChannelId("hall", "stray");
        List<ChannelId> refused = new ArrayList<>();
        try (Database db = Database.open(settings().file())) {
            db.run(c -> {
                try (Statement s = c.createStatement()) {
                    s.executeUpdate("INSERT INTO channel (asset, channel) VALUES ('hall', 'known')");
                    s.executeUpdate("INSERT INTO channel (asset, channel) WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL"
                            + " SELECT i + 1 FROM n WHERE i < " + Journal.MOST_CHANNELS + ") SELECT 'hall', i FROM n");
                }
            });
            Journal journal = new Journal(db, settings());
            journal.places(TEMPERATURE::equals, refused::add);
            List<Journalled> saved = journal.append(List.of(
                    new Delivery(List.of(scalar(stray, 1_000), scalar(known, 2_000)), () -> {}),
                    Delivery.unacknowledged(scalar(TEMPERATURE, 3_000)),
                    Delivery.unacknowledged(scalar(stray, 4_000))));

            assertThat(saved)
                    .extracting(j -> j.reading().channel(), Journalled::position)
                    .containsExactly(tuple(known, 1L), tuple(TEMPERATURE, 2L));
            assertThat(refused).containsExactly(stray, stray);
        }
    }

    private static Reading scalar(ChannelId channel, long micros) {
        return new Reading.Scalar(channel, micros, micros, Quality.GOOD, 1);
    }

    @Test
    void readingsComeBackAsTheyWereAfterAReopen() throws Exception {
        float[] samples = {0.5f, -1.25f, 3e-7f};
        try (Database db = Database.open(settings().file())) {
            new Journal(db, settings())
                    .append(List.of(
                            temperature(1_000, 41.5),
                            Delivery.unacknowledged(
                                    new Reading.Scalar(TEMPERATURE, 2_000, 2_001, Quality.BAD, Double.NaN)),
                            Delivery.unacknowledged(new Reading.Waveform(
                                    VIBRATION, 3_000, 3_001, Quality.UNCERTAIN, samples, 12_800))));
        }
        List<Journalled> all = new ArrayList<>();
        try (Database db = Database.open(settings().file())) {
            new Journal(db, settings()).readAfter(0, all::add);
        }
        assertThat(all).extracting(Journalled::position).containsExactly(1L, 2L, 3L);
        assertThat(all.get(0).reading()).isEqualTo(new Reading.Scalar(TEMPERATURE, 1_000, 1_005, Quality.GOOD, 41.5));
        assertThat(((Reading.Scalar) all.get(1).reading()).value()).isNaN();
        assertThat(all.get(2).reading()).isInstanceOfSatisfying(Reading.Waveform.class, w -> {
            assertThat(w.samples()).containsExactly(samples);
            assertThat(w.rateHz()).isEqualTo(12_800);
            assertThat(w.quality()).isEqualTo(Quality.UNCERTAIN);
        });
    }

    @Test
    void aRedeliveredReadingIsKeptOnceAlsoAfterARestart() throws Exception {
        try (Database db = Database.open(settings().file())) {
            Journal journal = new Journal(db, settings());
            assertThat(journal.append(List.of(temperature(1_000, 41.5), temperature(1_000, 41.5))))
                    .hasSize(1);
            assertThat(journal.duplicates()).isEqualTo(1);
        }
        try (Database db = Database.open(settings().file())) {
            Journal journal = new Journal(db, settings());
            assertThat(journal.append(List.of(temperature(1_000, 41.5)))).isEmpty();
            assertThat(journal.append(List.of(temperature(2_000, 41.6))))
                    .extracting(Journalled::position)
                    .containsExactly(2L);
        }
    }

    @Test
    void aBatchThatFailsLeavesNoTraceInTheOneBegunRightBehindIt() throws Exception {
        try (Database db = Database.open(settings().file())) {
            db.run(c -> {
                try (var s = c.createStatement()) {
                    s.executeUpdate("CREATE TRIGGER refuse BEFORE INSERT ON reading WHEN NEW.value < 0"
                            + " BEGIN SELECT raise(ABORT, 'refused'); END");
                }
            });
            Journal journal = new Journal(db, settings());
            Commit<List<Journalled>> bad = journal.begin(List.of(temperature(1_000, 41.5), temperature(2_000, -1)));
            Commit<List<Journalled>> good = journal.begin(List.of(temperature(2_000, 41.6), temperature(2_000, 41.6)));
            Commit<List<Journalled>> again = journal.begin(List.of(temperature(1_000, 41.5)));

            assertThatThrownBy(bad::await).isInstanceOf(StoreFailed.class).hasMessageContaining("refused");
            assertThat(good.await()).extracting(Journalled::position).containsExactly(1L);
            assertThat(again.await()).extracting(Journalled::position).containsExactly(2L);
            assertThat(journal.duplicates()).isEqualTo(1);
            List<Journalled> all = new ArrayList<>();
            new Journal(db, settings()).readAfter(0, all::add);
            assertThat(all).extracting(j -> j.reading().sourceMicros()).containsExactly(2_000L, 1_000L);
        }
    }

    @Test
    void whatTheRingTakesIsKnownAtAStartWithoutCountingItAgain() throws Exception {
        long exact;
        try (Database db = Database.open(settings().file())) {
            Journal journal = new Journal(db, settings());
            List<Delivery> many = new ArrayList<>();
            for (int i = 1; i <= 100; i++) {
                many.add(temperature(i * 1_000L, i));
            }
            journal.append(many);
            db.run(c -> {
                Snapshots.save(c, new Snapshots.Snapshot(60, Map.of("a", new byte[] {1})));
                journal.noteSize(c, 60);
            });
            journal.append(List.of(temperature(200_000, 1), temperature(201_000, 1)));
            assertThat(journal.purge(10, 60)).isEqualTo(10);
            exact = journal.bytes();
        }
        try (Database db = Database.open(settings().file())) {
            assertThat(new Journal(db, settings()).bytes()).isEqualTo(exact);
            db.run(c -> {
                try (var s = c.createStatement()) {
                    s.executeUpdate("DELETE FROM snapshot WHERE name = 'journal'");
                }
            });
            assertThat(new Journal(db, settings()).bytes())
                    .as("counted, in a store of which nothing was noted")
                    .isEqualTo(exact);
        }
    }

    @Test
    void theRingForgetsOldestFirstButNothingTheSnapshotDoesNotCover() throws Exception {
        StoreSettings small = new StoreSettings(
                settings().file(),
                Duration.ofDays(1),
                3_000,
                100,
                100,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(1),
                KeepSettings.standard());
        try (Database db = Database.open(small.file())) {
            Journal journal = new Journal(db, small);
            List<Delivery> many = new ArrayList<>();
            for (int i = 1; i <= 100; i++) {
                many.add(temperature(i * 1_000L, i));
            }
            journal.append(many);
            assertThat(journal.purge(0, 20)).as("only 20 are covered").isEqualTo(20);
            journal.purge(0, 100);
            assertThat(journal.bytes()).isBetween(2_000L, 3_000L);
            List<Journalled> left = new ArrayList<>();
            journal.readAfter(0, left::add);
            assertThat(left.getLast().position()).isEqualTo(100);
            assertThat(left).hasSizeBetween(40, 50);
            assertThat(journal.purge(100, 100))
                    .as("all are over their age by now")
                    .isEqualTo(left.size());
        }
        try (Database db = Database.open(small.file())) {
            db.run(c -> Snapshots.save(c, new Snapshots.Snapshot(100, Map.of("a", new byte[] {1}))));
            assertThat(new Journal(db, small).append(List.of(temperature(1, 1))))
                    .as("positions never start again, not even in an emptied ring")
                    .extracting(Journalled::position)
                    .containsExactly(101L);
        }
    }

    @Test
    void theViewIsReadableByAnyone() throws Exception {
        try (Database db = Database.open(settings().file())) {
            new Journal(db, settings()).append(List.of(temperature(1_000, 41.5)));
            try (var c = DriverManager.getConnection("jdbc:sqlite:" + settings().file());
                    Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT channel, time, value, quality FROM v_reading")) {
                assertThat(r.getString(1)).isEqualTo("unit-1/bearing_temp_c");
                assertThat(r.getLong(2)).isEqualTo(1_000);
                assertThat(r.getDouble(3)).isEqualTo(41.5);
                assertThat(r.getString(4)).isEqualTo("good");
            }
        }
    }

    @Test
    void aFileOfANewerVersionIsRefusedWithWhatToDo() throws Exception {
        try (var c = DriverManager.getConnection("jdbc:sqlite:" + settings().file());
                Statement s = c.createStatement()) {
            s.executeUpdate("PRAGMA user_version = 99");
        }
        assertThatThrownBy(() -> Database.open(settings().file()))
                .isInstanceOf(StoreFailed.class)
                .hasMessageContaining("99")
                .hasMessageContaining("newer Penstock");
    }
}
