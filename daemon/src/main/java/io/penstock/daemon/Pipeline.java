package io.penstock.daemon;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.health.LaneFigures;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.AnomalyEvents;
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
import io.penstock.daemon.uplink.UplinkIntake;
import io.penstock.daemon.uplink.UplinkQueue;
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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
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
    private static final String ANOMALIES = "anomalies";

    private final Database database;
    private final Journal journal;
    private final Aggregates aggregates;
    private final Evidence evidence;
    private final AnomalyEvents anomalies = new AnomalyEvents();
    private final AgeMarks ages;
    private final Retention retention;
    private final ReadingQueue queue;
    /** Written by the sense lane alone, between two batches. */
    private volatile Rules rules;

    /** Watches that were exchanged for others while those are on trial, with the last position they have seen. */
    private final Map<AssetWatch, Long> parted = new IdentityHashMap<>();

    private volatile boolean settled;

    private final AtomicReference<@Nullable Exchange> exchange = new AtomicReference<>();
    private final OrderFolder orders;
    private final InstantSource clock;
    private final LaneFigures figures = new LaneFigures();

    private final RejectLog unwatched;

    private long position;
    private long snapshotPosition;
    /** In running time: a clock that is set does not hurry or stop them. */
    private volatile long snapshotRunning;

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

    /** Begun, not yet in the outbox. */
    private final List<Finding> begun = new ArrayList<>();

    private volatile Runnable announced = () -> {};
    private volatile long droppedAnomalies;

    /**
     * What readings are judged by: all of it is exchanged together, between two batches.
     *
     * @param mostAnomalies anomaly events of a channel in one minute of source time, at most; 0: none are told
     */
    record Rules(
            Map<String, AssetWatch> watches,
            CaseBook book,
            Advisor advisor,
            ResultMessages messages,
            int mostAnomalies,
            @Nullable UplinkIntake uplink,
            StoreSettings settings) {
        Rules {
            watches = Map.copyOf(watches);
        }
    }

    private record Exchange(Rules next, CompletableFuture<Void> done) {}

    Pipeline(
            Database database,
            Journal journal,
            ReadingQueue queue,
            Rules rules,
            OrderFolder orders,
            AgeMarks ages,
            InstantSource clock)
            throws StoreFailed {
        this.database = database;
        this.journal = journal;
        this.aggregates = new Aggregates(database);
        this.evidence = new Evidence(database, rules.settings().keep());
        this.ages = ages;
        this.retention = new Retention(database, journal, aggregates, evidence, ages, rules.settings());
        this.queue = queue;
        this.rules = rules;
        this.orders = orders;
        this.clock = clock;
        this.unwatched = new RejectLog("journal", clock, LOG);
    }

    /** Goes on where the last run stopped: detector state, then what the journal holds beyond it. Before the first {@link #sense}. */
    void resume() throws StoreFailed {
        Snapshots.Snapshot saved = database.read(Snapshots::load);
        position = saved.position();
        snapshotPosition = position;
        rules.watches().values().forEach(watch -> watch.restore(saved.states()));
        byte[] cases = saved.states().get("cases");
        if (cases != null) {
            try {
                rules.book().restore(cases);
            } catch (IllegalArgumentException e) {
                LOG.warn("open cases start anew: {}", e.getMessage());
            }
        }
        byte[] events = saved.states().get(ANOMALIES);
        if (events != null) {
            try {
                anomalies.restore(events);
            } catch (IllegalArgumentException e) {
                LOG.warn("anomaly events start anew: {}", e.getMessage());
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
            takeUpWhatIsWanted();
            unsaved = queue.take(rules.settings().batch(), rules.settings().linger(), IDLE);
        }
        boolean any = !unsaved.isEmpty();
        if (any) {
            long began = System.nanoTime();
            List<Journalled> saved = journalled();
            figures.committed(
                    Duration.ofNanos(System.nanoTime() - began),
                    unsaved.getLast().readings().getLast(),
                    now());
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
            rules.advisor().warm();
            return false;
        }
        CaseRecord record = next.get().caseRecord();
        Advisor advisor = rules.advisor();
        long began = System.nanoTime();
        Diagnosis diagnosis = advisor.knows(record.asset())
                ? advisor.explain(record, next.get().diagnosis())
                : next.get().diagnosis().ended("the configuration names its machine no more");
        database.run(c -> {
            CaseStore.save(c, diagnosis, now());
            Outbox.put(c, rules.messages().diagnosis(diagnosis, record), now());
            putState(c, record.asset(), diagnosis.id() + ":" + diagnosis.stage(), record.updatedMicros());
        });
        announced.run();
        figures.diagnosed(diagnosis);
        if (diagnosis.opinion() != null) {
            figures.answered(Duration.ofNanos(System.nanoTime() - began));
        }
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

    /** Has the sense lane judge by other rules from its next batch on; completed when it does. */
    CompletableFuture<Void> exchange(Rules next) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Exchange before = exchange.getAndSet(new Exchange(next, done));
        if (before != null) {
            before.done().cancel(false);
        }
        return done;
    }

    /**
     * Takes back an exchange the sense lane has not come to.
     *
     * @return false where the lane is at it, or has done it
     */
    boolean withdraw(CompletableFuture<Void> asked) {
        Exchange waiting = exchange.get();
        return waiting != null && waiting.done() == asked && exchange.compareAndSet(waiting, null);
    }

    private void takeUpWhatIsWanted() throws StoreFailed {
        if (settled) {
            settled = false;
            parted.clear();
        }
        if (exchange.get() == null) {
            return;
        }
        // what was decided is saved under the rules that decided it
        save();
        Exchange wanted = exchange.getAndSet(null);
        if (wanted == null) {
            return;
        }
        Rules before = rules;
        try {
            rules = prepared(wanted.next());
            bounds(rules.settings());
            if (undone.isEmpty()) {
                saveSnapshot();
            } else {
                save();
            }
            wanted.done().complete(null);
        } catch (StoreFailed | RuntimeException e) {
            rules = before;
            bounds(before.settings());
            before.watches().values().forEach(parted::remove);
            undone.clear();
            wanted.done().completeExceptionally(e);
        }
    }

    private void bounds(StoreSettings settings) {
        journal.bounds(settings);
        retention.bounds(settings);
    }

    /**
     * Lets new parts begin where the present ones are: a new watch goes on from the present one's memory as far as it fits, one that
     * was exchanged before goes through what it has missed.
     */
    private Rules prepared(Rules next) throws StoreFailed {
        Map<String, byte[]> states = snapshot().states();
        if (next.book() != rules.book()) {
            next.book().restore(states.get("cases"));
        }
        for (Map.Entry<String, AssetWatch> entry : next.watches().entrySet()) {
            AssetWatch watch = entry.getValue();
            if (rules.watches().get(entry.getKey()) == watch) {
                continue;
            }
            Long since = parted.remove(watch);
            if (since == null) {
                watch.restore(states);
            } else {
                catchUp(entry.getKey(), watch, since, next.book());
            }
        }
        rules.watches().forEach((asset, watch) -> {
            if (next.watches().get(asset) != watch) {
                parted.put(watch, position);
            }
        });
        return next;
    }

    private void catchUp(String asset, AssetWatch watch, long since, CaseBook book) throws StoreFailed {
        journal.readAfter(since, journalled -> {
            Reading reading = journalled.reading();
            if (journalled.position() <= position
                    && reading.channel().asset().equals(asset)
                    && watch.knows(reading.channel().channel())) {
                watch.accept(journalled, findings -> note(book.apply(findings), reading));
            }
        });
    }

    /** The rules stand: what was kept to go back to is let go. Any thread. */
    void settle() {
        settled = true;
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
        return Duration.of(Math.max(0, ages.running() - snapshotRunning), ChronoUnit.MICROS);
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
            note(rules.book().tick(tickedSecond * SECOND), reading);
        }
        AssetWatch watch = rules.watches().get(reading.channel().asset());
        if (watch == null || !watch.knows(reading.channel().channel())) {
            unwatched.reject(
                    reading.channel().toString(),
                    RejectReason.UNWATCHED,
                    "no asset file names this channel: its readings are stored, but nobody looks at them");
        } else {
            watch.accept(journalled, findings -> {
                figures.found(findings);
                begun.addAll(anomalies.beginnings(findings, rules.mostAnomalies()));
                note(rules.book().apply(findings), reading);
            });
        }
    }

    private void save() throws StoreFailed {
        if (undone.isEmpty()) {
            if (!begun.isEmpty()) {
                // no snapshot: the events have keys, so a repeated step puts the same ones again
                retention.makingRoom(
                        snapshotPosition,
                        () -> database.write(c -> {
                            putAnomalies(c);
                            return true;
                        }));
                begun.clear();
                announced.run();
            }
            return;
        }
        saveSnapshot();
    }

    /** Cases, diagnoses by rules, messages, summaries for the uplink, evidence, aggregates and the snapshot they all belong to: all of it or nothing. */
    private void saveSnapshot() throws StoreFailed {
        Snapshots.Snapshot snapshot = snapshot();
        UplinkIntake uplink = rules.uplink();
        retention.makingRoom(
                snapshotPosition,
                () -> database.write(c -> {
                    putAnomalies(c);
                    evidence.begin();
                    for (Change change : undone) {
                        CaseRecord record = change.record();
                        CaseStore.save(c, record);
                        AssetWatch watch = rules.watches().get(record.asset());
                        evidence.keep(c, record, watch == null ? List.of() : watch.speedChannels());
                        Diagnosis diagnosis = rules.advisor().byRules(record, change.sampleMicros(), now());
                        figures.diagnosed(diagnosis);
                        CaseStore.save(c, diagnosis, now());
                        if (uplink != null) {
                            uplink.put(c, record, diagnosis.confidence(), now());
                        }
                        Outbox.put(c, rules.messages().caseEvent(record), now());
                        Outbox.put(c, rules.messages().diagnosis(diagnosis, record), now());
                        putState(c, record.asset(), diagnosis.id() + ":" + diagnosis.stage(), record.updatedMicros());
                    }
                    aggregates.merge(c);
                    ages.mark(c, snapshot.position(), now());
                    Snapshots.save(c, snapshot);
                    return true;
                }));
        undone.clear();
        begun.clear();
        evidence.committed();
        aggregates.merged();
        snapshotPosition = snapshot.position();
        snapshotRunning = ages.running();
        announced.run();
    }

    private void putAnomalies(Connection c) throws SQLException {
        for (Finding finding : begun) {
            Outbox.put(c, rules.messages().anomaly(finding), now());
        }
    }

    /** The asset's retained state is that of its worst open case, whichever case just changed. */
    private void putState(Connection c, String asset, String cause, long updatedMicros) throws SQLException {
        Optional<CaseStore.Advised> worst = CaseStore.worstOpen(c, asset);
        Outbox.put(c, rules.messages().state(asset, cause, worst, updatedMicros), now());
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
            case OrderFolder.Found.Order(Path file, String owner, ConfigOrder order) ->
                "refused: orders about the configuration go into another folder";
            case OrderFolder.Found.Order(Path file, String owner, BaselineOrder order) -> {
                AssetWatch watch = rules.watches().get(order.asset());
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
        boolean due =
                running - snapshotRunning >= rules.settings().snapshotEvery().toMillis() * 1_000;
        if (position > snapshotPosition && (due || aggregates.full() || retention.tight())) {
            saveSnapshot();
        }
        // even to delete takes room
        if (running - purgeRunning >= 10 * SECOND
                && !retention.makingRoom(snapshotPosition, () -> retention.keep(snapshotPosition, now()))) {
            purgeRunning = running;
            droppedAnomalies = droppedAnomalies + retention.makingRoom(snapshotPosition, this::purgeAnomalies);
            retention.makingRoom(
                    snapshotPosition,
                    () -> database.write(c -> {
                        UplinkQueue.purge(
                                c, ages.clockOlderThan(c, rules.settings().keepResults(), now()), now());
                        return true;
                    }));
        }
    }

    private int purgeAnomalies() throws StoreFailed {
        long covered =
                now() - KEPT_ANOMALIES.plus(rules.settings().snapshotEvery()).toMillis() * 1_000;
        return database.write(c -> Outbox.purgeAnomalies(c, covered, MOST_WAITING_ANOMALIES));
    }

    private Snapshots.Snapshot snapshot() {
        Map<String, byte[]> states = new HashMap<>();
        rules.watches().values().forEach(watch -> watch.snapshot(states));
        states.put("cases", rules.book().snapshot());
        states.put(ANOMALIES, anomalies.snapshot());
        return new Snapshots.Snapshot(position, states);
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
