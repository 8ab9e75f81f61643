package io.penstock.sensors.opcua;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Readings from an OPC UA server, which is only read. OPC UA sends nothing again: what the sink has no room for is
 * lost, and counted as rejected, each value. One node that cannot be read does not hide the others.
 */
public final class OpcUaSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(OpcUaSource.class);
    private static final long FIRST_BACK_OFF_MILLIS = 200;
    private static final double BACK_OFF_FACTOR = 1.7;
    private static final long LONGEST_BACK_OFF_MILLIS = 5_000;
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_MILLIS = 250;
    private static final long LOG_QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(15);

    private final OpcUaSourceSettings settings;
    private final InstantSource clock;
    private final RejectLog rejects;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong connects = new AtomicLong();
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    // held while the sink is called: close waits for it, and nothing is offered afterwards
    private final Object offering = new Object();
    private boolean closed;
    private @Nullable ReadingSink sink;
    private @Nullable Thread keeper;
    private volatile @Nullable OpcUaLink link;
    private volatile String waitingFor = "not started";
    private long nextLogNanos = System.nanoTime();
    private String lastLogged = "";

    /** @param clock gives the receive time */
    public OpcUaSource(OpcUaSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.rejects = new RejectLog(settings.name(), clock, LOG);
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

    private void keep() {
        double backOffMillis = FIRST_BACK_OFF_MILLIS;
        while (!closing.isDone()) {
            long since = System.nanoTime();
            String reason = connectOnce();
            if (closing.isDone()) {
                return;
            }
            waitingFor = "connecting again: " + reason;
            say(reason);
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
            opened = OpcUaLink.open(settings, this::receive);
        } catch (ServerUnreachable e) {
            return String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            // a fault of ours or of Milo: a source that ends unseen would be worse than one that tries again
            LOG.error("{}: connecting failed in an unforeseen way", settings.name(), e);
            return "connecting failed in an unforeseen way: " + e;
        }
        connects.incrementAndGet();
        link = opened;
        waitingFor = "";
        lastLogged = "";
        LOG.info(
                "{}: reading {} nodes of {}",
                settings.name(),
                settings.items().size() - opened.missingNodes(),
                settings.endpoint());
        try {
            while (!opened.ended().isDone() && !closedWithin(LOOK_MILLIS)) {
                opened.look();
            }
        } catch (RuntimeException e) {
            LOG.error("{}: asking for nodes again failed in an unforeseen way", settings.name(), e);
            opened.end("asking for nodes again failed in an unforeseen way: " + e);
        } finally {
            link = null;
            opened.end("closed");
            opened.retire();
        }
        return opened.ended().join();
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

    private void say(String reason) {
        long now = System.nanoTime();
        if (!reason.equals(lastLogged) || now - nextLogNanos >= 0) {
            lastLogged = reason;
            nextLogNanos = now + LOG_QUIET_NANOS;
            LOG.warn("{}: not reading, trying again until it works: {}", settings.name(), reason);
        }
    }

    private void receive(List<Item> items, List<DataValue> values) {
        long receivedMicros = PlantText.micros(clock.instant());
        List<Reading> readings = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            Item item = items.get(i);
            DataValue value = values.get(i);
            StatusCode status = value.statusCode();
            if (status != null && status.isOverflowSet()) {
                rejects.reject(
                        item.nodeId(),
                        RejectReason.LOST,
                        "the server's queue overflowed, values before this one are lost");
            }
            switch (NodeValue.of(item, value, receivedMicros)) {
                case NodeValue.Usable(Reading reading) -> readings.add(reading);
                case NodeValue.Unusable(String found) -> rejects.reject(item.nodeId(), RejectReason.VALUE, found);
            }
        }
        if (!readings.isEmpty()) {
            offer(new Delivery(readings, () -> {}));
        }
    }

    private void offer(Delivery delivery) {
        synchronized (offering) {
            ReadingSink to = sink;
            if (closed || to == null) {
                return;
            }
            if (to.offer(delivery)) {
                received.addAndGet(delivery.readings().size());
                return;
            }
        }
        for (Reading lost : delivery.readings()) {
            rejects.reject(lost.channel().toString(), RejectReason.LOST, "queue full: the journal had no room in time");
        }
    }

    @Override
    public SourceHealth health() {
        OpcUaLink now = link;
        SourceHealth.State state = closing.isDone()
                ? SourceHealth.State.CLOSED
                : now != null ? SourceHealth.State.RUNNING : SourceHealth.State.CONNECTING;
        String trouble = now == null ? waitingFor : now.trouble();
        return new SourceHealth(
                state,
                trouble.isEmpty() ? settings.endpoint() : settings.endpoint() + ": " + trouble,
                received.get(),
                rejects.counts(),
                Math.max(0, connects.get() - 1));
    }

    /** Returns within about 15 s, even when the server does not answer. */
    @Override
    public void close() {
        closing.complete(null);
        Thread keeping;
        synchronized (offering) {
            closed = true;
            keeping = keeper;
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
