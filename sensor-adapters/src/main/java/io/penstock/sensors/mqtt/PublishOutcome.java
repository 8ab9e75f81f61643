package io.penstock.sensors.mqtt;

/** The broker's answer to a message; at QoS 0, that it was written to the socket. */
public sealed interface PublishOutcome {
    record Accepted() implements PublishOutcome {}

    /**
     * The broker will not take this message, now or later: an access rule, a quota, a topic it does not allow.
     *
     * @param reasonCode as in MQTT 5.0, table 3-8 (0x80 and above)
     */
    record Refused(int reasonCode) implements PublishOutcome {}
}
