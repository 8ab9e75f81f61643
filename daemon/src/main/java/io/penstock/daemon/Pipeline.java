package io.penstock.daemon;

import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.health.LaneFigures;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.store.AgeMarks;
import io.penstock.daemon.store.Aggregates;
import io.penstock.daemon.store.ClockSpans;
import io.penstock.daemon.store.Commit;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Evidence;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.LaterStamps;
import io.penstock.daemon.store.Retention;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkQueue;
import io.penstock.daemon.window.ClockSet;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a reading: the sense lane. It takes it from the queue to the journal, acknowledges it, and goes on through window and
 * detectors to a saved case with its diagnosis by rules. A kill between any two lines repeats work and loses none.
 */
final class Pipeline {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final Duration IDLE = Duration.ofMillis(200);
    private static final long SECOND = 1_000_000;
    private static final long LARGEST_CLOCK_LEAD = 60 * SECOND;

    private final Database database;
    private final Journal journal;
    private final Aggregates aggregates;
    private final AgeMarks ages;
    private final Retention retention;
    private final ReadingQueue queue;
    private final GatewayClock clock;
    private final ClockSpans spans;
    private final LaterStamps stamps;
    private final LaneFigures figures = new LaneFigures();
    private final Decisions decisions;
    private final RulesInForce rules;
    private final OrderDesk orders;
    private final RejectLog unwatched;

    /** The last of the journal that was judged. */
    private long position;
    /** The clock was set: only what a snapshot covers is stamped. */
    private boolean snapshotWanted;

    private long purgeRunning;
    private long tickedSecond = Long.MIN_VALUE;
    private volatile long readings;
    /** Written by the sense lane alone. */
    private volatile long emptyLooks;

    private volatile boolean roomWanted;
    /** Taken from the queue, not yet on disk: tried again after a failed commit. */
    private List<Delivery> unsaved = List.of();
    /** The commit of {@link #unsaved} where it was begun before its turn; null where it was not. */
    private @Nullable Commit<List<Journalled>> ahead;

    /** @param announced called, on the lane's thread, after each commit that put messages into the outbox; must not block */
    Pipeline(
            Database database,
            Journal journal,
            ReadingQueue queue,
            Rules first,
            OrderFolder orders,
            AgeMarks ages,
            GatewayClock clock,
            ClockSpans spans,
            Runnable announced)
            throws StoreFailed {
        this.database = database;
        this.journal = journal;
        this.ages = ages;
        this.queue = queue;
        this.clock = clock;
        this.spans = spans;
        this.unwatched = new RejectLog("journal", clock, LOG);
        StoreSettings settings = first.settings();
        aggregates = new Aggregates(database);
        Evidence evidence = new Evidence(database, settings.keep());
        retention = new Retention(database, journal, aggregates, evidence, ages, settings);
        stamps = new LaterStamps(spans, journal, aggregates);
        decisions = new Decisions(database, retention, aggregates, evidence, stamps, ages, clock, figures, announced);
        rules = new RulesInForce(first, journal, retention, spans, stamps, decisions);
        journal.places(this::isNamed, this::turnedAway);
        this.orders = new OrderDesk(orders, clock, decisions, new OperatorWord(database, announced));
    }

    /** Goes on where the last run stopped: detector state, then what the journal holds beyond it. Before the first {@link #sense}. */
    void resume() throws StoreFailed {
        position = decisions.restore(rules.now());
        journal.readAfter(position, this::watch);
        decisions.save(rules.now(), position);
    }

    /**
     * The sense lane, one batch. Under a backlog the next batch is on its way to the disk while this one is judged.
     *
     * @return whether there was anything to do
     */
    boolean sense() throws StoreFailed, InterruptedException {
        rules.takeUpWhatIsWanted(position);
        if (unsaved.isEmpty()) {
            StoreSettings settings = rules.now().settings();
            unsaved = queue.take(settings.batch(), settings.linger(), IDLE);
        }
        boolean any = !unsaved.isEmpty();
        if (any) {
            List<Journalled> saved = saved();
            takeAhead();
            saved.forEach(this::watch);
            readings = readings + saved.size();
        }
        decisions.save(rules.now(), position);
        orders.carryOut(rules.now(), position);
        keepBounds();
        if (!any) {
            emptyLooks = emptyLooks + 1;
        }
        return any;
    }

    private void takeAhead() {
        unsaved = queue.takeFull(rules.now().settings().batch());
        if (!unsaved.isEmpty() && !retention.tight() && journal.mayRunAhead(unsaved)) {
            ahead = journal.begin(unsaved);
        }
    }

    /** What is not saved is not acknowledged. On a full disk only what a snapshot covers may be shed, so one is saved first. */
    private List<Journalled> saved() throws StoreFailed {
        Commit<List<Journalled>> commit = ahead == null ? journal.begin(unsaved) : ahead;
        ahead = null;
        try {
            List<Journalled> saved = commit.await();
            committed(commit.took());
            return saved;
        } catch (StoreFailed e) {
            if (!e.full()) {
                throw e;
            }
        }
        long began = System.nanoTime();
        if (position > decisions.covered()) {
            saveSnapshot();
        }
        List<Journalled> saved = retention.makingRoom(decisions.covered(), () -> journal.append(unsaved));
        committed(Duration.ofNanos(System.nanoTime() - began));
        return saved;
    }

