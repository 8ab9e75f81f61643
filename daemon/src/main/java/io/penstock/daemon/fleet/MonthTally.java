package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.Tariff;
import java.time.Instant;

/** What came from a site in a month, UTC, and what its tariff says that it cost. */
public final class MonthTally {
    private final long billedBefore;
    private long frames;
    private long bytes;
    private long billed;
    private double money;

    /** @param billedBefore bytes counted by the provider in this month that are in the store already */
    public MonthTally(long billedBefore) {
        this.billedBefore = billedBefore;
    }

    /** What one more frame costs. */
    Cost cost(Tariff tariff, int length, Instant at) {
        return new Cost(length, tariff.billedBytes(length), tariff.cost(length, at, allBilled()));
    }

    void add(Cost cost) {
        money += cost.money();
        billed += cost.billed();
        bytes += cost.bytes();
        frames++;
    }

    /** Bytes counted by the provider, those of before too. */
    public long allBilled() {
        return billedBefore + billed;
    }

    /** Since it was last saved; the others likewise. */
    public long frames() {
        return frames;
    }

    public long bytes() {
        return bytes;
    }

    public long billed() {
        return billed;
    }

    public double money() {
        return money;
    }
}
