package io.penstock.models.worker;

import io.penstock.models.language.Urgency;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whose turn it is: the most urgent first, of equals the one that came first. At most {@link #MOST_WAITING} wait; one more sends the
 * least urgent away.
 */
final class Turns {
    static final int MOST_WAITING = 64;

    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>(
            Comparator.<Waiter, Urgency>comparing(w -> w.urgency).thenComparingLong(w -> w.number));
    private boolean taken;
    private long last;

    /** What came of waiting. */
    enum Turn {
        MINE,
        LATE,
        /** More urgent questions fill the queue. */
        CROWDED_OUT
    }

    private static final class Waiter {
        private final Urgency urgency;
        private final long number;
        private final CompletableFuture<Turn> call = new CompletableFuture<>();

        Waiter(Urgency urgency, long number) {
            this.urgency = urgency;
            this.number = number;
        }
    }

    /** Waits for a turn. Whoever has one gives it back by {@link #give}. */
    Turn take(Urgency urgency, long nanos) throws InterruptedException {
        Waiter waiter;
        synchronized (this) {
            if (!taken) {
                taken = true;
                return Turn.MINE;
            }
            waiter = new Waiter(urgency, ++last);
            waiting.add(waiter);
            if (waiting.size() > MOST_WAITING) {
                sendTheLeastUrgentAway();
            }
        }
        Turn turn = Turn.LATE;
        try {
            turn = waiter.call.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            turn = Turn.LATE;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            if (turn != Turn.MINE) {
                leave(waiter);
            }
        }
        return turn;
    }

    /** The turn, when nobody has it and nobody waits for it. */
    synchronized boolean takeIdle() {
        if (taken) {
            return false;
        }
        taken = true;
        return true;
    }

    /** The next one's turn. */
    synchronized void give() {
        Waiter next = waiting.poll();
        if (next == null) {
            taken = false;
        } else {
            next.call.complete(Turn.MINE);
        }
    }

    /** Whether somebody is being answered. */
    synchronized boolean isTaken() {
        return taken;
    }

    /** How many wait. */
    synchronized int waiting() {
        return waiting.size();
    }

    /** It went away; a turn it was given meanwhile is the next one's. */
    private synchronized void leave(Waiter waiter) {
        if (!waiting.remove(waiter) && waiter.call.getNow(Turn.LATE) == Turn.MINE) {
            give();
        }
    }

    private void sendTheLeastUrgentAway() {
        Waiter least = waiting.stream().max(waiting.comparator()).orElseThrow();
        waiting.remove(least);
        least.call.complete(Turn.CROWDED_OUT);
    }
}