    private void committed(Duration took) {
        figures.committed(took, unsaved.getLast().readings().getLast(), clock.micros());
        unsaved.forEach(delivery -> delivery.saved().run());
    }

    private void watch(Journalled journalled) {
        spans.setBetween(position, journalled.position()).ifPresent(this::clockSet);
        position = journalled.position();
        stamps.tally(journalled);
        Journalled judged = stamps.asJudged(journalled);
        Reading reading = judged.reading();
        Rules now = rules.now();
        // a device clock that runs ahead must not close every case: source time counts up to a minute past the receive
        // time
        long micros = Math.min(reading.sourceMicros(), reading.receivedMicros() + LARGEST_CLOCK_LEAD);
        if (micros / SECOND > tickedSecond) {
            tickedSecond = micros / SECOND;
            decisions.note(now.book().tick(tickedSecond * SECOND), reading);
        }
        AssetWatch watch = now.watches().get(reading.channel().asset());
        if (watch == null || !watch.knows(reading.channel().channel())) {
            unwatched.reject(
                    reading.channel().toString(),
                    RejectReason.UNWATCHED,
                    "no asset file names this channel: its readings are stored, but nobody looks at them");
        } else {
            watch.accept(judged, findings -> decisions.judge(now, findings, reading));
        }
    }

    private boolean isNamed(ChannelId channel) {
        AssetWatch watch = rules.now().watches().get(channel.asset());
        return watch != null && watch.knows(channel.channel());
    }

    private void turnedAway(ChannelId channel) {
        unwatched.reject(
                channel.toString(),
                RejectReason.UNWATCHED,
                "no asset file names this channel, and the store knows as many as it may: its readings are not kept;"
                        + " subscribe to fewer, or name it");
    }

    /** The first reading after the gateway's clock was set. Its place in the journal is known: a start goes through the same again. */
    private void clockSet(ClockSpans.Span span) {
        ClockSet set = span.set();
        rules.now().watches().values().forEach(watch -> watch.clockSet(set));
        rules.now().book().clockSet(set);
        tickedSecond = Long.MIN_VALUE;
        snapshotWanted = true;
        LOG.info(
                "the clock was set ahead by {}: times of readings {} to {} without a time of their own are corrected",
                Duration.of(set.byMicros(), ChronoUnit.MICROS),
                span.first(),
                span.last());
    }

    private void saveSnapshot() throws StoreFailed {
        decisions.saveSnapshot(rules.now(), position);
        snapshotWanted = false;
    }

    private void keepBounds() throws StoreFailed {
        if (roomWanted) {
            roomWanted = false;
            retention.giveRoom(decisions.covered());
        }
        StoreSettings settings = rules.now().settings();
        boolean due = decisions.snapshotAge().compareTo(settings.snapshotEvery()) >= 0;
        boolean unsavedPosition =
                position > decisions.covered() && (due || snapshotWanted || aggregates.full() || retention.tight());
        if (stamps.prepare(decisions.covered()) || unsavedPosition) {
            saveSnapshot();
        }
        // even to delete takes room
        long running = ages.running();
        if (running - purgeRunning >= 10 * SECOND
                && !retention.makingRoom(
                        decisions.covered(), () -> retention.keep(decisions.covered(), clock.shownMicros()))) {
            purgeRunning = running;
            decisions.purgeAnomalies(settings.snapshotEvery());
            retention.makingRoom(
                    decisions.covered(),
                    () -> database.write(c -> {
                        UplinkQueue.purge(
                                c, ages.clockOlderThan(c, settings.keepResults(), clock.micros()), clock.micros());
                        return true;
                    }));
        }
    }

    /** Finishes what was taken from the queue and saves a last snapshot, so that the next start has nothing to go through again. */
    void finish() throws StoreFailed {
        if (!unsaved.isEmpty()) {
            saved();
            unsaved = List.of();
        }
        try {
            // as a start does: a lane that ended amid a batch has left the rest of it unjudged
            journal.readAfter(position, this::watch);
        } finally {
            saveSnapshot();
        }
    }

    /** What readings are judged by, and its exchange. */
    RulesInForce rules() {
        return rules;
    }

    /** Another lane found the disk full: the sense lane makes room at its next turn. Any thread. */
    void wantRoom() {
        roomWanted = true;
    }

    /** How often something was shed because the disk was full, since start. */
    long sheds() {
        return retention.sheds();
    }

    /** How often the sense lane has found the queue empty with all before it saved. */
    long emptyLooks() {
        return emptyLooks;
    }

    /** Readings of channels that no asset file names, since start. */
    long unwatched() {
        return unwatched.count();
    }

    LaneFigures figures() {
        return figures;
    }

    /** Since the detectors' memory was last saved. */
    Duration snapshotAge() {
        return decisions.snapshotAge();
    }

    /** Anomaly events beyond their bound, since start: not told, or dropped while the broker was away. */
    long untoldAnomalies() {
        return decisions.untoldAnomalies();
    }

    /** Readings journalled since start. */
    long readings() {
        return readings;
    }
}
