package io.penstock.daemon;

import java.util.List;

/** The plant and the SCADA system: somebody else's MQTT client. */
interface OtherSide extends AutoCloseable {
    /** What was received, and whether the broker had kept it. */
    record Message(String topic, boolean retained, String payload, long nanoTime) {}

    /** Publishes at QoS 1 and returns when the broker has it. */
    void publish(String topic, String payload) throws Exception;

    /** Everything received so far below {@code penstock/}, in order. */
    List<Message> received();

    /** What a client that comes only now is told first: the retained messages. */
    List<Message> retained() throws Exception;

    @Override
    void close() throws Exception;
}
