package io.penstock.daemon;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.AnomalyEvents;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.Snapshots;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectLog;
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

    /** Sent anomaly events are kept so much longer than any snapshot takes to cover them. */
    private static final Duration KEPT_ANOMALIES = Duration.ofHours(1);

    private static final int MOST_WAITING_ANOMALIES = 20_000;

    private final Database database;
    private final Journal journal;
    private final ReadingQueue queue;
    private final Map<String, AssetWatch> watches;
    private final CaseBook book;
    private final Advisor advisor;
    private final ResultMessages messages;
    private final AnomalyEvents anomalies;
    private final boolean tellsAnomalies;
    private final StoreSettings settings;
    private final OrderFolder orders;
    private final InstantSource clock;

    private final RejectLog unwatched;

    private long position;
    private long snapshotPosition;
    private long snapshotMicros;
    private long purgeMicros;
    private long lookedMicros = Long.MIN_VALUE;
    private long tickedSecond = Long.MIN_VALUE;
    private volatile long readings;
    /** Written by the sense lane alone. */
    private volatile long emptyLooks;
    /** Taken from the queue, not yet on disk: tried again after a failed commit. */
    private List<Delivery> unsaved = List.of();
    /** Decided, not yet on disk. */
    private final List<Change> undone = new ArrayList<>();

    /** Begun, not yet in the outbox. */
    private final List<Finding> begun = new ArrayList<>();

    private volatile Runnable announced = () -> {};
    private volatile long droppedAnomalies;

    Pipeline(
            Database database,
            Journal journal,
            ReadingQueue queue,
            Map<String, AssetWatch> watches,
            CaseBook book,
            Advisor advisor,
            ResultMessages messages,
            PublishSettings publish,
            StoreSettings settings,
            OrderFolder orders,
            InstantSource clock) {
        this.database = database;
        this.journal = journal;
        this.queue = queue;
        this.watches = Map.copyOf(watches);
        this.book = book;
        this.advisor = advisor;
        this.messages = messages;
        this.anomalies = new AnomalyEvents(publish.mostAnomalies());
        this.tellsAnomalies = publish.anomalies();
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
        byte[] events = saved.states().get("anomalies");
        if (events != null) {
            try {
                anomalies.restore(events);
            } catch (IllegalArgumentException e) {
                LOG.warn("anomaly events start anew: {}", e.getMessage());
            }
        }
        journal.readAfter(position, this::watch);
        save();
        snapshotMicros = now();
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
            List<Journalled> saved = journalled(unsaved);
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
        announced.run();
        return true;
    }

    /** Saves a last snapshot, so that the next start has nothing to go through again. */
    void finish() throws StoreFailed {
        saveSnapshot();
    }

    /** @param then called, on a lane's thread, after each commit that put messages into the outbox; must not block */
    void onAnnounced(Runnable then) {
        announced = then;
    }

    /** Anomaly events beyond their bound, since start: not told, or dropped while the broker was away. */
    long untoldAnomalies() {
        return anomalies.beyond() + droppedAnomalies;
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

    /** A full disk sheds the oldest raw readings first, then is tried once more; what is not saved is not acknowledged. */
    private List<Journalled> journalled(List<Delivery> waiting) throws StoreFailed {
        try {
            return journal.append(waiting);
        } catch (StoreFailed e) {
            if (!e.full()) {
                throw e;
            }
            LOG.error("the disk is full; shedding the oldest raw readings: {}", e.getMessage());
            journal.shed(snapshotPosition);
            return journal.append(waiting);
        }
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
                    "no asset file names this channel: its readings are stored, but nobody looks at them");
        } else {
            watch.accept(journalled, findings -> {
                if (tellsAnomalies) {
                    begun.addAll(anomalies.beginnings(findings));
                }
                note(book.apply(findings), reading);
            });
        }
    }

    private void save() throws StoreFailed {
        if (undone.isEmpty()) {
            if (!begun.isEmpty()) {
                // no snapshot: the events have keys, so a repeated step puts the same ones again
                database.run(this::putAnomalies);
                begun.clear();
                announced.run();
            }
            return;
        }
        Snapshots.Snapshot snapshot = snapshot();
        database.run(c -> {
            putAnomalies(c);
            for (Change change : undone) {
                CaseRecord record = change.record();
                CaseStore.save(c, record);
                Diagnosis diagnosis = advisor.byRules(record, change.sampleMicros(), now());
                CaseStore.save(c, diagnosis, now());
                Outbox.put(c, messages.caseEvent(record), now());
                Outbox.put(c, messages.diagnosis(diagnosis, record), now());
                putState(c, record.asset(), diagnosis.id() + ":" + diagnosis.stage(), record.updatedMicros());
            }
            Snapshots.save(c, snapshot);
        });
        undone.clear();
        begun.clear();
        snapshotTaken(snapshot);
        announced.run();
    }

    private void putAnomalies(Connection c) throws SQLException {
        for (Finding finding : begun) {
            Outbox.put(c, messages.anomaly(finding), now());
        }
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
        long now = now();
        if (position > snapshotPosition
                && now - snapshotMicros >= settings.snapshotEvery().toMillis() * 1_000) {
            saveSnapshot();
        }
        if (now - purgeMicros >= 10 * SECOND) {
            if (journal.purge(now, snapshotPosition) == 0) {
                purgeMicros = now;
                long oldest = now - settings.keepResults().toMillis() * 1_000;
                long covered =
                        now - KEPT_ANOMALIES.plus(settings.snapshotEvery()).toMillis() * 1_000;
                droppedAnomalies = droppedAnomalies
                        + database.write(c -> {
                            CaseStore.purge(c, oldest);
                            return Outbox.purgeAnomalies(c, covered, MOST_WAITING_ANOMALIES);
                        });
            }
        }
    }

    private void saveSnapshot() throws StoreFailed {
        Snapshots.Snapshot snapshot = snapshot();
        database.run(c -> Snapshots.save(c, snapshot));
        snapshotTaken(snapshot);
    }

    private void snapshotTaken(Snapshots.Snapshot snapshot) {
        snapshotPosition = snapshot.position();
        snapshotMicros = now();
    }

    private Snapshots.Snapshot snapshot() {
        Map<String, byte[]> states = new HashMap<>();
        watches.values().forEach(watch -> watch.snapshot(states));
        states.put("cases", book.snapshot());
        states.put("anomalies", anomalies.snapshot());
        return new Snapshots.Snapshot(position, states);
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
