package io.penstock.daemon;

import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.health.LaneFigures;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.publish.AnomalyEvents;
import io.penstock.daemon.store.AgeMarks;
import io.penstock.daemon.store.Aggregates;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Evidence;
import io.penstock.daemon.store.LaterStamps;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.Retention;
import io.penstock.daemon.store.Snapshots;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.UplinkIntake;
import io.penstock.sensors.reading.Reading;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the sense lane has decided and not yet on disk, and the commit that saves it: cases, their diagnoses by rules, messages, evidence,
 * aggregates, and the snapshot with the journal position they all belong to, all of it or nothing. Used by the sense lane alone.
 */
final class Decisions {
    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);
    /** The case book's name in a snapshot. */
    static final String CASES = "cases";

    private static final String ANOMALIES = "anomalies";
    /** Sent anomaly events are kept so much longer than any snapshot takes to cover them. */
    private static final Duration KEPT_ANOMALIES = Duration.ofHours(1);

    private static final int MOST_WAITING_ANOMALIES = 20_000;

    private final Database database;
    private final Retention retention;
    private final Aggregates aggregates;
    private final Evidence evidence;
    private final LaterStamps stamps;
    private final AgeMarks ages;
    private final GatewayClock clock;
    private final LaneFigures figures;
    private final Runnable announced;
    private final AnomalyEvents anomalies = new AnomalyEvents();
    /** Decided, not yet on disk. */
    private final List<Change> undone = new ArrayList<>();
    /** Begun, not yet in the outbox. */
    private final List<Finding> begun = new ArrayList<>();

    private long covered;
    /** In running time: a clock that is set does not hurry or stop the next one. */
    private volatile long coveredRunning;

    private volatile long droppedAnomalies;

    /** A case as it changed, and when the reading that changed it was received. */
    private record Change(CaseRecord record, long sampleMicros) {}

    /** @param announced called after each commit that put messages into the outbox; must not block */
    Decisions(
            Database database,
            Retention retention,
            Aggregates aggregates,
            Evidence evidence,
            LaterStamps stamps,
            AgeMarks ages,
            GatewayClock clock,
            LaneFigures figures,
            Runnable announced) {
        this.database = database;
        this.retention = retention;
        this.aggregates = aggregates;
        this.evidence = evidence;
        this.stamps = stamps;
        this.ages = ages;
        this.clock = clock;
        this.figures = figures;
        this.announced = announced;
    }

    /**
     * The state of the last run goes into the rules' parts.
     *
     * @return the journal position it covers
     */
    long restore(Rules rules) throws StoreFailed {
        Snapshots.Snapshot saved = database.read(Snapshots::load);
        covered = saved.position();
        rules.watches().values().forEach(watch -> watch.restore(saved.states()));
        restore("open cases", saved.states().get(CASES), rules.book()::restore);
        restore("anomaly events", saved.states().get(ANOMALIES), anomalies::restore);
        coveredRunning = ages.running();
        return covered;
    }

    private static void restore(String what, byte @Nullable [] state, Consumer<byte[]> part) {
        if (state == null) {
            return;
        }
        try {
            part.accept(state);
        } catch (IllegalArgumentException e) {
            LOG.warn("{} start anew: {}", what, e.getMessage());
        }
    }

    /** Everything the rules' parts remember, by the parts' names. */
    Map<String, byte[]> states(Rules rules) {
        Map<String, byte[]> states = new HashMap<>();
        rules.watches().values().forEach(watch -> watch.snapshot(states));
        states.put(CASES, rules.book().snapshot());
        states.put(ANOMALIES, anomalies.snapshot());
        return states;
    }

    /** @param cause the reading that changed them */
    void note(List<CaseChange> changes, Reading cause) {
        for (CaseChange change : changes) {
            undone.add(new Change(change.record(), cause.receivedMicros()));
        }
    }

    /** Which of these are told as events of their own, and what cases they make. */
    void judge(Rules rules, List<Finding> findings, Reading cause) {
        figures.found(findings);
        begun.addAll(anomalies.beginnings(findings, rules.mostAnomalies()));
        note(rules.book().apply(findings), cause);
    }

    /** Saves what was decided up to a position of the journal, if anything was. */
    void save(Rules rules, long position) throws StoreFailed {
        if (!undone.isEmpty()) {
            saveSnapshot(rules, position);
        } else if (!begun.isEmpty()) {
            // no snapshot: the events have keys, so a repeated step puts the same ones again
            retention.makingRoom(
                    covered,
                    () -> database.write(c -> {
                        putAnomalies(c, rules);
                        return true;
                    }));
            begun.clear();
            announced.run();
        }
    }

    /** As {@link #save}, with a snapshot in any case. */
    void saveSnapshot(Rules rules, long position) throws StoreFailed {
        Snapshots.Snapshot snapshot = new Snapshots.Snapshot(position, states(rules));
        List<Diagnosis> made = retention.makingRoom(
                covered,
                () -> database.write(c -> {
                    putAnomalies(c, rules);
                    evidence.begin();
                    List<Diagnosis> diagnoses = new ArrayList<>(undone.size());
                    for (Change change : undone) {
                        diagnoses.add(put(c, rules, change));
                    }
                    stamps.write(c);
                    aggregates.merge(c);
                    ages.mark(c, position, clock.shownMicros());
                    Snapshots.save(c, snapshot);
                    retention.noteSize(c, position);
                    return diagnoses;
                }));
        made.forEach(figures::diagnosed);
        undone.clear();
        begun.clear();
        evidence.committed();
        aggregates.merged();
        stamps.written();
        covered = position;
        coveredRunning = ages.running();
        announced.run();
    }

    private Diagnosis put(Connection c, Rules rules, Change change) throws SQLException {
        CaseRecord record = change.record();
        CaseStore.save(c, record);
        AssetWatch watch = rules.watches().get(record.asset());
        evidence.keep(c, record, watch == null ? List.of() : watch.speedChannels());
        Diagnosis diagnosis = rules.advisor().byRules(record, change.sampleMicros(), clock.micros());
        if (DiagnosisRows.isAnnounced(c, record, clock.micros())) {
            UplinkIntake uplink = rules.uplink();
            if (uplink != null) {
                uplink.put(c, record, diagnosis.confidence(), clock.micros());
            }
            Outbox.put(c, rules.messages().caseEvent(record), clock.micros());
        }
        DiagnosisRows.put(c, rules.messages(), diagnosis, record, clock.micros());
        return diagnosis;
    }

    private void putAnomalies(Connection c, Rules rules) throws SQLException {
        for (Finding finding : begun) {
            Outbox.put(c, rules.messages().anomaly(finding), clock.micros());
        }
    }

    /** What was decided and could not be saved is forgotten: its rules are not taken up. */
    void forget() {
        undone.clear();
    }

    /** Deletes anomaly events that are sent and covered, and the oldest of too many that wait. */
    void purgeAnomalies(Duration snapshotEvery) throws StoreFailed {
        long before = clock.micros() - KEPT_ANOMALIES.plus(snapshotEvery).toMillis() * 1_000;
        droppedAnomalies = droppedAnomalies
                + retention.makingRoom(
                        covered, () -> database.write(c -> Outbox.purgeAnomalies(c, before, MOST_WAITING_ANOMALIES)));
    }

    /** The journal position the saved snapshot covers. */
    long covered() {
        return covered;
    }

    /** Since the detectors' memory was last saved. Any thread. */
    Duration snapshotAge() {
        return Duration.of(Math.max(0, ages.running() - coveredRunning), ChronoUnit.MICROS);
    }

    /** Anomaly events beyond their bound, since start: not told, or dropped while the broker was away. Any thread. */
    long untoldAnomalies() {
        return anomalies.beyond() + droppedAnomalies;
    }
}
