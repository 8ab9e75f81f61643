package io.penstock.daemon.cli;

import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Readings at a steady pace while the daemon is killed, or the broker stopped, at random moments, again and again. */
final class IngestOutages {
    private static final int PER_SECOND = 1_000;
    private static final int WILD_EVERY = 100;
    /** Readings before the first outage: every channel has the wild ones' window by then. */
    private static final int FIRST = LoadPublisher.CHANNELS * (LoadPublisher.FIRST_WILD + 20);

    /** What breaks. */
    enum Outage {
        /** SIGKILL, started again at once. */
        DAEMON_KILLED,
        /** SIGTERM, back after half a second to a second and a half. */
        BROKER_STOPPED
    }

    /**
     * @param flowingMillis of each outage: from the start of what was down to the next stored reading
     */
    record Result(IngestRig.Tally tally, List<Long> flowingMillis) {
        long slowestMillis() {
            return flowingMillis.stream().mapToLong(Long::longValue).max().orElse(0);
        }
    }

    private IngestOutages() {}

    /** @param rig with broker and daemon running and subscribed */
    static Result run(IngestRig rig, Outage outage, int times, long seed) throws IOException, StoreFailed {
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> flowing = new ArrayList<>();
        try (LoadPublisher load = new LoadPublisher(rig.port(), WILD_EVERY)) {
            load.send(FIRST, 2.0 * PER_SECOND);
            CompletableFuture<Boolean> ends = new CompletableFuture<>();
            CompletableFuture<Void> sending = CompletableFuture.runAsync(
                    () -> {
                        try {
                            while (!ends.isDone()) {
                                load.send(PER_SECOND / 4, PER_SECOND);
                            }
                        } catch (IOException e) {
                            throw new CompletionException(e);
                        }
                    },
                    task -> Thread.ofPlatform().name("load").start(task));
            for (int i = 0; i < times; i++) {
                pause(random.nextInt(300, 2_500));
                flowing.add(outage == Outage.DAEMON_KILLED ? kill(rig) : restartBroker(rig, random));
            }
            pause(1_000);
            ends.complete(true);
            sending.join();
            IngestRig.await(
                    "all readings are stored", () -> rig.stored() >= load.sent().size());
            // the newest reading's events come in the commit after it
            pause(500);
            return new Result(rig.tally(load), flowing);
        }
    }

    private static long kill(IngestRig rig) throws IOException {
        rig.killDaemon();
        long start = System.nanoTime();
        long before = rig.stored();
        rig.startDaemon();
        IngestRig.await("readings flow again", () -> rig.stored() > before);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static long restartBroker(IngestRig rig, SplittableRandom random) throws IOException {
        rig.stopBroker();
        pause(random.nextInt(500, 1_500));
        long before = rig.stored();
        long start = System.nanoTime();
        rig.startBroker();
        IngestRig.await("readings flow again", () -> rig.stored() > before);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
