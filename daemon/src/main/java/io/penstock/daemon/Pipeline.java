package io.penstock.daemon;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.AgeMarks;
import io.penstock.daemon.store.Aggregates;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Evidence;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.Retention;
import io.penstock.daemon.store.Snapshots;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a reading. The sense lane takes it from the queue to the journal, acknowledges it, and goes on through window and
 * detectors to a saved case with its diagnosis by rules. The diagnose lane takes that diagnosis through route, prompt and model to
 * the checked one. They meet only in SQLite: a kill between any two lines repeats work and loses none.
 */
final class Pipeline {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final Duration IDLE = Duration.ofMillis(200);
    private static final long SECOND = 1_000_000;
    private static final long LARGEST_CLOCK_LEAD = 60 * SECOND;
    /** How often orders are looked for. */
    private static final long LOOK = SECOND / 2;

    private final Database database;
    private final Journal journal;
    private final Aggregates aggregates;
    private final Evidence evidence;
    private final AgeMarks ages;
    private final Retention retention;
    private final ReadingQueue queue;
    private final Map<String, AssetWatch> watches;
    private final CaseBook book;
    private final Advisor advisor;
    private final ResultMessages messages;
    private final StoreSettings settings;
    private final OrderFolder orders;
    private final InstantSource clock;

    private final RejectLog unwatched;

    private long position;
    private long snapshotPosition;
    /** In running time: a clock that is set does not hurry or stop them. */
    private long snapshotRunning;

    private long purgeRunning;
    private long lookedMicros = Long.MIN_VALUE;
    private long tickedSecond = Long.MIN_VALUE;
    private volatile long readings;
    /** Written by the sense lane alone. */
    private volatile long emptyLooks;

    private volatile boolean roomWanted;
    /** Taken from the queue, not yet on disk: tried again after a failed commit. */
    private List<Delivery> unsaved = List.of();
    /** Decided, not yet on disk. */
    private final List<Change> undone = new ArrayList<>();

    Pipeline(
            Database database,
            Journal journal,
            ReadingQueue queue,
            Map<String, AssetWatch> watches,
            CaseBook book,
            Advisor advisor,
            ResultMessages messages,
            StoreSettings settings,
            OrderFolder orders,
            AgeMarks ages,
            InstantSource clock)
            throws StoreFailed {
        this.database = database;
        this.journal = journal;
        this.aggregates = new Aggregates(database);
        this.evidence = new Evidence(database, settings.keep());
        this.ages = ages;
        this.retention = new Retention(database, journal, aggregates, evidence, ages, settings);
        this.queue = queue;
        this.watches = Map.copyOf(watches);
        this.book = book;
        this.advisor = advisor;
        this.messages = messages;
        this.settings = settings;
        this.orders = orders;
        this.clock = clock;
        this.unwatched = new RejectLog("journal", clock, LOG);
    }

    /** Goes on where the last run stopped: detector state, then what the journal holds beyond it. Before the first {@link #sense}. */
    void resume() throws StoreFailed {
        Snapshots.Snapshot saved = database.read(Snapshots::load);
        position = saved.position();
        snapshotPosition = position;
        watches.values().forEach(watch -> watch.restore(saved.states()));
        byte[] cases = saved.states().get("cases");
        if (cases != null) {
            try {
                book.restore(cases);
            } catch (IllegalArgumentException e) {
                LOG.warn("open cases start anew: {}", e.getMessage());
            }
        }
        journal.readAfter(position, this::watch);
        save();
        snapshotRunning = ages.running();
    }

    /**
     * The sense lane, one batch.
     *
     * @return whether there was anything to do
     */
    boolean sense() throws StoreFailed, InterruptedException {
        if (unsaved.isEmpty()) {
            unsaved = queue.take(settings.batch(), settings.linger(), IDLE);
        }
        boolean any = !unsaved.isEmpty();
        if (any) {
            List<Journalled> saved = journalled();
            unsaved.forEach(delivery -> delivery.saved().run());
            unsaved = List.of();
            saved.forEach(this::watch);
            readings = readings + saved.size();
        }
        save();
        carryOut();
        keepBounds();
        if (!any) {
            emptyLooks = emptyLooks + 1;
        }
        return any;
    }

    /**
     * The diagnose lane, one diagnosis.
     *
     * @return whether there was anything to do
     */
    boolean diagnose() throws StoreFailed {
        Optional<CaseStore.Advised> next = database.read(CaseStore::nextWaiting);
        if (next.isEmpty()) {
            advisor.warm();
            return false;
        }
        CaseRecord record = next.get().caseRecord();
        Diagnosis diagnosis = advisor.explain(record, next.get().diagnosis());
        database.run(c -> {
            CaseStore.save(c, diagnosis, now());
            Outbox.put(c, messages.diagnosis(diagnosis, record), now());
            putState(c, record.asset(), diagnosis.id() + ":" + diagnosis.stage(), record.updatedMicros());
        });
        return true;
    }

    /** Saves a last snapshot, so that the next start has nothing to go through again. */
    void finish() throws StoreFailed {
        saveSnapshot();
    }

    /** How often the sense lane has found the queue empty with all before it saved. */
    long emptyLooks() {
        return emptyLooks;
    }

    /** Readings of channels that no asset file names, since start. */
    long unwatched() {
        return unwatched.count();
    }

    /** Readings journalled since start. */
    long readings() {
        return readings;
    }

    /** What is not saved is not acknowledged. On a full disk only what a snapshot covers may be shed, so one is saved first. */
    private List<Journalled> journalled() throws StoreFailed {
        try {
            return journal.append(unsaved);
        } catch (StoreFailed e) {
            if (!e.full()) {
                throw e;
            }
            if (position > snapshotPosition) {
                saveSnapshot();
            }
            return retention.makingRoom(snapshotPosition, () -> journal.append(unsaved));
        }
    }

