package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.ingest.GatewayClock.Trust;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClockSpansTest {
    private static final Instant TODAY = Instant.parse("2026-11-25T10:00:00Z");
    private static final ChannelId TEMPERATURE = new ChannelId("unit-1", "bearing_temp_c");

    @TempDir
    Path folder;

    private Instant shown = Instant.EPOCH.plusSeconds(60);
    private long nanos;

    /** A run of the gateway, as far as its journal. */
    private final class Run implements AutoCloseable {
        final Database database;
        final GatewayClock clock;
        final ClockSpans spans;
        final Journal journal;
        final Aggregates aggregates;
        final LaterStamps stamps;

        Run(String boot) throws StoreFailed {
            database = Database.open(folder.resolve("p.db"));
            clock = new GatewayClock(() -> shown, () -> nanos, ClockSpans.newestReceived(database));
            spans = new ClockSpans(database, clock, boot);
            journal = new Journal(database, StoreSettings.of(folder.resolve("p.db")), spans);
            aggregates = new Aggregates(database);
            stamps = new LaterStamps(spans, journal, aggregates);
        }

        Journalled receive(long ownTime) throws StoreFailed {
            goOn(Duration.ofSeconds(1));
            long received = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
            return append(
                    new Reading.Scalar(TEMPERATURE, ownTime == 0 ? received : ownTime, received, Quality.GOOD, 40));
        }

        Journalled append(Reading reading) throws StoreFailed {
            Journalled saved =
                    journal.append(List.of(Delivery.unacknowledged(reading))).getFirst();
            stamps.tally(saved);
            return saved;
        }

        /** A snapshot's transaction, as long as there is something to stamp. */
        void stamp(long covered) throws StoreFailed {
            while (stamps.prepare(covered)) {
                database.run(c -> {
                    stamps.write(c);
                    aggregates.merge(c);
                    Snapshots.save(c, new Snapshots.Snapshot(covered, Map.of("a", new byte[] {1})));
                });
                aggregates.merged();
                stamps.written();
            }
        }

        List<Reading> all() throws StoreFailed {
            List<Reading> all = new ArrayList<>();
            journal.readAfter(0, j -> all.add(j.reading()));
            return all;
        }

        @Override
        public void close() {
            database.close();
        }
    }

    private void goOn(Duration by) {
        shown = shown.plus(by);
        nanos += by.toNanos();
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    @Test
    void eachReadingGetsTheTimeItCameAtAndASensorsOwnTimeStays() throws Exception {
        long own = micros(TODAY.minusSeconds(3));
        try (Run run = new Run("boot")) {
            run.receive(0);
            run.receive(own);
            shown = TODAY;
            run.receive(0);
            run.stamp(3);
            List<Reading> all = run.all();
            assertThat(all)
                    .extracting(Reading::receivedMicros)
                    .containsExactly(micros(TODAY.minusSeconds(1)), micros(TODAY), micros(TODAY.plusSeconds(1)));
            assertThat(all)
                    .extracting(Reading::sourceMicros)
                    .containsExactly(micros(TODAY.minusSeconds(1)), own, micros(TODAY.plusSeconds(1)));
        }
    }

    @Test
    void aReadingNoSnapshotCoversIsNotStampedYet() throws Exception {
        try (Run run = new Run("boot")) {
            run.receive(0);
            run.receive(0);
            shown = TODAY;
            run.receive(0);
            run.stamp(1);
            assertThat(run.all().getFirst().receivedMicros()).isLessThan(micros(Instant.EPOCH.plusSeconds(100)));
        }
    }

    @Test
    void aRunThatWasKilledIsStampedByTheNextOneOfTheSameBootOnly() throws Exception {
        try (Run killed = new Run("boot")) {
            killed.receive(0);
        }
        try (Run other = new Run("another boot")) {
            other.receive(0);
            shown = TODAY;
            other.receive(0);
            other.stamp(3);
            assertThat(other.spans.at(1))
                    .satisfies(span -> assertThat(span.isStamped()).isFalse());
            assertThat(other.spans.at(2))
                    .satisfies(span -> assertThat(span.isStamped()).isTrue());
        }
        try (Run same = new Run("boot")) {
            same.receive(0);
            same.stamp(4);
            assertThat(same.spans.at(1))
                    .satisfies(span -> assertThat(span.isStamped()).isTrue());
            assertThat(same.all()).extracting(Reading::receivedMicros).isSorted();
            assertThat(same.all().getFirst().receivedMicros()).isEqualTo(micros(TODAY.minusSeconds(1)));
        }
    }

    @Test
    void whatTwoSourcesHandOverInTheWrongOrderIsReceivedInTheOrderOfTheJournal() throws Exception {
        shown = TODAY;
        try (Run run = new Run("boot")) {
            Journalled first = run.receive(0);
            long before = first.reading().receivedMicros() - 200;
            goOn(Duration.ofSeconds(1));
            Journalled late =
                    run.append(new Reading.Scalar(new ChannelId("unit-1", "flow"), before, before, Quality.GOOD, 1));
            assertThat(late.reading().receivedMicros())
                    .isEqualTo(first.reading().receivedMicros());
            assertThat(late.reading().sourceMicros()).isEqualTo(late.reading().receivedMicros());
            assertThat(run.all()).containsExactly(first.reading(), late.reading());
        }
    }

    @Test
    void aClockSetBackMarksWhatComesAsSuspectAndMovesNothing() throws Exception {
        shown = TODAY;
        try (Run run = new Run("boot")) {
            run.receive(0);
            shown = TODAY.minusSeconds(3_600);
            run.receive(0);
            assertThat(run.spans.at(1)).isNull();
            assertThat(run.spans.at(2))
                    .satisfies(span -> assertThat(span.trust()).isEqualTo(Trust.SUSPECT));
            assertThat(run.stamps.prepare(2)).isFalse();
            assertThat(run.all()).extracting(Reading::receivedMicros).isSorted();
        }
    }

    @Test
    void noBatchRunsAheadThatTellsSomethingOfTheClockByItselfOrByThoseBeforeIt() throws Exception {
        shown = TODAY;
        try (Run run = new Run("boot")) {
            run.receive(0);
            assertThat(run.journal.mayRunAhead(List.of(now(run)))).isTrue();
            Delivery handedOverLate = now(run);
            shown = TODAY.minusSeconds(3_600);
            assertThat(run.journal.mayRunAhead(List.of(now(run)))).isFalse();
            run.receive(0);
            assertThat(run.journal.mayRunAhead(List.of(handedOverLate)))
                    .as("it is received no earlier than those before it, and then the clock was suspect")
                    .isFalse();
            assertThat(run.append(handedOverLate.readings().getFirst()).position())
                    .isEqualTo(3);
            assertThat(run.spans.at(3)).isNotNull();
        }
    }

    private Delivery now(Run run) {
        goOn(Duration.ofSeconds(1));
        long received = run.clock.micros();
        return Delivery.unacknowledged(new Reading.Scalar(TEMPERATURE, received - 1, received, Quality.GOOD, 40));
    }
}
