package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.OverlappingSource;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaMonitoredItem;
import org.eclipse.milo.opcua.stack.core.encoding.EncodingContext;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Readings from an OPC UA server, which is only read. OPC UA sends nothing again: what the sink has no room for is
 * lost, and counted as rejected, each value. One node that cannot be read does not hide the others.
 */
public final class OpcUaSource implements OverlappingSource {
    private static final Logger LOG = LoggerFactory.getLogger(OpcUaSource.class);
    private static final long FIRST_BACK_OFF_MILLIS = 200;
    private static final double BACK_OFF_FACTOR = 1.7;
    private static final long LONGEST_BACK_OFF_MILLIS = 5_000;
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_MILLIS = 250;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(15);

    private static final int MOST_TROUBLES = 100;
    private static final String OVERFLOW = "the server's queue overflowed, values before this one are lost";

    private final OpcUaSourceSettings settings;
    private final ChannelBook book;
    private final InstantSource clock;
    private final RejectLog rejects;
    private final SourceNews news;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong connects = new AtomicLong();
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    // held while the sink is called: close waits for it, and nothing is offered afterwards
    private final Object offering = new Object();
    private boolean closed;
    /** While another source of this name still reads in its place, or what came meanwhile is held; set under the lock. */
    private volatile @Nullable Handover handover;

    private @Nullable ReadingSink sink;
    private @Nullable Thread keeper;
    private volatile @Nullable OpcUaLink link;
    private volatile String waitingFor = "not started";
    private final AtomicLong overflows = new AtomicLong();
    private @Nullable Instant outageSince;
    private volatile String lastOutage = "";
    // written under the lock offering
    private long clockLeadMicros;

