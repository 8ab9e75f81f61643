package io.penstock.sensors.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to a broker that is made again for as long as it is not closed. Its session on the broker is
 * persistent: QoS 1 messages that were not acknowledged come again on the next connection, so a
 * receiver must bear a message twice.
 */
public final class MqttConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MqttConnection.class);
    private static final long FIRST_BACK_OFF_MILLIS = 200;
    private static final double BACK_OFF_FACTOR = 1.7;
    // a connection that held this long was a good one: start again with the shortest wait
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(2);
    // a broker that restarts is back within seconds: for so long the waits stay short
    private static final long RESTART_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long RESTART_BACK_OFF_MILLIS = 800;
    private static final long LOG_QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    // Paho reports every lost connection on java.util.logging as SEVERE, as this class does on SLF4J; the field keeps
    // the logger, and so its level, from being collected
    private static final java.util.logging.Logger PAHO = java.util.logging.Logger.getLogger("org.eclipse.paho");

    static {
        PAHO.setLevel(Level.OFF);
    }

    private final MqttConnectionSettings settings;
    private final List<String> topicFilters;
    private final Consumer<IncomingMessage> receiver;
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private final AtomicLong connects = new AtomicLong();
    private @Nullable Thread keeper;
    private volatile @Nullable BrokerLink link;
    private MqttVersion spoken;
    private boolean subscribed;
    private volatile String waitingFor = "not started";
    private volatile long extraPauseMillis;
    private long nextLogNanos = System.nanoTime();
    private String lastLogged = "";

    /**
     * @param topicFilters subscribed on every connection, at the settings' QoS
     * @param receiver called for one message at a time; may block for a time well below half the keep-alive, during
     *     which the socket is not read
     */
    public MqttConnection(
            MqttConnectionSettings settings, List<String> topicFilters, Consumer<IncomingMessage> receiver) {
        this.settings = settings;
        this.topicFilters = List.copyOf(topicFilters);
        this.receiver = receiver;
        this.spoken = settings.version();
    }

    /** For publishing only. */
    public MqttConnection(MqttConnectionSettings settings) {
        this(settings, List.of(), message -> message.acknowledgement().run());
    }

    /**
     * Connects once, as a client of another name without a session, and leaves again.
     *
     * @return which MQTT the broker speaks
     * @throws LinkDown with what is in the way and what to do
     */
    public static String probe(MqttConnectionSettings settings) throws LinkDown {
        try (MqttConnection connection = new MqttConnection(settings.asProbe())) {
            BrokerLink link = connection.open();
            link.retireWithin(BrokerLink.CLOSE_PATIENCE);
            return connection.spoken == MqttVersion.V3_1_1 ? "MQTT 3.1.1" : "MQTT 5";
        }
    }

    /** Begins to connect and returns at once. */
    public synchronized void start() {
        if (keeper != null) {
            throw new IllegalStateException("the connection to " + settings.uri() + " was started before");
        }
        waitingFor = "connecting";
        keeper = Thread.ofVirtual().name("mqtt-" + settings.clientId()).start(this::keep);
    }

    private void keep() {
        double backOffMillis = FIRST_BACK_OFF_MILLIS;
        long lostNanos = System.nanoTime();
        while (!closing.isDone()) {
            long since = System.nanoTime();
            String reason = connectOnce();
            if (closing.isDone()) {
                return;
            }
            waitingFor = "connecting again: " + reason;
            say(reason);
            if (System.nanoTime() - since > STABLE_NANOS && connects.get() > 0) {
                backOffMillis = FIRST_BACK_OFF_MILLIS;
                lostNanos = System.nanoTime();
            }
            boolean justLost = System.nanoTime() - lostNanos < RESTART_NANOS;
            double shortest = justLost ? Math.min(backOffMillis, RESTART_BACK_OFF_MILLIS) : backOffMillis;
            // from half to the whole of it, so that the clients of a site do not come back in one instant
            long wait = (long) (shortest * ThreadLocalRandom.current().nextDouble(0.5, 1.0)) + extraPauseMillis;
            extraPauseMillis = 0;
            backOffMillis = Math.min(
                    backOffMillis * BACK_OFF_FACTOR, settings.longestBackOff().toMillis());
            if (closedWithin(wait)) {
                return;
            }
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

    /** Connects and stays until the connection ends. */
    private String connectOnce() {
        BrokerLink opened;
        try {
            opened = open();
        } catch (LinkDown e) {
            return String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            // a fault of ours or of Paho: a source that ends unseen would be worse than one that tries again
            LOG.error("{}: connecting failed in an unforeseen way", settings.uri(), e);
            return "connecting failed in an unforeseen way: " + e;
        }
        link = opened;
        connects.incrementAndGet();
        waitingFor = "";
        LOG.info(
                "{}: connected as {} by MQTT {}",
                settings.uri(),
                settings.clientId(),
                spoken == MqttVersion.V3_1_1 ? "3.1.1" : "5");
        lastLogged = "";
        if (closing.isDone()) {
            opened.end("closed");
        }
        String reason = opened.ended().join();
        subscribed = subscribed || opened.isListening();
        link = null;
        opened.retireWithin(BrokerLink.CLOSE_PATIENCE);
        return reason;
    }

    private BrokerLink open() throws LinkDown {
        if (spoken == MqttVersion.V3_1_1) {
            return Mqtt311Link.open(settings, topicFilters, receiver, closing, subscribed);
        }
        try {
            return MqttLink.open(settings, topicFilters, receiver, closing);
        } catch (VersionRefused e) {
            if (spoken == MqttVersion.V5) {
                throw e;
            }
            LOG.warn(
                    "{}: the broker does not speak MQTT 5; speaking 3.1.1 from now on (version = \"3.1.1\" in the"
                            + " configuration spares the attempt at each start)",
                    settings.uri());
            spoken = MqttVersion.V3_1_1;
            return open();
        }
    }

    private void say(String reason) {
        long now = System.nanoTime();
        if (!reason.equals(lastLogged) || now - nextLogNanos >= 0) {
            lastLogged = reason;
            nextLogNanos = now + LOG_QUIET_NANOS;
            LOG.warn("{}: not connected, trying again until it works: {}", settings.uri(), reason);
        }
    }

    /**
     * Ends the connection and makes it again after a pause: the broker then sends again everything that
     * was not acknowledged. Messages that still come on the old connection are not handed over.
     */
    public void reconnectAfter(Duration pause, String reason) {
        BrokerLink now = link;
        if (now != null) {
            extraPauseMillis = pause.toMillis();
            now.end(reason);
        }
    }

    public boolean isConnected() {
        BrokerLink now = link;
        return now != null && !now.ended().isDone();
    }

    /** Connected, and the broker has taken the subscriptions, now or in this session before. */
    public boolean isListening() {
        BrokerLink now = link;
        return now != null && !now.ended().isDone() && now.isListening();
    }

    /** Connections made after the first. */
    public long reconnects() {
        return Math.max(0, connects.get() - 1);
    }

    /** For a person: the address, and what is in the way. */
    public String detail() {
        BrokerLink now = link;
        String trouble = now == null ? waitingFor : now.refusedSubscriptions();
        return trouble.isEmpty() ? settings.uri() : settings.uri() + ": " + trouble;
    }

    /**
     * Sends a message. At most 16 are under way; the call waits up to 10 s for one of them to be answered.
     *
     * @return completed with the broker's answer, or exceptionally with {@link LinkDown}
     * @throws LinkDown when not connected, or when no earlier message was answered in time
     */
    public CompletionStage<PublishOutcome> publish(String topic, byte[] payload, int qos, boolean retained)
            throws LinkDown {
        BrokerLink now = link;
        if (now == null || now.ended().isDone()) {
            throw new LinkDown("published to " + topic + ": not connected to " + detail());
        }
        return now.publish(topic, payload, qos, retained);
    }

    /** Sends a message and waits for the broker's answer. */
    public PublishOutcome publishAndWait(String topic, byte[] payload, int qos, boolean retained, Duration patience)
            throws LinkDown {
        try {
            return publish(topic, payload, qos, retained)
                    .toCompletableFuture()
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LinkDown down ? down : new LinkDown("published to " + topic, e);
        } catch (TimeoutException e) {
            throw new LinkDown("published to " + topic + " on " + settings.uri() + ": no answer within " + patience, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkDown("published to " + topic + " on " + settings.uri() + ": was interrupted", e);
        }
    }

    /** Says goodbye to the broker, which keeps the session; returns within about 10 s even when the network is dead. */
    @Override
    public void close() {
        closing.complete(null);
        BrokerLink now = link;
        if (now != null) {
            now.end("closed");
        }
        Thread keeping;
        synchronized (this) {
            keeping = keeper;
        }
        if (keeping == null) {
            return;
        }
        try {
            if (!keeping.join(BrokerLink.CLOSE_PATIENCE.multipliedBy(2))) {
                LOG.warn("{}: closed, but its thread did not end in time", settings.uri());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        waitingFor = "closed";
    }
}
