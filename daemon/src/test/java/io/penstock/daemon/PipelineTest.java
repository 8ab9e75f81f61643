package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.infer.Inference;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.store.AgeMarks;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.ClockSpans;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.KeepSettings;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sense lane, stepped by hand over a real store, with one detector of the test's own. */
class PipelineTest {
    private static final ChannelId TEMPERATURE = new ChannelId("pump-1", "bearing_temp_c");
    private static final int BATCH = 3;

    @TempDir
    Path folder;

    /** Readings it was shown, by their place in the journal; at the broken one it throws, at the hot one it finds. */
    private static final class OwnDetector implements Detector {
        final List<Long> seen = new ArrayList<>();
        long broken;
        long hot;
        int memoryBytes = 1;

        @Override
        public void inspect(Observation observation, Consumer<Finding> findings) {
            if (!(observation instanceof Observation.Sample sample)) {
                return;
            }
            seen.add(sample.position());
            if (sample.position() == broken) {
                throw new IllegalStateException("a bug");
            }
            if (sample.position() == hot) {
                findings.accept(finding(sample));
            }
        }

        private static Finding finding(Observation.Sample sample) {
            return new Finding(
                    "pump-1",
                    "bearing_temp_c",
                    Finding.Tier.LIMIT,
                    "bearing_temperature_high",
                    null,
                    true,
                    sample.timeMicros(),
                    95,
                    "Cel",
                    80,
                    "the bearing maker's sheet",
                    60,
                    Severity.ALARM,
                    0.9,
                    1,
                    Quality.GOOD,
                    sample.position());
        }

        @Override
        public byte[] snapshot() {
            return new byte[memoryBytes];
        }

        @Override
        public void restore(byte[] snapshot) {
            // it remembers nothing
        }
    }

    /** A gateway's parts as far as the sense lane. */
    private final class Run implements AutoCloseable {
        final OwnDetector detector = new OwnDetector();
        final Database database;
        final ReadingQueue queue = new ReadingQueue(10_000, Duration.ofSeconds(1));
        final Pipeline pipeline;
        final OrderFolder orders;
        private final GatewayClock clock;
        private final Workers workers;
        private final Peers peers;
        int acknowledged;
        private int offered;

        Run() throws Exception {
            this(InstantSource.system());
        }

        /** @param wall the machine's clock */
        Run(InstantSource wall) throws Exception {
            GatewaySettings settings = new TestSite(folder)
                    .settings(new String[] {"pump-1"}, TestSite.mqtt("tcp://127.0.0.1:1"), TestSite.NO_MODELS);
            StoreSettings store = store(settings.store().file());
            database = Database.open(store.file());
            clock = new GatewayClock(wall, System::nanoTime, ClockSpans.newestReceived(database));
            ClockSpans spans = new ClockSpans(database, clock, "boot");
            workers = Workers.of(settings, clock);
            peers = new Peers(settings, workers, clock, new CompletableFuture<>());
            Duration deadline = Duration.ofSeconds(1);
            Advisor advisor = new Advisor(
                    settings.matrices(),
                    new CaseMemory(database, null),
                    new CaseRouting(ShippedRoutes.defaults(), Map::of, null, deadline, clock),
                    peers,
                    new Inference(settings.infer(), workers.breakers(), clock),
                    deadline);
            Asset pump = settings.assets().getFirst();
            AssetWatch watch = new AssetWatch(
                    pump, new AssetWindow(pump, new VibrationAnalysis(), settings.window()), Map.of("own", detector));
            Rules rules = new Rules(
                    Map.of("pump-1", watch),
                    new CaseBook(settings.cases(), settings.matrices()),
                    advisor,
                    new ResultMessages(settings.publish()),
                    0,
                    null,
                    store);
            orders = OrderFolder.of(store.file());
            orders.create();
            pipeline = new Pipeline(
                    database,
                    new Journal(database, store, spans),
                    queue,
                    rules,
                    orders,
                    new AgeMarks(database, System::nanoTime),
                    clock,
                    spans,
                    () -> {});
            pipeline.resume();
        }

        void offer(int readings) {
            for (int i = 0; i < readings; i++) {
                offer(60 + offered++ % 7.0);
            }
        }

        void offer(double value) {
            offer(TEMPERATURE, value);
        }

        void offer(ChannelId channel, double value) {
            long now = clock.micros();
            Reading reading = new Reading.Scalar(channel, now, now, Quality.GOOD, value);
            assertThat(queue.offer(new Delivery(List.of(reading), () -> acknowledged++)))
                    .isTrue();
        }

        void execute(String sql) throws StoreFailed {
            database.run(c -> {
                try (Statement s = c.createStatement()) {
                    s.execute(sql);
                }
            });
        }

        @Override
        public void close() {
            peers.close();
            workers.close();
            database.close();
        }
    }

    /** Batches of three, and no room held back: a full disk is the test's. */
    private static StoreSettings store(Path file) {
        KeepSettings keep = KeepSettings.standard();
        return new StoreSettings(
                file,
                Duration.ofDays(1),
                1 << 20,
                10_000,
                BATCH,
                Duration.ZERO,
                Duration.ofHours(1),
                Duration.ofDays(1),
                new KeepSettings(
                        keep.minutes(),
                        keep.hours(),
                        keep.aggregateBytes(),
                        keep.evidence(),
                        keep.caseBytes(),
                        keep.evidenceBytes(),
                        0));
    }

