package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** A diagnosis as rows: itself, its message and its asset's retained state, in the transaction of the lane that made it. */
final class DiagnosisRows {
    private DiagnosisRows() {}

    static void put(Connection c, ResultMessages messages, Diagnosis diagnosis, CaseRecord record, long nowMicros)
            throws SQLException {
        CaseStore.save(c, diagnosis, nowMicros);
        Outbox.put(c, messages.diagnosis(diagnosis, record), nowMicros);
        // the state is that of the asset's worst open case, whichever case just changed
        Optional<CaseStore.Advised> worst = CaseStore.worstOpen(c, record.asset());
        String cause = diagnosis.id() + ":" + diagnosis.stage();
        Outbox.put(c, messages.state(record.asset(), cause, worst, record.updatedMicros()), nowMicros);
    }
}
