package io.penstock.daemon.uplink;

import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The uplink lane: the most important summaries that fit into a frame, sealed, paid for, sent, marked sent. What the budget or the
 * link does not let through waits on disk.
 */
public final class Uplink {
    private static final Logger LOG = LoggerFactory.getLogger(Uplink.class);
    private static final int MOST_IN_FRAME = 40;
    private static final long MICROS = 1_000_000;
    private static final long FIRST_PAUSE = 10 * MICROS;
    private static final long LONGEST_PAUSE = 600 * MICROS;

    private final Database database;
    private final UplinkSettings settings;
    private final SummaryCodec codec;
    private final FrameKey key;
    private final UplinkLink link;
    private final Orders orders;
    private final InstantSource clock;
    private final Spent spent;
    private long notBefore = Long.MIN_VALUE;
    private long pause = FIRST_PAUSE;
    private volatile String held = "";

    /** @param key seals from now on */
    public Uplink(
            Database database,
            UplinkSettings settings,
            SummaryCodec codec,
            FrameKey key,
            UplinkLink link,
            Orders orders,
            InstantSource clock)
            throws StoreFailed {
        this.database = database;
        this.settings = settings;
        this.codec = codec;
        this.key = key;
        this.link = link;
        this.orders = orders;
        this.clock = clock;
        this.spent = database.read(c -> UplinkQueue.spentThisMonth(c, clock.instant()));
    }

    /** Why the last frame was not sent; empty where it was. */
    public String held() {
        return held;
    }

    /**
     * Sends one frame.
     *
     * @return whether one was sent
     */
    public boolean runOnce() throws StoreFailed {
        Instant now = clock.instant();
        boolean flush = orders.takeFlush();
        if (orders.isPaused()) {
            held = "paused by 'penstock uplink pause'";
            return false;
        }
        if (micros(now) < notBefore && !flush) {
            return false;
        }
        if (!link.isOpen()) {
            held = "the link to " + link.name() + " is closed";
            return false;
        }
        database.run(c -> UplinkQueue.expire(c, micros(now) - settings.keep().toMillis() * 1_000));
        Optional<UplinkQueue.Sealed> next = database.read(UplinkQueue::unsent);
        if (next.isPresent()) {
            return afford(next.get(), now)
                    .map(money -> send(next.get(), money, now, List.of()))
                    .orElse(false);
        }
        for (UplinkLane lane : UplinkLane.values()) {
            List<UplinkQueue.Waiting> waiting = waiting(lane, now, flush);
            if (!waiting.isEmpty() && sealAndSend(lane, waiting, now)) {
                return true;
            }
        }
        return false;
    }

    /** Those of the lane, then what of the lanes behind it still fits beside them. */
    private List<UplinkQueue.Waiting> waiting(UplinkLane first, Instant now, boolean flush) throws StoreFailed {
        long ripe = flush ? micros(now) : micros(now) - settings.hold().toMillis() * 1_000;
        return database.read(c -> {
            List<UplinkQueue.Waiting> all = new ArrayList<>();
            for (UplinkLane lane : UplinkLane.values()) {
                if (lane.compareTo(first) >= 0 && (lane == first || !all.isEmpty())) {
                    long before = lane == UplinkLane.CRITICAL ? micros(now) : ripe;
                    all.addAll(UplinkQueue.waiting(c, lane, before, MOST_IN_FRAME - all.size()));
                }
            }
            return all;
        });
    }

    private boolean sealAndSend(UplinkLane lane, List<UplinkQueue.Waiting> waiting, Instant now) throws StoreFailed {
        List<Summary> summaries = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (UplinkQueue.Waiting each : waiting) {
            codec.decode(each.summary(), each.hour()).ifPresent(summary -> {
                summaries.add(summary);
                ids.add(each.id());
            });
        }
        if (summaries.isEmpty()) {
            return false;
        }
        long counter = database.read(c -> UplinkQueue.nextCounter(c, key.id()));
        int room = FrameSeal.LONGEST - FrameSeal.overhead(counter, FrameSeal.LONGEST);
        FrameContent.Packed packed = FrameContent.pack(codec, summaries, room);
        UplinkQueue.Sealed sealed =
                new UplinkQueue.Sealed(key.id(), counter, lane, FrameSeal.seal(key, counter, packed.content()));
        Optional<Double> money = afford(sealed, now);
        return money.isPresent() && send(sealed, money.get(), now, ids.subList(0, packed.count()));
    }

    private Optional<Double> afford(UplinkQueue.Sealed sealed, Instant now) {
        return switch (settings.budget().decide(spent, sealed.lane(), bytes(sealed), now)) {
            case Budget.Decision.Allowed(double money) -> Optional.of(money);
            case Budget.Decision.Refused(String reason) -> {
                held = reason;
                yield Optional.empty();
            }
        };
    }

    /** Written down before the first byte leaves: frame, attempt, cost. */
    private boolean send(UplinkQueue.Sealed sealed, double money, Instant now, List<Long> summaries) {
        long billed = settings.budget().tariff().billedBytes(bytes(sealed));
        try {
            database.run(c -> {
                if (!summaries.isEmpty()) {
                    UplinkQueue.seal(c, sealed, summaries, micros(now));
                }
                UplinkQueue.attempt(c, sealed, bytes(sealed), billed, money, micros(now));
            });
            spent.add(now, sealed.lane(), bytes(sealed), billed, money);
            link.send(sealed.keyId(), sealed.counter(), sealed.frame());
            database.run(c -> UplinkQueue.sent(c, sealed, micros(clock.instant())));
            held = "";
            pause = FIRST_PAUSE;
            notBefore = micros(now) + settings.interval().toMillis() * 1_000;
            return true;
        } catch (IOException e) {
            held = "the link did not take frame " + sealed.counter() + ": " + e.getMessage();
            LOG.warn("uplink: {}; tried again in {} s", held, pause / MICROS);
        } catch (StoreFailed e) {
            held = String.valueOf(e.getMessage());
            LOG.error("uplink: {}", held);
        }
        notBefore = micros(now) + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        return false;
    }

    private int bytes(UplinkQueue.Sealed sealed) {
        return sealed.frame().length + settings.overheadBytes();
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    /** What an operator asked of the lane, as files beside the store: the command line writes into no running daemon's store. */
    public record Orders(Path pausedFile, Path flushFile) {
        public static Orders beside(Path store) {
            return new Orders(
                    store.resolveSibling(store.getFileName() + ".uplink-paused"),
                    store.resolveSibling(store.getFileName() + ".uplink-flush"));
        }

        public boolean isPaused() {
            return Files.exists(pausedFile);
        }

        boolean takeFlush() {
            try {
                return Files.deleteIfExists(flushFile);
            } catch (IOException e) {
                LOG.warn("uplink: read the order {}: {}", flushFile, e.toString());
                return false;
            }
        }
    }
}