    /** @param clock gives the receive time */
    public OpcUaSource(OpcUaSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.book = new ChannelBook(settings);
        this.clock = clock;
        this.rejects = new RejectLog(settings.name(), clock, LOG);
        this.news = new SourceNews(settings);
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void start(ReadingSink to) {
        synchronized (offering) {
            if (keeper != null) {
                throw new IllegalStateException("OPC UA source " + settings.name() + " was started before");
            }
            sink = to;
            waitingFor = "connecting";
            keeper = Thread.ofVirtual().name("opcua-" + settings.name()).start(this::keep);
        }
    }

    @Override
    public void startBeside(OverlappingSource before, ReadingSink to) {
        if (before instanceof OpcUaSource other) {
            synchronized (offering) {
                handover = new Handover(other, other.book, book);
            }
            if (other.link == null) {
                // it brings nothing now: there is nothing to wait for
                closeBefore();
            }
        } else {
            before.close();
        }
        start(to);
    }

    @Override
    public boolean stepBack() {
        synchronized (offering) {
            Handover taking = handover;
            if (taking == null || taking.isSilent()) {
                return false;
            }
            handover = null;
            closed = true;
        }
        close();
        return true;
    }

    private void keep() {
        double backOffMillis = FIRST_BACK_OFF_MILLIS;
        while (!closing.isDone()) {
            long since = System.nanoTime();
            String reason = connectOnce();
            if (closing.isDone()) {
                return;
            }
            waitingFor = "connecting again: " + reason;
            news.notReading(handover == null ? reason : reason + "; the connection before goes on meanwhile");
            if (connects.get() > 0 && System.nanoTime() - since > STABLE_NANOS) {
                backOffMillis = FIRST_BACK_OFF_MILLIS;
            }
            closedWithin((long) (backOffMillis * ThreadLocalRandom.current().nextDouble(0.5, 1.0)));
            backOffMillis = Math.min(backOffMillis * BACK_OFF_FACTOR, LONGEST_BACK_OFF_MILLIS);
        }
    }

    /** Connects and stays until the connection ends. */
    private String connectOnce() {
        OpcUaLink opened;
        try {
            opened = open();
        } catch (ServerUnreachable e) {
            lost();
            return String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            // a fault of ours or of Milo: a source that ends unseen would be worse than one that tries again
            LOG.error("{}: connecting failed in an unforeseen way", settings.name(), e);
            return "connecting failed in an unforeseen way: " + e;
        }
        connects.incrementAndGet();
        link = opened;
        back();
        news.reading(opened);
        markRefused(opened);
        try {
            while (!opened.ended().isDone() && !closedWithin(LOOK_MILLIS)) {
                opened.look();
                takeOver(opened);
                news.troubles(opened);
                markRefused(opened);
            }
        } catch (ServerUnreachable e) {
            opened.end(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("{}: asking for nodes again failed in an unforeseen way", settings.name(), e);
            opened.end("asking for nodes again failed in an unforeseen way: " + e);
        } finally {
            link = null;
            opened.end(OpcUaLink.CLOSED);
            opened.retire();
            endHandover();
        }
        lost();
        return opened.ended().join();
    }

    private OpcUaLink open() throws ServerUnreachable {
        try {
            return OpcUaLink.open(settings, book, this::receive);
        } catch (ServerUnreachable e) {
            if (!e.isForTooMany() || !closeBefore()) {
                throw e;
            }
            LOG.warn(
                    "{}: the server permits no second connection beside the one that is exchanged, so that one is closed first"
                            + " and what comes until this one reads is lost: {}",
                    settings.name(),
                    e.getMessage());
            return OpcUaLink.open(settings, book, this::receive);
        }
    }

    /** @return whether there was one */
    private boolean closeBefore() {
        Handover taking;
        synchronized (offering) {
            taking = handover;
            if (taking == null) {
                return false;
            }
            taking.silence();
            handOn();
        }
        taking.before().close();
        return true;
    }

    /** Takes the place of the one before, step by step, as soon as nothing is lost by it. */
    private void takeOver(OpcUaLink opened) {
        Handover taking;
        boolean silenced;
        synchronized (offering) {
            taking = handover;
            if (taking == null) {
                return;
            }
            long now = System.nanoTime();
            silenced = taking.silencesBefore(now, opened);
            if (taking.isDue(now, opened)) {
                handOn();
            }
        }
        if (silenced) {
            taking.before().close();
            opened.retryNow();
            LOG.info("{}: the connection before is closed, this one goes on where it stopped", settings.name());
        }
    }

    /** Offers what was held. Under the lock {@code offering}. */
    private void handOn() {
        Handover taking = handover;
        ReadingSink to = sink;
        handover = null;
        if (taking != null && to != null && !closed) {
            taking.handOn(readings -> offer(to, readings));
        }
    }

    /** The connection ended: what is held stands alone where the one before is silent, else that one brings it. */
    private void endHandover() {
        synchronized (offering) {
            Handover taking = handover;
            if (taking != null && taking.isSilent()) {
                handOn();
            } else if (taking != null) {
                taking.forget();
            }
        }
    }

    /** Offers nothing any more: another one has come as far. */
    void fallSilent() {
        synchronized (offering) {
            Handover taking = handover;
            if (taking != null && taking.isSilent()) {
                handOn();
            }
            closed = true;
        }
    }

    /** As {@link ChannelBook#hasReached}; true without a connection, which brings nothing. */
    boolean hasBrought(Map<ChannelId, Long> begins) {
        synchronized (offering) {
            return link == null || book.hasReached(begins);
        }
    }

    /** The slowest group's publishing interval; 0 without a connection. */
    long publishingNanos() {
        OpcUaLink now = link;
        return now == null ? 0 : now.publishingNanos();
    }

    /** The server is away: each channel's last value is no live one any more, and its journal says so. */
    private void lost() {
        if (handover != null) {
            return;
        }
        if (outageSince == null) {
            outageSince = clock.instant();
        }
        mark(book.tracks());
    }

    private void mark(List<ChannelTrack> tracks) {
        synchronized (offering) {
            ReadingSink to = sink;
            if (closed || to == null || handover != null) {
                return;
            }
            long now = PlantText.micros(clock.instant());
            List<Reading> marks = new ArrayList<>();
            for (ChannelTrack track : tracks) {
                Reading.Scalar mark = track.lost(now + clockLeadMicros, now);
                if (mark != null) {
                    marks.add(mark);
                }
            }
            if (!marks.isEmpty()) {
                offer(to, marks);
            }
        }
    }

    private void back() {
        Instant since = outageSince;
        outageSince = null;
        waitingFor = "";
        if (since != null) {
            Instant now = clock.instant();
            lastOutage = "was away from " + since.truncatedTo(ChronoUnit.SECONDS) + " for "
                    + Duration.between(since, now).toSeconds() + " s";
            LOG.info("{}: the server is back, it {}", settings.name(), lastOutage);
        }
    }

    private void markRefused(OpcUaLink opened) {
        List<WatchedNode> refused = opened.refused();
        if (!refused.isEmpty()) {
            mark(refused.stream().map(WatchedNode::track).toList());
        }
    }

    private boolean closedWithin(long millis) {
        try {
            closing.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** One notification, on a Milo thread: it becomes one delivery. */
    private void receive(List<OpcUaMonitoredItem> items, List<DataValue> values, @Nullable EncodingContext types) {
        long receivedMicros = PlantText.micros(clock.instant());
        int count = values.size();
        List<Reading> readings = new ArrayList<>(count);
        synchronized (offering) {
            ReadingSink to = sink;
            if (closed || to == null) {
                return;
            }
            Handover taking = handover;
            for (int i = 0; i < count; i++) {
                WatchedNode node = OpcUaGroup.node(items.get(i));
                DataValue value = values.get(i);
                StatusCode status = value.statusCode() == null ? StatusCode.GOOD : value.statusCode();
                node.came(status);
                switch (NodeValue.of(node, value, receivedMicros, types)) {
                    case NodeValue.Usable(Reading reading)
                    when taking == null -> readings.add(node.track().came(reading, receivedMicros + clockLeadMicros));
                    case NodeValue.Usable(Reading reading) -> hold(taking, node.track(), reading, receivedMicros);
                    case NodeValue.Unusable(String reason) -> rejects.reject(node.nodeId(), RejectReason.VALUE, reason);
                }
                if (status.isOverflowSet()) {
                    overflows.incrementAndGet();
                    rejects.reject(node.nodeId(), RejectReason.LOST, OVERFLOW);
                }
            }
            if (count > 0) {
                learnClock(values.get(count - 1), receivedMicros);
            }
            if (!readings.isEmpty()) {
                offer(to, readings);
            }
        }
    }

    /** Under the lock {@code offering}. */
    private void hold(Handover taking, ChannelTrack track, Reading reading, long receivedMicros) {
        if (!taking.hold(track, reading, receivedMicros + clockLeadMicros)) {
            rejects.reject(
                    reading.channel().toString(), RejectReason.LOST, "too much came while the source is exchanged");
        }
    }

    /** How far the server's clock is ahead of ours: marks of an outage stand in its time, among its readings. */
    private void learnClock(DataValue value, long receivedMicros) {
        DateTime time = value.serverTime();
        if (time != null && !time.isNull()) {
            long micros = PlantText.micros(time.getJavaInstant());
            if (PlantText.isPlausibleTime(micros)) {
                clockLeadMicros = micros - receivedMicros;
            }
        }
    }

    /** Under the lock {@code offering}. */
    private void offer(ReadingSink to, List<Reading> readings) {
        if (to.offer(new Delivery(readings, () -> {}))) {
            received.addAndGet(readings.size());
            return;
        }
        for (Reading lost : readings) {
            rejects.reject(lost.channel().toString(), RejectReason.LOST, "queue full: the journal had no room in time");
        }
    }

    @Override
    public List<String> troubles() {
        List<String> lines = new ArrayList<>();
        long lost = overflows.get();
        if (lost > 0) {
            lines.add("the server's queues overflowed " + lost + " times: raise queue, or publish more often");
        }
        if (!lastOutage.isEmpty()) {
            lines.add("the server " + lastOutage);
        }
        Handover taking = handover;
        if (taking != null && !taking.isSilent()) {
            lines.add("the connection before goes on until this one reads");
        }
        OpcUaLink now = link;
        if (now == null) {
            return lines;
        }
        for (OpcUaGroup group : now.groups()) {
            for (WatchedNode node : group.nodes()) {
                String trouble = node.trouble();
                if (!trouble.isEmpty() && lines.size() < MOST_TROUBLES) {
                    lines.add(node.channel() + ", " + node.nodeId() + ": " + trouble);
                }
            }
        }
        return lines;
    }

    @Override
    public SourceHealth health() {
        OpcUaLink now = link;
        SourceHealth.State state = closing.isDone()
                ? SourceHealth.State.CLOSED
                : now != null ? SourceHealth.State.RUNNING : SourceHealth.State.CONNECTING;
        String trouble = now == null ? waitingFor : SourceNews.few(now.refused());
        String endpoint = settings.access().endpoint();
        return new SourceHealth(
                state,
                trouble.isEmpty() ? endpoint : endpoint + ": " + trouble,
                received.get(),
                rejects.counts(),
                Math.max(0, connects.get() - 1));
    }

    /** Returns within about 15 s, even when the server does not answer. */
    @Override
    public void close() {
        closing.complete(null);
        Thread keeping;
        Handover taking;
        synchronized (offering) {
            taking = handover;
            if (taking != null && taking.isSilent()) {
                handOn();
            }
            handover = null;
            closed = true;
            keeping = keeper;
        }
        if (taking != null) {
            taking.before().close();
        }
        if (keeping == null) {
            return;
        }
        try {
            if (!keeping.join(CLOSE_PATIENCE)) {
                LOG.warn("{}: closed, but an attempt to connect was still under way", settings.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