    /** Another lane found the disk full: the sense lane makes room at its next turn. Any thread. */
    void wantRoom() {
        roomWanted = true;
    }

    /** How often something was shed because the disk was full, since start. */
    long sheds() {
        return retention.sheds();
    }

    /** A case as it changed, and when the reading that changed it was received. */
    private record Change(CaseRecord record, long sampleMicros) {}

    private void note(List<CaseChange> changes, Reading cause) {
        for (CaseChange change : changes) {
            undone.add(new Change(change.record(), cause.receivedMicros()));
        }
    }

    private void watch(Journalled journalled) {
        Reading reading = journalled.reading();
        position = journalled.position();
        aggregates.add(reading);
        // a device clock that runs ahead must not close every case: source time counts up to a minute past the receive
        // time
        long micros = Math.min(reading.sourceMicros(), reading.receivedMicros() + LARGEST_CLOCK_LEAD);
        if (micros / SECOND > tickedSecond) {
            tickedSecond = micros / SECOND;
            note(book.tick(tickedSecond * SECOND), reading);
        }
        AssetWatch watch = watches.get(reading.channel().asset());
        if (watch == null || !watch.knows(reading.channel().channel())) {
            unwatched.reject(
                    reading.channel().toString(),
                    RejectReason.UNWATCHED,
                    "no asset file names this channel: its readings are stored, but nobody looks at them");
        } else {
            watch.accept(journalled, findings -> note(book.apply(findings), reading));
        }
    }

    private void save() throws StoreFailed {
        if (undone.isEmpty()) {
            return;
        }
        saveSnapshot();
    }

    /** Cases, diagnoses by rules, messages, evidence, aggregates and the snapshot they all belong to: all of it or nothing. */
    private void saveSnapshot() throws StoreFailed {
        Snapshots.Snapshot snapshot = snapshot();
        retention.makingRoom(
                snapshotPosition,
                () -> database.write(c -> {
                    evidence.begin();
                    for (Change change : undone) {
                        CaseRecord record = change.record();
                        CaseStore.save(c, record);
                        AssetWatch watch = watches.get(record.asset());
                        evidence.keep(c, record, watch == null ? List.of() : watch.speedChannels());
                        Diagnosis diagnosis = advisor.byRules(record, change.sampleMicros(), now());
                        CaseStore.save(c, diagnosis, now());
                        Outbox.put(c, messages.caseEvent(record), now());
                        Outbox.put(c, messages.diagnosis(diagnosis, record), now());
                        putState(c, record.asset(), diagnosis.id() + ":" + diagnosis.stage(), record.updatedMicros());
                    }
                    aggregates.merge(c);
                    ages.mark(c, snapshot.position(), now());
                    Snapshots.save(c, snapshot);
                    return true;
                }));
        undone.clear();
        evidence.committed();
        aggregates.merged();
        snapshotPosition = snapshot.position();
        snapshotRunning = ages.running();
    }

    /** The asset's retained state is that of its worst open case, whichever case just changed. */
    private void putState(Connection c, String asset, String cause, long updatedMicros) throws SQLException {
        Optional<CaseStore.Advised> worst = CaseStore.worstOpen(c, asset);
        Outbox.put(c, messages.state(asset, cause, worst, updatedMicros), now());
    }

    /** Operators' orders, between two batches: carried out, saved, then answered. */
    private void carryOut() throws StoreFailed {
        long now = now();
        if (lookedMicros != Long.MIN_VALUE && now >= lookedMicros && now - lookedMicros < LOOK) {
            return;
        }
        lookedMicros = now;
        try {
            for (OrderFolder.Found found : orders.waiting(now / 1_000)) {
                String answer = carryOut(found);
                LOG.info("baseline order of {}: {}", found.owner(), answer);
                orders.answer(found, answer);
            }
        } catch (IOException e) {
            LOG.warn("look for orders in {}: {}", orders.path(), e.toString());
        }
    }

    private String carryOut(OrderFolder.Found found) throws StoreFailed {
        return switch (found) {
            case OrderFolder.Found.Refused(Path file, String owner, String reason) ->
                "refused: " + file.getFileName() + ": " + reason;
            case OrderFolder.Found.Order(Path file, String owner, BaselineOrder order) -> {
                AssetWatch watch = watches.get(order.asset());
                if (watch == null) {
                    yield "refused: there is no asset " + order.asset();
                }
                watch.commission(order.verb());
                saveSnapshot();
                yield "done: " + order.verb().name().toLowerCase(Locale.ROOT) + " " + order.asset() + ", asked by "
                        + order.by() + ", after position " + position + " of the journal";
            }
        };
    }

    private void keepBounds() throws StoreFailed {
        if (roomWanted) {
            roomWanted = false;
            retention.giveRoom(snapshotPosition);
        }
        long running = ages.running();
        boolean due = running - snapshotRunning >= settings.snapshotEvery().toMillis() * 1_000;
        if (position > snapshotPosition && (due || aggregates.full() || retention.tight())) {
            saveSnapshot();
        }
        if (running - purgeRunning >= 10 * SECOND && !retention.keep(snapshotPosition, now())) {
            purgeRunning = running;
        }
    }

    private Snapshots.Snapshot snapshot() {
        Map<String, byte[]> states = new HashMap<>();
        watches.values().forEach(watch -> watch.snapshot(states));
        states.put("cases", book.snapshot());
        return new Snapshots.Snapshot(position, states);
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
