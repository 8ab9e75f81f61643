package io.penstock.daemon;

import io.penstock.daemon.publish.NodeMessages;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.publish.Publisher;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.Database;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where results go: the connection to the site's broker and the lane that sends the outbox over it; nothing where none is named. */
final class Results implements AutoCloseable {
    private static final Duration IDLE = Duration.ofMillis(100);

    private final ResultMessages messages;
    private final @Nullable MqttConnection connection;
    private final @Nullable Publisher publisher;
    private final @Nullable Lane lane;

    /**
     * @param configuration which one runs, in words, for the node's status
     * @param clockTrust what the gateway's clock is worth, in one word
     * @param wantingRoom has room made where the lane's step finds the disk full
     */
    Results(
            PublishSettings settings,
            Database database,
            Supplier<String> configuration,
            Supplier<String> clockTrust,
            UnaryOperator<Lane.Step> wantingRoom,
            InstantSource clock,
            CompletableFuture<Void> failure) {
        messages = new ResultMessages(settings);
        connection = connection(settings, messages);
        if (connection == null) {
            publisher = null;
            lane = null;
            return;
        }
        publisher = new Publisher(
                database,
                connection,
                () -> NodeMessages.greeting(messages, Version.TEXT, configuration.get(), clockTrust.get()),
                clock);
        lane = new Lane("publish", wantingRoom.apply(publisher::runOnce), IDLE, failure);
    }

    private static @Nullable MqttConnection connection(PublishSettings publish, ResultMessages messages) {
        MqttConnectionSettings to = publish.connection();
        if (to == null) {
            return null;
        }
        return new MqttConnection(to.withLastWill(new MqttConnectionSettings.LastWill(
                messages.nodeTopic("status"),
                messages.nodeStatus(false, Version.TEXT, "", "").getBytes(StandardCharsets.UTF_8),
                true)));
    }

    void start() {
        if (connection != null && lane != null) {
            connection.start();
            lane.start();
        }
    }

    ResultMessages messages() {
        return messages;
    }

    /** Has the broker told anew which configuration runs. */
    void greetAgain() {
        if (publisher != null) {
            publisher.greetAgain();
        }
    }

    @Nullable
    Lane lane() {
        return lane;
    }

    /** The broker's address and what is in the way; empty where there is none. */
    String detail() {
        return connection == null ? "" : connection.detail();
    }

    long reconnects() {
        return connection == null ? 0 : connection.reconnects();
    }

    /** There is something to send. Any thread. */
    void wake() {
        if (lane != null) {
            lane.wake();
        }
    }

    @Override
    public void close() {
        if (connection == null || lane == null || publisher == null) {
            return;
        }
        lane.close();
        publisher.farewell(NodeMessages.farewell(messages, Version.TEXT));
        connection.close();
    }
}
