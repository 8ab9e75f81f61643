package io.penstock.daemon.cli;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.eval.GoldenCase;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.PastCases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a site's people confirmed and corrected, as a golden set: each case is compared with all the others and never with itself.
 *
 * @param set one case each; those whose evidence was purged are left out
 * @param past the same as past cases, by machine class
 * @param purged how many were left out
 */
record ConfirmedCases(GoldenSet set, Map<String, List<PastCase>> past, int purged) {
    private static final int MOST = 2_000;

    static ConfirmedCases read(Connection c) throws SQLException {
        List<GoldenCase> cases = new ArrayList<>();
        Map<String, List<PastCase>> past = new HashMap<>();
        int purged = 0;
        for (PastCases.Kept kept : PastCases.newest(c, MOST)) {
            if (!kept.past().fault().equals(Fault.NORMAL)) {
                past.computeIfAbsent(kept.kind(), kind -> new ArrayList<>()).add(kept.past());
            }
            Optional<CaseRecord> record = CaseStore.caseOf(c, kept.past().caseId());
            if (record.isPresent()) {
                cases.add(golden(kept, record.get()));
            } else {
                purged++;
            }
        }
        return new ConfirmedCases(new GoldenSet(cases), past, purged);
    }

    private static GoldenCase golden(PastCases.Kept kept, CaseRecord record) {
        String fault = kept.past().fault();
        boolean nothing = fault.equals(Fault.NORMAL);
        List<Finding> findings = new ArrayList<>();
        record.evidence().forEach(line -> {
            findings.add(finding(line, true, line.firstMicros()));
            if (!line.active() && record.open()) {
                findings.add(finding(line, false, line.lastMicros()));
            }
        });
        return new GoldenCase(
                kept.past().caseId(),
                kept.kind(),
                kept.confirms() ? "confirmed" : "corrected",
                GoldenCase.Half.HELD,
                kept.past().caseId(),
                nothing ? Set.of() : Set.of(fault),
                nothing ? Set.of(Fault.NORMAL, Fault.UNSURE) : Set.of(fault),
                Set.of(),
                kept.note(),
                findings);
    }

    private static Finding finding(EvidenceLine line, boolean active, long micros) {
        return new Finding(
                GoldenCase.ASSET,
                line.channel(),
                line.tier(),
                line.symptom(),
                line.location(),
                active,
                micros,
                line.value(),
                line.unit(),
                line.limit(),
                line.limitSource(),
                line.baseline(),
                line.severity(),
                line.strength(),
                line.share(),
                line.quality(),
                line.position());
    }
}
