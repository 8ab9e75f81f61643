package io.penstock.sensors.mqtt;

import io.penstock.sensors.mqtt.payload.MessageProperties;

/**
 * One message from the broker.
 *
 * @param topic plant text
 * @param payload handed over; nobody else writes to it
 * @param properties what an MQTT 5 message says of itself
 * @param retained kept by the broker from before we subscribed
 * @param acknowledgement tells the broker that it need not send this again; any thread, at most once, never blocks;
 *     harmless when the connection it came on has ended
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
public record IncomingMessage(
        String topic, byte[] payload, MessageProperties properties, boolean retained, Runnable acknowledgement) {
    /** A message that says nothing of itself. */
    public IncomingMessage(String topic, byte[] payload, boolean retained, Runnable acknowledgement) {
        this(topic, payload, MessageProperties.NONE, retained, acknowledgement);
    }
}
