package io.penstock.sensors.sparkplug;

import io.penstock.sensors.mqtt.IncomingMessage;
import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Readings from Sparkplug B edge nodes, on a clean session of its own. Births and data are QoS 0: nothing of them comes
 * again, so what finds no room in the sink within a third of the keep-alive is dropped and counted. Rebirth requests
 * go out on a thread of this source, never on the client's.
 */
public final class SparkplugSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(SparkplugSource.class);
    private static final long TICK_MILLIS = 500;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int MOST_REQUESTS = 100;

    private final SparkplugSettings settings;
    private final InstantSource clock;
    private final MqttConnection connection;
    private final RejectLog rejects;
    private final long patienceNanos;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong rebirths = new AtomicLong();
    private final BlockingQueue<RebirthRequest> requests = new ArrayBlockingQueue<>(MOST_REQUESTS);
    private final Object lock = new Object();
    private final EdgeNodes nodes;
    private long seenReconnects;
    private boolean closed;
    private volatile boolean closing;
    private @Nullable ReadingSink sink;
    private @Nullable Thread asking;

    /** @param clock gives the receive time */
    public SparkplugSource(SparkplugSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.nodes = new EdgeNodes(settings);
        this.rejects = new RejectLog(settings.name(), clock, LOG);
        this.patienceNanos = settings.connection().keepAlive().toNanos() / 3;
        this.connection = new MqttConnection(settings.connection(), settings.filters(), this::receive);
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void start(ReadingSink to) {
        synchronized (lock) {
            sink = to;
            asking = Thread.ofVirtual().name("sparkplug-" + settings.name()).start(this::ask);
        }
        connection.start();
    }

    private void receive(IncomingMessage message) {
        synchronized (lock) {
            long present = connection.reconnects();
            if (present != seenReconnects) {
                seenReconnects = present;
                nodes.forget();
            }
            carryOut(nodes.take(
                    message.topic(), message.payload(), PlantText.micros(clock.instant()), System.nanoTime()));
        }
        message.acknowledgement().run();
    }

    private void carryOut(Taken taken) {
        taken.rejects.forEach(r -> rejects.reject(r.where(), r.kind(), r.reason()));
        taken.rebirths.stream()
                .filter(r -> !requests.offer(r))
                .forEach(r -> rejects.reject(
                        r.topic(), RejectReason.SIZE, "too many nodes to be asked for their births; asked later"));
        if (!taken.readings.isEmpty()) {
            deliver(taken.readings);
        }
    }

    private void deliver(List<Reading> readings) {
        Delivery delivery = new Delivery(readings, () -> {});
        long start = System.nanoTime();
        while (!closing) {
            if (!closed && sink != null && sink.offer(delivery)) {
                received.addAndGet(readings.size());
                return;
            }
            if (System.nanoTime() - start >= patienceNanos) {
                readings.forEach(r ->
                        rejects.reject(r.channel().toString(), RejectReason.LOST, "the journal had no room: lost"));
                return;
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private void ask() {
        while (!closing) {
            try {
                RebirthRequest request = requests.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
                if (request != null) {
                    ask(request);
                }
                synchronized (lock) {
                    carryOut(nodes.tick(System.nanoTime()));
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void ask(RebirthRequest request) {
        try {
            connection.publish(request.topic(), request.payload(clock.millis()), 0, false);
            rebirths.incrementAndGet();
            LOG.info("{}: asked {}/{} for its births", settings.name(), request.group(), request.node());
        } catch (LinkDown e) {
            LOG.debug("{}: not asked, it is asked again when it speaks: {}", request.topic(), e.getMessage());
        }
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = closing
                ? SourceHealth.State.CLOSED
                : connection.isListening() ? SourceHealth.State.RUNNING : SourceHealth.State.CONNECTING;
        long asked = rebirths.get();
        return new SourceHealth(
                state,
                connection.detail() + (asked == 0 ? "" : "; asked for births " + asked + " times"),
                received.get(),
                rejects.counts(),
                connection.reconnects());
    }

    @Override
    public void close() {
        closing = true;
        Thread thread;
        synchronized (lock) {
            closed = true;
            thread = asking;
        }
        if (thread != null) {
            thread.interrupt();
        }
        connection.close();
    }
}
