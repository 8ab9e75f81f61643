package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.Fleet;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.SummaryCodec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The intake lane: frames that wait are judged, <b>committed</b> with the cases they tell of and the counts of those that are refused,
 * then answered. When the store fails, what was judged is forgotten with all that is remembered, read anew, and judged again.
 */
public final class Intake {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final long MICROS = 1_000_000;
    private static final long SAVE_EVERY = 30 * MICROS;
    private static final long SAVE_FRAMES = 200_000;
    private static final long PURGE_EVERY = 60 * MICROS;
    private static final int PURGED_TOGETHER = 20_000;

    private final HubDatabase database;
    private final HubSettings settings;
    private final ArrivalQueue queue;
    private final Supplier<Map<String, SiteSettings>> sites;
    private final Consumer<ToldReceipt> receipts;
    private final Runnable afterCommit;
    private final InstantSource clock;
    private final RefusalLog refusals;
    private final AtomicLong taken = new AtomicLong();
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    private @Nullable Fleet fleet;
    private Map<String, SiteSettings> settled = Map.of();
    private List<Arrival> held = List.of();
    private long session;
    private long newestFrame;
    private long savedFrame;
    private long savedMicros;
    private long purgedMicros;

    /**
     * @param sites the sites that are known now, the same map until they change
     * @param receipts what became of commands, as their sites tell it; must not wait
     * @param afterCommit there may be something to publish; must not wait
     */
    public Intake(
            HubDatabase database,
            HubSettings settings,
            ArrivalQueue queue,
            Supplier<Map<String, SiteSettings>> sites,
            Consumer<ToldReceipt> receipts,
            Runnable afterCommit,
            InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.queue = queue;
        this.sites = sites;
        this.receipts = receipts;
        this.afterCommit = afterCommit;
        this.clock = clock;
        this.refusals = new RefusalLog(clock);
    }

    /** Frames taken since the start. */
    public long taken() {
        return taken.get();
    }

    /** When a site's newest frame came, microseconds since 1970; 0 before the first. Any thread. */
    public long heard(String site) {
        return heard.getOrDefault(site, 0L);
    }

    /** Connects and reads what is remembered, so that a store that is away is told at the start. */
    public void open() throws StoreFailed {
        fleet(micros());
    }

    /** One batch. Waits a little for its first frame. */
    public boolean runOnce() throws StoreFailed, InterruptedException {
        long now = micros();
        Fleet known = fleet(now);
        if (held.isEmpty()) {
            held = queue.take(settings.batch(), PATIENCE);
        }
        if (!held.isEmpty()) {
            take(known, held, micros());
            held = List.of();
        }
        if (newestFrame - savedFrame >= SAVE_FRAMES || (now - savedMicros >= SAVE_EVERY && newestFrame > savedFrame)) {
            save();
        }
        if (now - purgedMicros >= PURGE_EVERY) {
            purge(now);
        }
        return true;
    }

    /** The fleet as it is known now: read anew when the store was lost, with the sites that came since. */
    private Fleet fleet(long now) throws StoreFailed {
        Fleet known = database.session() == session ? fleet : null;
        Map<String, SiteSettings> present = sites.get();
        if (known != null && present == settled) {
            return known;
        }
        // until all is read and numbered there is nothing to go on with
        fleet = null;
        if (known == null) {
            Fleet fresh = new Fleet(new SummaryCodec(Dictionary.shipped()));
            newestFrame = database.write(c -> {
                session = database.session();
                return FleetRows.load(c, fresh, clock.instant());
            });
            savedFrame = newestFrame;
            savedMicros = now;
            known = fresh;
            fresh.states().forEach((site, state) -> heard.put(site, state.heardMicros()));
        }
        Fleet all = known;
        List<String> unnumbered = present.keySet().stream()
                .filter(name -> all.state(name) == null)
                .toList();
        if (!unnumbered.isEmpty()) {
            database.write(session, c -> {
                FleetRows.register(c, all, unnumbered, now);
                return unnumbered;
            });
        }
        known.settle(present);
        settled = present;
        fleet = known;
        return known;
    }

    private void take(Fleet known, List<Arrival> arrivals, long now) throws StoreFailed {
        List<Verdict> verdicts = new ArrayList<>(arrivals.size());
        List<FrameRows.Row> rows = new ArrayList<>(arrivals.size());
        Told told = new Told(now);
        Map<FrameRows.RefusedAs, Long> refused = new HashMap<>();
        long no = newestFrame;
        for (Arrival arrival : arrivals) {
            Verdict verdict = known.judge(arrival.site(), arrival.frame(), now);
            verdicts.add(verdict);
            SiteState state = known.state(arrival.site());
            switch (verdict) {
                case Verdict.Taken frame -> {
                    SiteState from = Objects.requireNonNull(state);
                    rows.add(new FrameRows.Row(++no, from.number(), frame, now));
                    told.take(Objects.requireNonNull(known.settings(arrival.site())), from, frame);
                    if (!frame.readable()) {
                        count(refused, state, Verdict.Reason.OTHER_VERSION);
                    }
                }
                case Verdict.Known again -> count(refused, state, Verdict.Reason.REPLAYED);
                case Verdict.Refused(Verdict.Reason reason, String text) -> {
                    count(refused, reason == Verdict.Reason.UNKNOWN_SITE ? null : state, reason);
                    refusals.say(arrival.site(), text);
                }
            }
        }
        database.write(session, c -> {
            FrameRows.put(c, rows);
            CaseRows.put(c, told.cases(), settings.publishes());
            GatewayRows.put(c, told.healths(), told.parts(), now);
            FrameRows.refuse(c, refused, now);
            return rows;
        });
        newestFrame = no;
        taken.addAndGet(rows.size());
        for (int i = 0; i < verdicts.size(); i++) {
            if (verdicts.get(i) instanceof Verdict.Taken) {
                heard.put(arrivals.get(i).site(), now);
            }
            arrivals.get(i).settled().accept(verdicts.get(i));
        }
        told.receipts().forEach(receipts);
        if (!told.cases().isEmpty()) {
            afterCommit.run();
        }
    }

    private static void count(
            Map<FrameRows.RefusedAs, Long> refused, @Nullable SiteState state, Verdict.Reason reason) {
        refused.merge(new FrameRows.RefusedAs(state == null ? 0 : state.number(), reason), 1L, Long::sum);
    }

    /** Saves what is remembered of the sites. */
    public void save() throws StoreFailed {
        Fleet known = fleet;
        if (known == null || database.session() != session) {
            return;
        }
        List<SiteState> changed =
                known.states().values().stream().filter(SiteState::isChanged).toList();
        long covered = newestFrame;
        database.write(session, c -> {
            FleetRows.save(c, changed, covered);
            return covered;
        });
        changed.forEach(SiteState::saved);
        savedFrame = covered;
        savedMicros = micros();
    }

    private void purge(long now) throws StoreFailed {
        purgedMicros = now;
        long frames = now - settings.keepFrames().toMillis() * 1_000;
        int gone = database.write(c -> {
            CaseRows.purge(c, now - settings.keepCases().toMillis() * 1_000);
            GatewayRows.purge(c, now - settings.keepCases().toMillis() * 1_000);
            return FleetRows.purgeFrames(c, frames, PURGED_TOGETHER);
        });
        if (gone > 0) {
            LOG.info("{} frames older than {} were purged", gone, settings.keepFrames());
        }
    }

    private long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
