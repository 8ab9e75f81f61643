package io.penstock.daemon.uplink;

import io.penstock.daemon.cases.CaseRecord;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Takes what changed cases have to tell into the queue, in the transaction that saves them. There is none while the uplink is off. */
public final class UplinkIntake {
    private final Summaries summaries;
    private final SummaryCodec codec;
    private final int bound;

    /**
     * @param assets ids in the order of the configuration
     * @param bound summaries that wait, at most
     */
    public UplinkIntake(List<String> assets, Dictionary dictionary, int bound) {
        this.summaries = new Summaries(assets, dictionary);
        this.codec = new SummaryCodec(dictionary);
        this.bound = bound;
    }

    /** @param confidence of its diagnosis, 0 to 1 */
    public void put(Connection c, CaseRecord record, double confidence, long nowMicros) throws SQLException {
        Optional<Summary> summary = summaries.of(record, confidence);
        if (summary.isPresent()) {
            UplinkQueue.put(c, codec, summary.get(), record.id(), nowMicros, bound);
        }
    }
}
