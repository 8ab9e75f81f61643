package io.penstock.daemon;

import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Operators' orders: carried out by the sense lane between two batches, saved, then answered. */
final class OrderDesk {
    private static final Logger LOG = LoggerFactory.getLogger(OrderDesk.class);
    /** How often orders are looked for, microseconds. */
    private static final long LOOK = 500_000;

    private final OrderFolder orders;
    private final GatewayClock clock;
    private final Decisions decisions;
    private final OperatorWord word;
    private long lookedMicros = Long.MIN_VALUE;

    OrderDesk(OrderFolder orders, GatewayClock clock, Decisions decisions, OperatorWord word) {
        this.orders = orders;
        this.clock = clock;
        this.decisions = decisions;
        this.word = word;
    }

    /** @param position the last of the journal the rules have judged */
    void carryOut(Rules rules, long position) throws StoreFailed {
        long now = clock.micros();
        if (lookedMicros != Long.MIN_VALUE && now >= lookedMicros && now - lookedMicros < LOOK) {
            return;
        }
        lookedMicros = now;
        word.endShelvings(rules, now);
        try {
            // files have their times from the machine's clock, be it right or wrong
            for (OrderFolder.Found found : orders.waiting(clock.shownMicros() / 1_000)) {
                String answer = carryOut(found, rules, position);
                LOG.info("order of {}: {}", found.owner(), answer);
                orders.answer(found, answer);
            }
        } catch (IOException e) {
            LOG.warn("look for orders in {}: {}", orders.path(), e.toString());
        }
    }

    private String carryOut(OrderFolder.Found found, Rules rules, long position) throws StoreFailed {
        return switch (found) {
            case OrderFolder.Found.Refused(Path file, String owner, String reason) ->
                "refused: " + file.getFileName() + ": " + reason;
            case OrderFolder.Found.Order(Path file, String owner, ConfigOrder order) ->
                "refused: orders about the configuration go into another folder";
            case OrderFolder.Found.Order(Path file, String owner, OperatorOrder order) ->
                word.carryOut(file.getFileName().toString(), owner, order, rules, clock.micros());
            case OrderFolder.Found.Order(Path file, String owner, BaselineOrder order) -> {
                AssetWatch watch = rules.watches().get(order.asset());
                if (watch == null) {
                    yield "refused: there is no asset " + order.asset();
                }
                watch.commission(order.verb());
                decisions.saveSnapshot(rules, position);
                yield "done: " + order.verb().name().toLowerCase(Locale.ROOT) + " " + order.asset() + ", asked by "
                        + order.by() + ", after position " + position + " of the journal";
            }
        };
    }
}
