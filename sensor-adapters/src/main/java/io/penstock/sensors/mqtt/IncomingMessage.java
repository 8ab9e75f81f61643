package io.penstock.sensors.mqtt;

/**
 * One message from the broker.
 *
 * @param topic plant text
 * @param payload handed over; nobody else writes to it
 * @param retained kept by the broker from before we subscribed
 * @param acknowledgement tells the broker that it need not send this again; any thread, at most once, never blocks;
 *     harmless when the connection it came on has ended
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
public record IncomingMessage(String topic, byte[] payload, boolean retained, Runnable acknowledgement) {}