    @Test
    void aBatchWhoseCommitRanAheadIsAcknowledgedAndJudgedInItsTurn() throws Exception {
        try (Run run = new Run()) {
            run.offer(2 * BATCH);

            assertThat(run.pipeline.sense()).isTrue();
            assertThat(run.acknowledged).isEqualTo(BATCH);
            assertThat(run.detector.seen).containsExactly(1L, 2L, 3L);
            assertThat(run.queue.counts().waiting()).as("the next is under way").isZero();
            assertThat(run.pipeline.sense()).isTrue();
            assertThat(run.acknowledged).isEqualTo(2 * BATCH);
            assertThat(run.detector.seen).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
            assertThat(run.pipeline.sense()).isFalse();
        }
    }

    @Test
    void aBatchWhoseEarlyCommitFailedIsTriedAgainAndAcknowledgedByNobodyBefore() throws Exception {
        try (Run run = new Run()) {
            run.execute("CREATE TRIGGER refuse BEFORE INSERT ON reading WHEN NEW.value > 500"
                    + " BEGIN SELECT raise(ABORT, 'refused'); END");
            run.offer(BATCH + 2);
            run.offer(501.0);

            assertThat(run.pipeline.sense()).isTrue();
            assertThatThrownBy(run.pipeline::sense).isInstanceOf(StoreFailed.class);
            assertThat(run.acknowledged).isEqualTo(BATCH);
            run.execute("DROP TRIGGER refuse");
            assertThat(run.pipeline.sense()).isTrue();
            assertThat(run.acknowledged).isEqualTo(BATCH + 3);
            assertThat(run.detector.seen).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        }
    }

    @Test
    void whatALaneThatEndedByABugHadNotJudgedIsJudgedBeforeTheLastSnapshot() throws Exception {
        try (Run run = new Run()) {
            run.detector.broken = 2;
            run.offer(2 * BATCH);

            assertThatIllegalStateException().isThrownBy(run.pipeline::sense).withMessage("a bug");
            assertThat(run.detector.seen).containsExactly(1L, 2L);
            run.pipeline.finish();

            assertThat(run.detector.seen).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        }
        try (Run next = new Run()) {
            assertThat(next.detector.seen).as("all is covered").isEmpty();
        }
    }

    @Test
    void aDiagnosisWhoseCommitFoundTheDiskFullIsCountedOnce() throws Exception {
        try (Run run = new Run()) {
            run.offer(3_000);
            while (run.pipeline.sense()) {
                // until the queue is empty
            }
            run.pipeline.finish();
            run.detector.hot = 3_001;
            run.detector.memoryBytes = 40_000;
            run.offer(1);
            noRoomForAnyPageMore(run);
            while (run.pipeline.sense()) {
                // until the queue is empty
            }

            assertThat(run.pipeline.sheds()).as("the disk was full").isPositive();
            assertThat(run.database.read(CaseStore::openCount)).isEqualTo(1);
            assertThat(run.pipeline.figures().now().diagnoses().get(Diagnosis.Stage.RULES))
                    .isEqualTo(1);
        }
    }

    @Test
    void whereTheStoreKnowsAsManyChannelsAsItMayTheMachinesOwnAreKeptAndOthersCounted() throws Exception {
        try (Run before = new Run()) {
            before.execute("INSERT INTO channel (asset, channel) WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
                    + " SELECT i + 1 FROM n WHERE i < 100000) SELECT 'hall', i FROM n");
        }
        try (Run run = new Run()) {
            run.offer(new ChannelId("hall", "stray"), 1);
            run.offer(1);
            assertThat(run.pipeline.sense()).isTrue();

            assertThat(run.acknowledged).isEqualTo(2);
            assertThat(run.detector.seen).containsExactly(1L);
            assertThat(run.pipeline.unwatched()).isEqualTo(1);
            assertThat(run.pipeline.readings()).isEqualTo(1);
        }
    }

    @Test
    void anAnswerWaitsForItsAskerWhereTheMachinesClockIsBehindTheJournal() throws Exception {
        try (Run before = new Run(InstantSource.offset(InstantSource.system(), Duration.ofDays(1)))) {
            before.offer(1);
            assertThat(before.pipeline.sense()).isTrue();
            before.pipeline.finish();
        }
        try (Run run = new Run()) {
            String id = run.orders.submit(new OperatorOrder(OperatorOrder.Verb.ACK, "nobody-knows", "", "anna"));
            long lookedTwice = System.nanoTime() + Duration.ofMillis(1_200).toNanos();
            while (System.nanoTime() < lookedTwice) {
                run.pipeline.sense();
            }
            assertThat(run.orders.takeAnswer(id))
                    .hasValueSatisfying(answer -> assertThat(answer).startsWith("refused: no case begins with"));
        }
    }

    private static void noRoomForAnyPageMore(Run run) throws StoreFailed {
        long pages = run.database.read(c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("PRAGMA page_count")) {
                return r.getLong(1);
            }
        });
        run.execute("PRAGMA max_page_count = " + pages);
    }
}
