package io.penstock.sensors.mqtt;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

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

    /** Ends the connection and lets the client's threads go; returns within the patience even where they hang. */
    void retireWithin(Duration patience);
}
