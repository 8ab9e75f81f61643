package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.OperatorActs.Act;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.PastCases;
import io.penstock.daemon.store.StoreFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * What operators say about cases, and the end of shelving: act, asset's state and what is announced again are one commit. Used by the
 * sense lane alone.
 */
final class OperatorWord {
    private static final long LONGEST_SHELVING = Duration.ofDays(30).toSeconds();
    private static final long SECOND = 1_000_000;
    private static final int MOST_COMPARED = 1_000;

    private final Database database;
    private final Runnable announced;

    /** @param announced called after each commit that put messages into the outbox; must not block */
    OperatorWord(Database database, Runnable announced) {
        this.database = database;
        this.announced = announced;
    }

    /**
     * @param id of the order: carried out twice it is one act
     * @param owner of the order's file
     * @return the answer, which begins with done or refused
     */
    String carryOut(String id, String owner, OperatorOrder order, Rules rules, long nowMicros) throws StoreFailed {
        String answer = database.write(c -> {
            List<CaseRecord> meant = meant(c, order.subject());
            boolean asset = rules.watches().containsKey(order.subject());
            boolean ofMachine = asset && (order.verb() == Verb.SHELVE || order.verb() == Verb.UNSHELVE);
            if (!ofMachine && meant.size() != 1) {
                return "refused: " + (meant.isEmpty() ? "no case begins with " : "several cases begin with ")
                        + order.subject() + "; " + (meant.isEmpty() ? nearest(c, order.subject()) : "")
                        + "'penstock cases' shows all";
            }
            return ofMachine
                    ? act(c, id, owner, order, rules, Optional.empty(), nowMicros)
                    : act(c, id, owner, order, rules, Optional.of(meant.getFirst()), nowMicros);
        });
        if (order.verb() == Verb.CONFIRM || order.verb() == Verb.CORRECT) {
            rules.advisor().memory().reload();
        }
        announced.run();
        return answer;
    }

    /** A diagnosis's id means its case. */
    private static List<CaseRecord> meant(Connection c, String subject) throws SQLException {
        List<CaseRecord> meant = CaseStore.casesOf(c, subject);
        return meant.isEmpty() && subject.matches(".*-v\\d+")
                ? CaseStore.casesOf(c, subject.replaceAll("-v\\d+$", ""))
                : meant;
    }

    private static String nearest(Connection c, String subject) throws SQLException {
        String nearest = SymptomWords.nearest(
                subject,
                CaseStore.cases(c, MOST_COMPARED, false).stream()
                        .map(CaseRecord::id)
                        .toList());
        return nearest == null ? "" : "did you mean " + nearest + "? ";
    }

    private static String act(
            Connection c,
            String id,
            String owner,
            OperatorOrder order,
            Rules rules,
            Optional<CaseRecord> record,
            long nowMicros)
            throws SQLException {
        String subject = record.map(CaseRecord::id).orElse(order.subject());
        long until = 0;
        if (order.verb() == Verb.SHELVE) {
            long seconds = seconds(order.detail());
            if (seconds < 1 || seconds > LONGEST_SHELVING) {
                return "refused: shelving for " + order.detail() + " s, expected 1 to " + LONGEST_SHELVING
                        + " s: it always ends";
            }
            until = nowMicros + seconds * SECOND;
        }
        String fault = "";
        if (record.isPresent() && (order.verb() == Verb.CONFIRM || order.verb() == Verb.CORRECT)) {
            switch (Feedback.of(c, order, record.get(), rules, nowMicros)) {
                case Feedback.Refused(String reason) -> {
                    return "refused: " + reason;
                }
                case Feedback.Known(String known) -> {
                    return "done: " + known + " is already what " + subject + " was";
                }
                case Feedback.New(PastCases.Kept kept) -> {
                    PastCases.put(c, kept);
                    fault = ", it was " + kept.past().fault();
                }
            }
        }
        OperatorActs.put(
                c,
                new Act(
                        id,
                        order.verb().word(),
                        subject,
                        order.detail(),
                        record.map(k -> k.severity().name()).orElse(""),
                        until,
                        order.by(),
                        owner,
                        nowMicros));
        if (order.verb() == Verb.UNSHELVE) {
            OperatorActs.endNow(c, subject, nowMicros);
        }
        DiagnosisRows.putState(
                c,
                rules.messages(),
                record.map(CaseRecord::asset).orElse(subject),
                "operator:" + id,
                nowMicros,
                nowMicros);
        return "done: " + order.verb().word() + " " + subject + fault + ", by " + order.by()
                + (until == 0 ? "" : ", until " + instant(until));
    }

    private static long seconds(String detail) {
        try {
            return Long.parseLong(detail);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** What was shelved and is still open is announced again: a shelved alarm is never a forgotten one. */
    void endShelvings(Rules rules, long nowMicros) throws StoreFailed {
        if (database.read(c -> OperatorActs.over(c, nowMicros)).isEmpty()) {
            return;
        }
        database.run(c -> {
            for (Act over : OperatorActs.over(c, nowMicros)) {
                OperatorActs.ended(c, over.id());
                for (CaseStore.Advised open : CaseStore.openOf(c, over.subject())) {
                    if (OperatorActs.shelvedUntil(c, open.caseRecord(), nowMicros) == 0) {
                        again(c, rules.messages().caseEvent(open.caseRecord()), over, nowMicros);
                        again(c, rules.messages().diagnosis(open.diagnosis(), open.caseRecord()), over, nowMicros);
                        String asset = open.caseRecord().asset();
                        DiagnosisRows.putState(
                                c, rules.messages(), asset, "unshelved:" + over.id() + asset, nowMicros, nowMicros);
                    }
                }
            }
        });
        announced.run();
    }

    private static void again(Connection c, Outbox.Message message, Act over, long nowMicros) throws SQLException {
        Outbox.put(
                c,
                new Outbox.Message(
                        message.key() + ":unshelved:" + over.id(),
                        message.topic(),
                        message.payload(),
                        message.retained()),
                nowMicros);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
