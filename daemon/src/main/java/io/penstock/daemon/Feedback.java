package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.prompt.CaseLibrary;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.PastCases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What an operator's word about a fault makes of a case: a past case to compare later ones with, or why it makes none. */
sealed interface Feedback {
    /** Not so, and what to do instead. */
    record Refused(String reason) implements Feedback {}

    /** It was said before, in the same words: nothing is to be done. */
    record Known(String fault) implements Feedback {}

    /** To be kept. */
    record New(PastCases.Kept kept) implements Feedback {}

    /** Reads alone; whoever carries it out keeps {@link New#kept} in the same transaction. */
    static Feedback of(Connection c, OperatorOrder order, CaseRecord record, Rules rules, long nowMicros)
            throws SQLException {
        Optional<SymptomMatrix> matrix = rules.advisor().matrixOf(record.asset());
        Optional<Diagnosis> diagnosis = CaseStore.diagnosis(c, record.id());
        if (matrix.isEmpty() || diagnosis.isEmpty()) {
            return new Refused("the configuration names the machine of " + record.id() + " no more");
        }
        String diagnosed = diagnosis.get().fault();
        String[] words = order.detail().strip().split("\\s+", 2);
        boolean confirm = order.verb() == Verb.CONFIRM;
        String fault = confirm ? diagnosed : words[0];
        String note = confirm ? order.detail().strip() : words.length > 1 ? words[1] : "";
        List<String> codes = matrix.get().faults().stream()
                .map(Fault::code)
                .filter(code -> !code.equals(Fault.UNSURE))
                .toList();
        if (fault.equals(Fault.UNSURE)) {
            return new Refused(
                    "the diagnosis is not sure, there is nothing to confirm; when you know what it was: penstock correct "
                            + record.id() + " --fault CODE, one of " + String.join(", ", codes) + ", normal");
        }
        if (!codes.contains(fault) && !fault.equals(Fault.NORMAL)) {
            String nearest = SymptomWords.nearest(fault, codes);
            return new Refused("\"" + SafeName.forPeople(fault) + "\" is no fault of a "
                    + matrix.get().name() + (nearest == null ? "; known" : "; did you mean " + nearest + "? Known")
                    + " are "
                    + String.join(", ", codes) + ", and normal where nothing was wrong");
        }
        Optional<PastCases.Kept> before = PastCases.of(c, record.id());
        if (before.isPresent()
                && before.get().past().fault().equals(fault)
                && before.get().note().equals(note)) {
            return new Known(fault);
        }
        PastCase past = CaseLibrary.remember(record, fault);
        return new New(new PastCases.Kept(matrix.get().kind(), past, diagnosed, note, order.by(), nowMicros));
    }
}
