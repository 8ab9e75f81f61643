package io.penstock.daemon;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.store.ClockSpans;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.LaterStamps;
import io.penstock.daemon.store.Retention;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.reading.Reading;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The rules readings are judged by now, and their exchange for others while everything runs: asked for on any thread, done by the sense
 * lane between two batches, with a snapshot in the same step. A watch that was exchanged is kept while the others are on trial.
 */
final class RulesInForce {
    private final Journal journal;
    private final Retention retention;
    private final ClockSpans spans;
    private final LaterStamps stamps;
    private final Decisions decisions;
    /** Written by the sense lane alone, between two batches. */
    private volatile Rules now;

    /** Watches that were exchanged for others while those are on trial, with the last position they have seen. */
    private final Map<AssetWatch, Long> parted = new IdentityHashMap<>();

    private volatile boolean settled;

    private final AtomicReference<@Nullable Exchange> exchange = new AtomicReference<>();

    private record Exchange(Rules next, CompletableFuture<Void> done) {}

    RulesInForce(
            Rules first,
            Journal journal,
            Retention retention,
            ClockSpans spans,
            LaterStamps stamps,
            Decisions decisions) {
        this.now = first;
        this.journal = journal;
        this.retention = retention;
        this.spans = spans;
        this.stamps = stamps;
        this.decisions = decisions;
    }

    Rules now() {
        return now;
    }

    /** Has the sense lane judge by other rules from its next batch on; completed when it does. */
    CompletableFuture<Void> exchange(Rules next) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Exchange before = exchange.getAndSet(new Exchange(next, done));
        if (before != null) {
            before.done().cancel(false);
        }
        return done;
    }

    /**
     * Takes back an exchange the sense lane has not come to.
     *
     * @return false where the lane is at it, or has done it
     */
    boolean withdraw(CompletableFuture<Void> asked) {
        Exchange waiting = exchange.get();
        return waiting != null && waiting.done() == asked && exchange.compareAndSet(waiting, null);
    }

    /** The rules stand: what was kept to go back to is let go. Any thread. */
    void settle() {
        settled = true;
    }

    /**
     * Between two batches, on the sense lane's thread: takes up what was asked for.
     *
     * @param position the last of the journal the present rules have judged
     */
    void takeUpWhatIsWanted(long position) throws StoreFailed {
        if (settled) {
            settled = false;
            parted.clear();
        }
        if (exchange.get() == null) {
            return;
        }
        // what was decided is saved under the rules that decided it
        decisions.save(now, position);
        Exchange wanted = exchange.getAndSet(null);
        if (wanted == null) {
            return;
        }
        Rules before = now;
        try {
            now = prepared(wanted.next(), position);
            bounds(now.settings());
            decisions.saveSnapshot(now, position);
            wanted.done().complete(null);
        } catch (StoreFailed | RuntimeException e) {
            now = before;
            bounds(before.settings());
            before.watches().values().forEach(parted::remove);
            decisions.forget();
            wanted.done().completeExceptionally(e);
        }
    }

    private void bounds(StoreSettings settings) {
        journal.bounds(settings);
        retention.bounds(settings);
    }

    /**
     * Lets new parts begin where the present ones are: a new watch goes on from the present one's memory as far as it fits, one that
     * was exchanged before goes through what it has missed.
     */
    private Rules prepared(Rules next, long position) throws StoreFailed {
        Map<String, byte[]> states = decisions.states(now);
        if (next.book() != now.book()) {
            next.book().restore(states.get(Decisions.CASES));
        }
        for (Map.Entry<String, AssetWatch> entry : next.watches().entrySet()) {
            AssetWatch watch = entry.getValue();
            if (now.watches().get(entry.getKey()) == watch) {
                continue;
            }
            Long since = parted.remove(watch);
            if (since == null) {
                watch.restore(states);
            } else {
                catchUp(entry.getKey(), watch, since, position, next.book());
            }
        }
        now.watches().forEach((asset, watch) -> {
            if (next.watches().get(asset) != watch) {
                parted.put(watch, position);
            }
        });
        return next;
    }

    private void catchUp(String asset, AssetWatch watch, long since, long position, CaseBook book) throws StoreFailed {
        long[] seen = {since};
        journal.readAfter(since, stored -> {
            if (stored.position() > position) {
                return;
            }
            spans.setBetween(seen[0], stored.position()).ifPresent(span -> watch.clockSet(span.set()));
            seen[0] = stored.position();
            Journalled judged = stamps.asJudged(stored);
            Reading reading = judged.reading();
            if (reading.channel().asset().equals(asset)
                    && watch.knows(reading.channel().channel())) {
                watch.accept(judged, findings -> decisions.note(book.apply(findings), reading));
            }
        });
    }
}
