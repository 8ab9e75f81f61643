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
    private final FrameCounter counters;
    private long notBefore = Long.MIN_VALUE;
    /** What waited at this time goes without being held. */
    private long flushed = Long.MIN_VALUE;

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
        this.counters = FrameCounter.beside(database.file());
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
        if (orders.takeFlush()) {
            flushed = micros(now);
            notBefore = Long.MIN_VALUE;
        }
        if (orders.isPaused()) {
            held = "paused by 'penstock uplink pause'";
            return false;
        }
        if (micros(now) < notBefore) {
            return false;
        }
        if (!link.isOpen()) {
            held = "the link to " + link.name() + " is closed";
            return false;
        }
        database.run(c -> UplinkQueue.expire(c, micros(now) - settings.keep().toMillis() * 1_000));
        String refused = "";
        for (UplinkLane lane : UplinkLane.values()) {
            switch (attempt(lane, now)) {
                case Attempt.Sent() -> {
                    return true;
                }
                case Attempt.Failed() -> {
                    return false;
                }
                case Attempt.Refused(String reason) -> refused = refused.isEmpty() ? reason : refused;
                case Attempt.Nothing() -> {}
            }
        }
        held = refused;
        return false;
    }

    /** What came of a lane's turn. */
    private sealed interface Attempt {
        record Sent() implements Attempt {}

        /** The link or the disk did not take it. */
        record Failed() implements Attempt {}

        /** Another lane may still have something left of its share. */
        record Refused(String reason) implements Attempt {}

        record Nothing() implements Attempt {}
    }

    /** The lane's frame that did not get through before, or a new one: a frame holds summaries of one lane, whose share pays it. */
    private Attempt attempt(UplinkLane lane, Instant now) throws StoreFailed {
        Optional<UplinkQueue.Sealed> before = database.read(c -> UplinkQueue.unsent(c, lane));
        if (before.isPresent()) {
            return afford(before.get(), now, List.of());
        }
        long ripe = Math.max(flushed, micros(now) - settings.hold().toMillis() * 1_000);
        long until = lane == UplinkLane.CRITICAL ? micros(now) : ripe;
        List<Summary> summaries = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (UplinkQueue.Waiting each : database.read(c -> UplinkQueue.waiting(c, lane, until, MOST_IN_FRAME))) {
            codec.decode(each.summary(), each.hour()).ifPresent(summary -> {
                summaries.add(summary);
                ids.add(each.id());
            });
        }
        if (summaries.isEmpty()) {
            return new Attempt.Nothing();
        }
        long counter;
        try {
            counter = Math.max(counters.least(key.id()), database.read(c -> UplinkQueue.nextCounter(c, key.id())));
        } catch (IOException e) {
            return failed(String.valueOf(e.getMessage()), now);
        }
        int room = FrameSeal.LONGEST - FrameSeal.overhead(counter, FrameSeal.LONGEST);
        FrameContent.Packed packed = FrameContent.pack(codec, summaries, room);
        UplinkQueue.Sealed sealed =
                new UplinkQueue.Sealed(key.id(), counter, lane, FrameSeal.seal(key, counter, packed.content()));
        return afford(sealed, now, ids.subList(0, packed.count()));
    }

    private Attempt afford(UplinkQueue.Sealed sealed, Instant now, List<Long> summaries) throws StoreFailed {
        return switch (settings.budget().decide(spent, sealed.lane(), bytes(sealed), now)) {
            case Budget.Decision.Allowed(double money) -> send(sealed, money, now, summaries);
            case Budget.Decision.Refused(String reason) -> new Attempt.Refused(reason);
        };
    }

    /** Written down before the first byte leaves: counter, frame, attempt, cost. */
    private Attempt send(UplinkQueue.Sealed sealed, double money, Instant now, List<Long> summaries)
            throws StoreFailed {
        long billed = settings.budget().tariff().billedBytes(bytes(sealed));
        // in case the disk fails below: no second attempt, which costs, in the same breath
        notBefore = micros(now) + pause;
        try {
            if (!summaries.isEmpty()) {
                counters.use(sealed.keyId(), sealed.counter());
            }
            database.run(c -> {
                if (!summaries.isEmpty()) {
                    UplinkQueue.seal(c, sealed, summaries, micros(now));
                }
                UplinkQueue.attempt(c, sealed, bytes(sealed), billed, money, micros(now));
            });
            spent.add(now, sealed.lane(), bytes(sealed), billed, money);
            link.send(sealed.keyId(), sealed.counter(), sealed.frame());
            database.run(c -> UplinkQueue.sent(c, sealed, micros(clock.instant())));
        } catch (IOException e) {
            return failed("frame " + sealed.counter() + " was not sent: " + e.getMessage(), now);
        }
        held = "";
        pause = FIRST_PAUSE;
        notBefore = micros(now) + settings.interval().toMillis() * 1_000;
        return new Attempt.Sent();
    }

    private Attempt failed(String why, Instant now) {
        held = why;
        LOG.warn("uplink: {}; tried again in {} s", held, pause / MICROS);
        notBefore = micros(now) + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        return new Attempt.Failed();
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
