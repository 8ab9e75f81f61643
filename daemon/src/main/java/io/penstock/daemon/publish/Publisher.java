package io.penstock.daemon.publish;

import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publish lane: the oldest message of the outbox, sent at QoS 1, marked sent when the broker has acknowledged it. While the
 * broker is away messages wait on disk.
 */
public final class Publisher {
    private static final int AT_LEAST_ONCE = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    private final Database database;
    private final MqttConnection connection;
    private final Supplier<List<Outbox.Message>> greeting;
    private final InstantSource clock;
    private long greetedConnection = -1;
    private volatile boolean greetAgain;

    /** @param greeting what the broker is told on every new connection: the node's status, the schemas */
    public Publisher(
            Database database,
            MqttConnection connection,
            Supplier<List<Outbox.Message>> greeting,
            InstantSource clock) {
        this.database = database;
        this.connection = connection;
        this.greeting = greeting;
        this.clock = clock;
    }

    /**
     * Sends one message.
     *
     * @return whether one was sent; false when none waits or the broker is away
     */
    public boolean runOnce() throws StoreFailed {
        if (!connection.isConnected()) {
            return false;
        }
        try {
            greet();
            Optional<Outbox.Waiting> next = database.read(Outbox::peek);
            if (next.isEmpty()) {
                return false;
            }
            send(next.get().message());
            markSent(next.get().id());
            return true;
        } catch (LinkDown e) {
            LOG.debug("stays in the outbox: {}", e.getMessage());
            return false;
        }
    }

    /** Says a last thing before a stop in order, which the broker answers with no last will. What waits stays on disk. */
    public void farewell(Outbox.Message message) {
        if (!connection.isConnected()) {
            return;
        }
        try {
            send(message);
        } catch (LinkDown e) {
            LOG.debug("left without a farewell: {}", e.getMessage());
        }
    }

    /** Has the broker told anew what is said of the node, at the next turn. Any thread. */
    public void greetAgain() {
        greetAgain = true;
    }

    private void greet() throws LinkDown {
        long present = connection.reconnects();
        if (present != greetedConnection || greetAgain) {
            greetAgain = false;
            for (Outbox.Message message : greeting.get()) {
                send(message);
            }
            greetedConnection = present;
        }
    }

    /** A message the broker refuses for good is said and let go: it must not hold up the others. */
    private void send(Outbox.Message message) throws LinkDown {
        PublishOutcome outcome = connection.publishAndWait(
                message.topic(),
                message.payload().getBytes(StandardCharsets.UTF_8),
                AT_LEAST_ONCE,
                message.retained(),
                PATIENCE);
        if (outcome instanceof PublishOutcome.Refused refused) {
            LOG.error(
                    "the broker refused {} with reason {}; check its access rules for this client",
                    message.topic(),
                    refused.reasonCode());
        }
    }

    private void markSent(long id) throws StoreFailed {
        database.run(c -> Outbox.sent(c, id, ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant())));
    }
}
