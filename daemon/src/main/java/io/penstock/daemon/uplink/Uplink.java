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
    /** A frame that could not be sent for so long may tell what is no longer so: what it holds is sealed anew. */
    private static final long STALE = 3_600 * MICROS;

    private static final long LONGEST_PAUSE_IN_CONTACT = 40 * MICROS;

    private final Database database;
    private final UplinkSettings settings;
    private final SummaryCodec codec;
    private final FrameKey key;
    private final UplinkLink link;
    private final Hearing hearing;
    private final Orders orders;
    private final InstantSource clock;
    private final FrameCounter counters;
    private Spent spent;
    private Budget budget;
    private boolean inContact;
    private long notBefore = Long.MIN_VALUE;
    private long askedMicros = Long.MIN_VALUE;
    /** What waited at this time goes without being held. */
    private long flushed = Long.MIN_VALUE;

    private long pause = FIRST_PAUSE;
    private volatile String held = "";

    /** Takes what comes down the link. */
    @FunctionalInterface
    public interface Hearing {
        /** Carries a frame out, or refuses it; each only once. */
        void take(byte[] frame, Instant now) throws StoreFailed;
    }

    /**
     * @param key seals from now on
     * @param hearing whatever comes down is counted in the budget and handed to it
     */
    public Uplink(
            Database database,
            UplinkSettings settings,
            SummaryCodec codec,
            FrameKey key,
            UplinkLink link,
            Hearing hearing,
            Orders orders,
            InstantSource clock)
            throws StoreFailed {
        this.database = database;
        this.settings = settings;
        this.codec = codec;
        this.key = key;
        this.link = link;
        this.hearing = hearing;
        this.orders = orders;
        this.clock = clock;
        this.counters = FrameCounter.beside(database.file());
        this.spent = database.read(c -> UplinkQueue.spentThisMonth(c, clock.instant()));
        this.budget = settings.budget();
    }

    /** Why the last frame was not sent; empty where it was. */
    public String held() {
        return held;
    }

    /**
     * Takes what came down, then sends one frame.
     *
     * @return whether one was sent
     */
    public boolean runOnce() throws StoreFailed {
        Instant now = clock.instant();
        listen(now);
        if (orders.takeFlush()) {
            flushed = micros(now);
            notBefore = Long.MIN_VALUE;
        }
        if (!mayUse(now)) {
            return false;
        }
        if (micros(now) < notBefore) {
            return false;
        }
        if (!link.isOpen()) {
            held = "the link to " + link.name() + " is closed";
            return false;
        }
        database.run(c -> {
            UplinkQueue.unseal(c, micros(now) - STALE);
            UplinkQueue.expire(c, micros(now) - settings.keep().toMillis() * 1_000);
        });
        String refused = "";
        for (UplinkLane lane : UplinkLane.values()) {
            switch (attempt(lane, now)) {
                case Attempt.Sent() -> {
                    listen(now);
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
        ask(now);
        return false;
    }

    /** Neither paused nor out of contact. A contact that ends is hung up; one that begins knows no earlier trouble. */
    private boolean mayUse(Instant now) throws StoreFailed {
        Standing standing = database.read(Standing::of);
        budget = standing.percent() == 100
                ? settings.budget()
                : settings.budget().at(standing.percent());
        String reason = orders.isPaused()
                ? "paused by 'penstock uplink pause'"
                : micros(now) < standing.pausedUntilMicros()
                        ? "paused by a command until "
                                + Instant.EPOCH.plus(standing.pausedUntilMicros(), ChronoUnit.MICROS)
                        : !settings.contact().isOpen(now)
                                ? "out of contact: " + settings.contact().text(now)
                                : "";
        boolean may = reason.isEmpty();
        if (!may && inContact) {
            link.hangUp();
        }
        if (may && !inContact) {
            pause = FIRST_PAUSE;
            notBefore = Long.MIN_VALUE;
        }
        inContact = may;
        if (!may) {
            held = reason;
        }
        return may;
    }

    private void listen(Instant now) throws StoreFailed {
        List<byte[]> frames = link.received();
        for (byte[] frame : frames) {
            int bytes = frame.length + settings.overheadBytes();
            pay(UplinkQueue.Payment.NO_FRAME, UplinkQueue.Payment.NO_FRAME, UplinkLane.BULK, bytes, now);
            hearing.take(frame, now);
        }
        if (!frames.isEmpty()) {
            link.settled();
        }
    }

    /** What has come is paid for, whether the budget likes it or not; asking is not done where it does not. */
    private long pay(int keyId, long counter, UplinkLane lane, int bytes, Instant now) throws StoreFailed {
        spent.enter(now);
        double money = budget.tariff().cost(bytes, now, spent.monthBilledBytes());
        long billed = budget.tariff().billedBytes(bytes);
        UplinkQueue.Payment payment = new UplinkQueue.Payment(keyId, counter, lane, bytes, billed, money);
        long row = database.write(c -> UplinkQueue.pay(c, payment, micros(now)));
        spent.add(now, lane, bytes, billed, money);
        return row;
    }

    private void payBack(long row, Instant now) throws StoreFailed {
        database.run(c -> UplinkQueue.payBack(c, row));
        spent = database.read(c -> UplinkQueue.spentThisMonth(c, now));
    }

    /** Asks the other end what waits there, where it does not tell by itself and that is wanted. */
    private void ask(Instant now) throws StoreFailed {
        long every = settings.askEvery().toMillis() * 1_000;
        if (every == 0 || !link.mustAsk() || micros(now) - every < askedMicros) {
            return;
        }
        int bytes = Math.max(1, settings.overheadBytes());
        if (budget.decide(spent, UplinkLane.HEALTH, bytes, now) instanceof Budget.Decision.Refused) {
            return;
        }
        askedMicros = micros(now);
        long row = pay(UplinkQueue.Payment.NO_FRAME, UplinkQueue.Payment.NO_FRAME, UplinkLane.HEALTH, bytes, now);
        try {
            link.ask();
        } catch (UplinkLink.NotCarried e) {
            payBack(row, now);
            failed("asked what waits at " + link.name() + ": " + e.getMessage(), now);
        } catch (IOException e) {
            failed("asked what waits at " + link.name() + ": " + e.getMessage(), now);
        }
        listen(now);
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

    /** The lane's frame that did not get through before, or a new one: a frame holds items of one lane, whose share pays it. */
    private Attempt attempt(UplinkLane lane, Instant now) throws StoreFailed {
        Optional<UplinkQueue.Sealed> before = database.read(c -> UplinkQueue.unsent(c, lane));
        if (before.isPresent()) {
            return switch (decide(lane, before.get().frame().length, now)) {
                case Budget.Decision.Allowed(double money) -> send(before.get(), money, now, List.of());
                case Budget.Decision.Refused(String reason) -> new Attempt.Refused(reason);
            };
        }
        long ripe = Math.max(flushed, micros(now) - settings.hold().toMillis() * 1_000);
        long until = lane.ofCases() && lane != UplinkLane.CRITICAL ? ripe : micros(now);
        List<FrameItem> items = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (UplinkQueue.Waiting each :
                database.read(c -> UplinkQueue.waiting(c, lane, until, micros(now), MOST_IN_FRAME))) {
            each.item(codec).ifPresent(item -> {
                items.add(item);
                ids.add(each.id());
            });
        }
        if (items.isEmpty()) {
            return new Attempt.Nothing();
        }
        long counter;
        try {
            counter = Math.max(counters.least(key.id()), database.read(c -> UplinkQueue.nextCounter(c, key.id())));
        } catch (IOException e) {
            return failed(String.valueOf(e.getMessage()), now);
        }
        return packed(lane, items, ids, counter, now);
    }

    /** As many as fit into a frame; where the budget has not so much left, as many as it has: half, and half again. */
    private Attempt packed(UplinkLane lane, List<FrameItem> items, List<Long> ids, long counter, Instant now)
            throws StoreFailed {
        int room = FrameSeal.LONGEST - FrameSeal.overhead(counter, FrameSeal.LONGEST);
        FrameContent.Packed packed = FrameContent.packItems(codec, items, room);
        while (true) {
            byte[] content = packed.content();
            switch (decide(lane, FrameSeal.overhead(counter, content.length) + content.length, now)) {
                case Budget.Decision.Allowed(double money) -> {
                    byte[] frame = FrameSeal.seal(key, counter, content);
                    return send(
                            new UplinkQueue.Sealed(key.id(), counter, lane, frame),
                            money,
                            now,
                            ids.subList(0, packed.count()));
                }
                case Budget.Decision.Refused(String reason) -> {
                    if (packed.count() == 1) {
                        return new Attempt.Refused(reason);
                    }
                    packed = FrameContent.packItems(codec, items.subList(0, packed.count() / 2), room);
                }
            }
        }
    }

    private Budget.Decision decide(UplinkLane lane, int frameBytes, Instant now) {
        return budget.decide(spent, lane, frameBytes + settings.overheadBytes(), now);
    }

    /** Written down before the first byte leaves: counter, frame, attempt, cost. */
    private Attempt send(UplinkQueue.Sealed sealed, double money, Instant now, List<Long> items) throws StoreFailed {
        int bytes = sealed.frame().length + settings.overheadBytes();
        long billed = budget.tariff().billedBytes(bytes);
        UplinkQueue.Payment payment =
                new UplinkQueue.Payment(sealed.keyId(), sealed.counter(), sealed.lane(), bytes, billed, money);
        // in case the disk fails below: no second attempt, which costs, in the same breath
        notBefore = micros(now) + pause;
        long row = 0;
        try {
            if (!items.isEmpty()) {
                counters.use(sealed.keyId(), sealed.counter());
            }
            row = database.write(c -> {
                if (!items.isEmpty()) {
                    UplinkQueue.seal(c, sealed, items, micros(now));
                }
                return UplinkQueue.pay(c, payment, micros(now));
            });
            spent.add(now, sealed.lane(), bytes, billed, money);
            link.send(sealed.keyId(), sealed.counter(), sealed.frame());
            database.run(c -> UplinkQueue.sent(c, sealed, micros(clock.instant())));
        } catch (UplinkLink.NotCarried e) {
            payBack(row, now);
            return failed("frame " + sealed.counter() + " was not sent: " + e.getMessage(), now);
        } catch (IOException e) {
            return failed("frame " + sealed.counter() + " was not sent: " + e.getMessage(), now);
        }
        held = "";
        pause = FIRST_PAUSE;
        notBefore = micros(now) + settings.interval().toMillis() * 1_000;
        askedMicros = micros(now);
        return new Attempt.Sent();
    }

    private Attempt failed(String why, Instant now) {
        held = why;
        LOG.warn("uplink: {}; tried again in {} s", held, pause / MICROS);
        notBefore = micros(now) + pause;
        // a contact of minutes must not be slept through
        pause = Math.min(2 * pause, settings.contact().windows().isEmpty() ? LONGEST_PAUSE : LONGEST_PAUSE_IN_CONTACT);
        return new Attempt.Failed();
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
