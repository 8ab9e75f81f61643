package io.penstock.sensors.mqtt;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The messages a connection has sent and the broker has not yet answered: a bounded number. */
final class PublishWindow {
    // mosquitto lets a client have 20 unacknowledged messages under way; Paho throws beyond the broker's number
    static final int MOST = 16;
    private static final long WAIT_SECONDS = 10;

    private final Semaphore room = new Semaphore(MOST);
    private final Set<CompletableFuture<PublishOutcome>> unanswered = ConcurrentHashMap.newKeySet();

    /** Waits for room and takes it; the outcome gives it back when it is completed in any way. */
    CompletableFuture<PublishOutcome> enter(BrokerLink link, String uri) throws LinkDown {
        try {
            if (!room.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                String found = MOST + " messages under way, none acknowledged within " + WAIT_SECONDS + " s";
                link.end(found);
                throw new LinkDown("published to " + uri + ": " + found);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkDown("published to " + uri + ": was interrupted", e);
        }
        CompletableFuture<PublishOutcome> outcome = new CompletableFuture<>();
        unanswered.add(outcome);
        outcome.whenComplete((done, failure) -> {
            unanswered.remove(outcome);
            room.release();
        });
        return outcome;
    }

    /** The connection has ended: nothing that still waits will be answered. */
    void fail(LinkDown down) {
        List.copyOf(unanswered).forEach(outcome -> outcome.completeExceptionally(down));
    }
}
