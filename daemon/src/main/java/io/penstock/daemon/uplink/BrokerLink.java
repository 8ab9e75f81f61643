package io.penstock.daemon.uplink;

import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.io.IOException;
import java.time.Duration;

/** Frames to a broker at the other end of the line, QoS 1 on one topic. */
public final class BrokerLink implements UplinkLink {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int AT_LEAST_ONCE = 1;

    private final MqttConnection connection;
    private final String broker;
    private final String topic;

    /** @param connection started; closed with this */
    public BrokerLink(MqttConnection connection, String broker, String topic) {
        this.connection = connection;
        this.broker = broker;
        this.topic = topic;
    }

    @Override
    public String name() {
        return broker + " " + topic;
    }

    @Override
    public boolean isOpen() {
        return connection.isConnected();
    }

    @Override
    public void send(int keyId, long counter, byte[] frame) throws IOException {
        PublishOutcome outcome = connection.publishAndWait(topic, frame, AT_LEAST_ONCE, false, PATIENCE);
        if (outcome instanceof PublishOutcome.Refused refused) {
            throw new IOException("the broker refused a frame with reason " + refused.reasonCode()
                    + "; check its access rules for this client");
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
