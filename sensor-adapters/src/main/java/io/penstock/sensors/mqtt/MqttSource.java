package io.penstock.sensors.mqtt;

import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.Origin;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.PayloadOutcome;
import io.penstock.sensors.reading.ChannelId;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Readings from an MQTT broker, acknowledged once they are saved.
 *
 * <p>When the sink has no room, the source waits, and with it the socket: the backlog stays in the broker. After a
 * third of the keep-alive it stops waiting, so that the broker does not take us for dead. A single message cannot be
 * handed back in MQTT and would come again only with the next connection, behind its successors. So the source then
 * gives up the connection, drops what is under way unacknowledged, and comes back after a pause that grows from 1 s to
 * 30 s while the sink stays full: the broker sends everything unacknowledged again, in its old order where it keeps to
 * MQTT (mosquitto does, Artemis was seen not to). What was saved meanwhile comes twice; the journal knows it by channel and source time.
 *
 * <p>What cannot be used is counted, logged and acknowledged: it would come again for ever.
 */
public final class MqttSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(MqttSource.class);
    private static final int CACHED_TOPICS = 10_000;
    private static final int LONGEST_CACHED = 500;
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private sealed interface Route {
        record Known(Origin origin, PayloadFormat format) implements Route {}

        record Unknown(String found) implements Route {}
    }

    private final MqttSourceSettings settings;
    private final InstantSource clock;
    private final MqttConnection connection;
    private final RejectLog rejects;
    private final long patienceNanos;
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong redeliveries = new AtomicLong();
    // held while the sink is called: close waits for it, and nothing is offered afterwards
    private final Object offering = new Object();
    private boolean closed;
    private volatile boolean closing;
    private @Nullable ReadingSink sink;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    /** @param clock gives the receive time */
    public MqttSource(MqttSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
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
        synchronized (offering) {
            sink = to;
        }
        connection.start();
    }

    private void receive(IncomingMessage message) {
        long receivedMicros = PlantText.micros(clock.instant());
        switch (route(message.topic())) {
            case Route.Unknown(String found) -> reject(message, RejectReason.TOPIC, found);
            case Route.Known(Origin origin, PayloadFormat format) -> {
                if (message.payload().length > settings.largestPayloadBytes()) {
                    reject(
                            message,
                            RejectReason.SIZE,
                            message.payload().length + " bytes, expected at most " + settings.largestPayloadBytes());
                    return;
                }
                switch (format.decode(origin, message.payload(), message.properties(), receivedMicros)) {
                    case PayloadOutcome.Rejected(RejectReason reason, String found) -> reject(message, reason, found);
                    case PayloadOutcome.Decoded(List<Reading> readings) -> deliver(message, readings);
                }
            }
        }
    }

    private void reject(IncomingMessage message, RejectReason reason, String found) {
        rejects.reject(message.topic(), reason, found);
        message.acknowledgement().run();
    }

    private Route route(String topic) {
        Route cached = routes.get(topic);
        if (cached != null) {
            return cached;
        }
        Route found = findRoute(topic);
        // topics come from outside: past the bounds they are matched each time, and so are those of no channel, lest
        // they
        // take the places of those that have one
        if (found instanceof Route.Known && topic.length() <= LONGEST_CACHED && routes.size() < CACHED_TOPICS) {
            routes.put(topic, found);
        }
        return found;
    }

    private Route findRoute(String topic) {
        String reason = "";
        for (Subscription subscription : settings.subscriptions()) {
            switch (subscription.template().match(topic)) {
                case TopicTemplate.Match.Named(String asset, ChannelId channel) -> {
                    return new Route.Known(new Origin(asset, channel, subscription.units()), subscription.format());
                }
                case TopicTemplate.Match.Unfit(String unfit) -> reason = reason.isEmpty() ? unfit : reason;
            }
        }
        return new Route.Unknown(reason);
    }

    private void deliver(IncomingMessage message, List<Reading> readings) {
        Delivery delivery = new Delivery(readings, message.acknowledgement());
        long start = System.nanoTime();
        while (!closing) {
            if (offer(delivery)) {
                received.addAndGet(readings.size());
                pauseMillis = FIRST_PAUSE_MILLIS;
                return;
            }
            if (Thread.currentThread().isInterrupted()) {
                // the connection is being let go: left unacknowledged, the message comes again on the next one
                return;
            }
            if (System.nanoTime() - start >= patienceNanos) {
                redeliveries.incrementAndGet();
                connection.reconnectAfter(
                        Duration.ofMillis(pauseMillis),
                        "the journal had no room for " + TimeUnit.NANOSECONDS.toMillis(patienceNanos)
                                + " ms; the broker keeps the messages");
                pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
                return;
            }
            // a sink that refuses without waiting must not make us spin
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private boolean offer(Delivery delivery) {
        synchronized (offering) {
            return !closed && sink != null && sink.offer(delivery);
        }
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = closing
                ? SourceHealth.State.CLOSED
                : connection.isListening() ? SourceHealth.State.RUNNING : SourceHealth.State.CONNECTING;
        long again = redeliveries.get();
        return new SourceHealth(
                state,
                connection.detail() + (again == 0 ? "" : "; the journal was full " + again + " times"),
                received.get(),
                rejects.counts(),
                connection.reconnects());
    }

    @Override
    public void close() {
        closing = true;
        synchronized (offering) {
            closed = true;
        }
        connection.close();
    }
}
