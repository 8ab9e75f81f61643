package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.BlockedSentences;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * A diagnosis as rows: itself, its message and its asset's retained state, in the transaction of the lane that made it. What is shelved
 * is stored and shows in the state, but is no event; that it closed is.
 */
final class DiagnosisRows {
    private DiagnosisRows() {}

    static void put(Connection c, ResultMessages messages, Diagnosis diagnosis, CaseRecord record, long nowMicros)
            throws SQLException {
        CaseStore.save(c, diagnosis, nowMicros);
        if (isAnnounced(c, record, nowMicros)) {
            Outbox.put(c, messages.diagnosis(diagnosis, record), nowMicros);
        }
        String cause = diagnosis.id() + ":" + diagnosis.stage();
        putState(c, messages, record.asset(), cause, record.updatedMicros(), nowMicros);
    }

    /** What the check kept from the operator stays for an audit. */
    static void putBlocked(Connection c, CheckedDiagnosis checked, long nowMicros) throws SQLException {
        Diagnosis.Opinion opinion = checked.diagnosis().opinion();
        int number = 0;
        for (CheckedDiagnosis.Blocked blocked : checked.blocked()) {
            BlockedSentences.put(
                    c,
                    new BlockedSentences.Kept(
                            checked.diagnosis().id(),
                            ++number,
                            blocked.sentence(),
                            blocked.reason(),
                            opinion == null ? "" : opinion.model(),
                            nowMicros));
        }
    }

    /** Whether events may tell of it: it is over, or nobody has shelved it. */
    static boolean isAnnounced(Connection c, CaseRecord record, long nowMicros) throws SQLException {
        return !record.open() || OperatorActs.shelvedUntil(c, record, nowMicros) == 0;
    }

    /**
     * The state is that of the asset's worst open case, whichever case just changed.
     *
     * @param cause unique: the message is put once for each
     * @param updatedMicros when what caused it happened
     */
    static void putState(
            Connection c, ResultMessages messages, String asset, String cause, long updatedMicros, long nowMicros)
            throws SQLException {
        Optional<CaseStore.Advised> worst = CaseStore.worstOpen(c, asset);
        OperatorActs.Standing standing = worst.isEmpty()
                ? OperatorActs.Standing.UNSEEN
                : OperatorActs.of(c, worst.get().caseRecord(), nowMicros);
        Outbox.put(c, messages.state(asset, cause, worst, standing, updatedMicros), nowMicros);
    }
}
