package io.penstock.sensors.mqtt;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.LoggerFactory;

/**
 * One connection to a broker, from its CONNECT to its end; never made again: {@link MqttConnection} opens the next.
 * Messages are acknowledged by whoever saved them, not by the link. Any thread may call it.
 */
sealed interface BrokerLink permits MqttLink, Mqtt311Link {
    Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /** Whether messages published from now on are for us. */
    boolean isListening();

    /** Empty, or which subscriptions the broker did not grant. */
    String refusedSubscriptions();

    /** Completed with the reason once this connection is of no more use. */
    CompletableFuture<String> ended();

    /** Gives this connection up; whoever owns it then retires it. */
    void end(String reason);

    /**
     * Sends a message, waiting up to 10 s while 16 others are unanswered.
     *
     * @return completed with the broker's answer, or exceptionally with {@link LinkDown}
     */
    CompletionStage<PublishOutcome> publish(String topic, byte[] payload, int qos, boolean retained) throws LinkDown;

    /** The broker's address. */
    String uri();

    /** Ends the connection, unless it has ended, and lets the client's threads go; may hang, see {@link #retireWithin}. */
    void retire();

    /**
     * Retires on a thread of its own and returns within the patience: Paho's shutdown polls its threads, and a dead network can hold it
     * up.
     */
    default void retireWithin(Duration patience) {
        Thread retiring = Thread.ofVirtual().name("mqtt-retire").start(this::retire);
        try {
            if (!retiring.join(patience)) {
                LoggerFactory.getLogger(getClass())
                        .warn("{}: the old connection's threads did not end within {}; left behind", uri(), patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
