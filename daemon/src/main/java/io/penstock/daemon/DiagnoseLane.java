package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.health.LaneFigures;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes a diagnosis by rules through route, prompt and model to the checked one. It meets the sense lane only in SQLite. */
final class DiagnoseLane {
    private final Database database;
    private final Supplier<Rules> rules;
    private final LaneFigures figures;
    private final GatewayClock clock;
    private final Runnable announced;

    /**
     * @param rules in force at the moment
     * @param announced called after each commit that put messages into the outbox; must not block
     */
    DiagnoseLane(
            Database database, Supplier<Rules> rules, LaneFigures figures, GatewayClock clock, Runnable announced) {
        this.database = database;
        this.rules = rules;
        this.figures = figures;
        this.clock = clock;
        this.announced = announced;
    }

    /**
     * One diagnosis: the oldest of the most severe that wait.
     *
     * @return whether there was anything to do
     */
    boolean runOnce() throws StoreFailed {
        Optional<CaseStore.Advised> next = database.read(CaseStore::nextWaiting);
        Advisor advisor = rules.get().advisor();
        if (next.isEmpty()) {
            advisor.warm();
            return false;
        }
        CaseRecord record = next.get().caseRecord();
        long began = System.nanoTime();
        CheckedDiagnosis checked = advisor.knows(record.asset())
                ? advisor.explain(record, next.get().diagnosis())
                : new CheckedDiagnosis(
                        next.get().diagnosis().ended("the configuration names its machine no more"),
                        List.of(),
                        List.of());
        Diagnosis diagnosis = checked.diagnosis();
        database.run(c -> {
            DiagnosisRows.put(c, rules.get().messages(), diagnosis, record, clock.micros());
            DiagnosisRows.putBlocked(c, checked, clock.micros());
        });
        announced.run();
        figures.diagnosed(diagnosis);
        figures.blocked(checked.blocked().size());
        if (diagnosis.opinion() != null) {
            figures.answered(Duration.ofNanos(System.nanoTime() - began));
        }
        return true;
    }
}
