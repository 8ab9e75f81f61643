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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publish lane: the oldest messages of the outbox, sent at QoS 1 in their order, marked sent together when the broker has
 * acknowledged them. While the broker is away messages wait on disk.
 */
public final class Publisher {
    private static final int AT_LEAST_ONCE = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Sent before the first answer is waited for, and marked in one commit. */
    private static final int TOGETHER = 16;

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
     * Sends what waits, a bounded number.
     *
     * @return whether any was sent; false when none waits or the broker is away
     */
    public boolean runOnce() throws StoreFailed {
        if (!connection.isConnected()) {
            return false;
        }
        try {
            greet();
            return sendAll(database.read(c -> Outbox.peek(c, TOGETHER)));
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

    private void send(Outbox.Message message) throws LinkDown {
        PublishOutcome outcome = connection.publishAndWait(
                message.topic(),
                message.payload().getBytes(StandardCharsets.UTF_8),
                AT_LEAST_ONCE,
                message.retained(),
                PATIENCE);
        say(message, outcome);
    }

    /** A message the broker refuses for good is said and let go: it must not hold up the others. */
    private static void say(Outbox.Message message, PublishOutcome outcome) {
        if (outcome instanceof PublishOutcome.Refused refused) {
            LOG.error(
                    "the broker refused {} with reason {}; check its access rules for this client",
                    message.topic(),
                    refused.reasonCode());
        }
    }

    /** Sends all, waits for their answers, and marks those that were answered. */
    private boolean sendAll(List<Outbox.Waiting> waiting) throws LinkDown, StoreFailed {
        List<CompletionStage<PublishOutcome>> answers = new ArrayList<>(waiting.size());
        List<Long> sent = new ArrayList<>(waiting.size());
        LinkDown down = null;
        try {
            for (Outbox.Waiting next : waiting) {
                Outbox.Message message = next.message();
                answers.add(connection.publish(
                        message.topic(),
                        message.payload().getBytes(StandardCharsets.UTF_8),
                        AT_LEAST_ONCE,
                        message.retained()));
            }
        } catch (LinkDown e) {
            down = e;
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < answers.size(); i++) {
            try {
                say(waiting.get(i).message(), answer(answers.get(i), end - System.nanoTime()));
                sent.add(waiting.get(i).id());
            } catch (LinkDown e) {
                down = e;
            }
        }
        if (!sent.isEmpty()) {
            long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
            database.run(c -> {
                for (long id : sent) {
                    Outbox.sent(c, id, now);
                }
            });
        }
        if (down != null) {
            throw down;
        }
        return !sent.isEmpty();
    }

    private static PublishOutcome answer(CompletionStage<PublishOutcome> stage, long nanos) throws LinkDown {
        try {
            return stage.toCompletableFuture().get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LinkDown down ? down : new LinkDown("published a result", e);
        } catch (TimeoutException e) {
            throw new LinkDown("published a result: no answer within " + PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkDown("published a result: was interrupted", e);
        }
    }
}
