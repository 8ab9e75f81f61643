package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeMarksTest {
    private static final long NOON = 1_767_268_800_000_000L;
    private static final long MINUTE = 60_000_000;
    private static final long DAY = 1_440 * MINUTE;
    private static final Duration WEEK = Duration.ofDays(7);

    @TempDir
    Path folder;

    private long nanos = 42;

    private void run(long micros) {
        nanos += micros * 1_000;
    }

    private static void mark(Database db, AgeMarks ages, long position, long clock) throws StoreFailed {
        db.run(c -> ages.mark(c, position, clock));
    }

    /** Ten days, position = minute; on day 9 the clock jumps. */
    private AgeMarks tenDays(Database db, long jump) throws StoreFailed {
        AgeMarks ages = new AgeMarks(db, () -> nanos);
        for (long minute = 1; minute <= 10 * 1_440; minute += 10) {
            run(10 * MINUTE);
            long clock = NOON + minute * MINUTE + (minute > 9 * 1_440 ? jump : 0);
            mark(db, ages, minute, clock);
        }
        return ages;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 60 * MINUTE, -60 * MINUTE, 3_650 * DAY, -3_650 * DAY, -NOON, -10_000_000, MINUTE})
    void howeverTheClockJumpsRawReadingsAgeByRunningTime(long jump) throws Exception {
        try (Database db = Database.open(folder.resolve("p.db"))) {
            AgeMarks ages = tenDays(db, jump);
            assertThat(db.<Long>read(c -> ages.positionOlderThan(c, WEEK))).isBetween(3 * 1_440L - 20, 3 * 1_440L + 20);
            assertThat(db.<Long>read(c -> ages.positionOlderThan(c, Duration.ofDays(11))))
                    .isZero();
            long now = NOON + 10 * DAY + jump;
            assertThat(db.<Long>read(c -> ages.clockOlderThan(c, WEEK, now)))
                    .as("a jump ahead makes nothing old that was not")
                    .isLessThanOrEqualTo(NOON + 3 * DAY + 20 * MINUTE);
            assertThat(db.<Long>read(c -> ages.clockOlderThan(c, Duration.ofDays(30), now)))
                    .as("not running so long")
                    .isEqualTo(Long.MIN_VALUE);
        }
    }

    @Test
    void runningTimeGoesOnAfterARestartAndNeverBack() throws Exception {
        try (Database db = Database.open(folder.resolve("p.db"))) {
            AgeMarks first = new AgeMarks(db, () -> nanos);
            run(3 * DAY);
            mark(db, first, 100, NOON);
            long before = first.running();
            nanos = -5;
            AgeMarks second = new AgeMarks(db, () -> nanos);
            assertThat(second.running()).isEqualTo(before);
            run(5 * DAY);
            assertThat(db.<Long>read(c -> second.positionOlderThan(c, Duration.ofDays(5))))
                    .isEqualTo(100);
        }
    }

    @Test
    void marksThatOnlyLongAgesNeedAreThinnedToOneAnHour() throws Exception {
        try (Database db = Database.open(folder.resolve("p.db"))) {
            AgeMarks ages = new AgeMarks(db, () -> nanos);
            for (int minute = 1; minute <= 2 * 1_440; minute++) {
                run(MINUTE);
                mark(db, ages, minute, NOON);
                if (minute % 60 == 0) {
                    db.run(c -> ages.thin(c, Duration.ofHours(4), Duration.ofHours(30)));
                }
            }
            long marks = db.read(c -> {
                try (Statement s = c.createStatement();
                        ResultSet r = s.executeQuery("SELECT count(*) FROM age_mark")) {
                    return r.getLong(1);
                }
            });
            assertThat(marks).isBetween(6 * 60L, 6 * 60L + 32);
            assertThat(db.<Long>read(c -> ages.positionOlderThan(c, Duration.ofHours(20))))
                    .isBetween(27 * 60L, 28 * 60L);
        }
    }
}
