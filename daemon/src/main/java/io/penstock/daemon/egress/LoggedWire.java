package io.penstock.daemon.egress;

import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.Spent;
import io.penstock.daemon.uplink.UplinkLane;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.Wire;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A wire past which nothing goes that the budget does not allow and the log does not hold. Room for the longest answer is kept before
 * a question leaves, so that an answer cannot pass a cap either; a question is paid for before it leaves. What comes and is no answer
 * is paid for as well. One question at a time.
 */
final class LoggedWire implements Wire {
    static final int LONGEST_ANSWER = 32_768;

    private final HttpWire inner;
    private final EgressLog log;
    private final Budget budget;
    private final int overhead;
    private final Spent spent;
    private final Errand errand;
    private final InstantSource clock;

    /** @param inner takes no answer longer than {@link #LONGEST_ANSWER} */
    LoggedWire(
            HttpWire inner,
            EgressLog log,
            Budget budget,
            int overhead,
            Spent spent,
            Errand errand,
            InstantSource clock) {
        this.inner = inner;
        this.log = log;
        this.budget = budget;
        this.overhead = overhead;
        this.spent = spent;
        this.errand = errand;
        this.clock = clock;
    }

    @Override
    public byte[] post(byte[] body, Duration deadline) throws ModelUnavailable {
        Instant now = clock.instant();
        int leaving = body.length + overhead;
        double money = switch (budget.decide(spent, UplinkLane.DIAGNOSIS, leaving + LONGEST_ANSWER, now)) {
            case Budget.Decision.Allowed allowed -> allowed.money();
            case Budget.Decision.Refused(String reason) ->
                throw new ModelUnavailable(Reason.REFUSED, "the budget does not allow it: " + reason);
        };
        long question;
        try {
            question = log.question(now, errand, body, overhead, money);
        } catch (IOException e) {
            throw new ModelUnavailable(
                    Reason.REFUSED, "nothing was sent, because it could not be noted before: " + e, e);
        }
        spent.add(now, UplinkLane.DIAGNOSIS, leaving, leaving, money);
        long before = inner.counts().received();
        byte[] answer;
        try {
            answer = inner.post(body, deadline);
        } catch (ModelUnavailable e) {
            long bytes = inner.counts().received() - before;
            came(question, now, String.valueOf(e.getMessage()), bytes, new byte[0]);
            throw e;
        }
        came(question, now, "", answer.length, answer);
        return answer;
    }

    private void came(long question, Instant asked, String failure, long bytes, byte[] answer) throws ModelUnavailable {
        Instant now = clock.instant();
        // its money was kept with the question's
        spent.add(now, UplinkLane.DIAGNOSIS, Math.toIntExact(bytes), bytes, 0);
        try {
            log.answer(now, question, Duration.between(asked, now).toMillis(), failure, bytes, answer);
        } catch (IOException e) {
            // no refusal: the question has left
            throw new ModelUnavailable(Reason.FAILED, "its answer could not be noted, and is not used: " + e, e);
        }
    }

    @Override
    public void close() {
        inner.close();
    }
}
