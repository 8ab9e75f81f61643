package io.penstock.daemon.uplink;

import io.penstock.sensors.mqtt.IncomingMessage;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Frames to a broker at the other end of the line, QoS 1 on one topic; commands come on the same topic with {@code /down} behind it. */
public final class BrokerLink implements UplinkLink {
    /** Behind the topic of frames. */
    public static final String DOWN = "/down";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int AT_LEAST_ONCE = 1;

    private final MqttConnectionSettings to;
    private final String topic;
    private final boolean listens;
    private final Deque<IncomingMessage> came = new ArrayDeque<>();
    private List<IncomingMessage> handedOut = List.of();
    private @Nullable MqttConnection connection;

    /** @param listens whether commands are taken: without it nothing is subscribed to */
    public BrokerLink(MqttConnectionSettings to, String topic, boolean listens) {
        this.to = to;
        this.topic = topic;
        this.listens = listens;
    }

    @Override
    public String name() {
        return to.uri() + " " + topic;
    }

    @Override
    public synchronized boolean isOpen() {
        if (connection == null) {
            connection = new MqttConnection(to, listens ? List.of(topic + DOWN) : List.of(), this::heard);
            connection.start();
        }
        return listens ? connection.isListening() : connection.isConnected();
    }

    /** Acknowledged when it is carried out; what there is no room for comes again on the next connection. */
    private void heard(IncomingMessage message) {
        synchronized (came) {
            if (came.size() < MOST_RECEIVED) {
                came.add(message);
            }
        }
    }

    @Override
    public void send(int keyId, long counter, byte[] frame) throws IOException {
        MqttConnection now;
        synchronized (this) {
            now = connection;
        }
        if (now == null) {
            throw new NotCarried("the connection to " + to.uri() + " is hung up");
        }
        PublishOutcome outcome = now.publishAndWait(topic, frame, AT_LEAST_ONCE, false, PATIENCE);
        if (outcome instanceof PublishOutcome.Refused refused) {
            throw new IOException("the broker refused a frame with reason " + refused.reasonCode()
                    + "; check its access rules for this client");
        }
    }

    @Override
    public List<byte[]> received() {
        synchronized (came) {
            handedOut = List.copyOf(came);
            came.clear();
        }
        return handedOut.stream().map(IncomingMessage::payload).toList();
    }

    @Override
    public void settled() {
        handedOut.forEach(message -> message.acknowledgement().run());
        handedOut = List.of();
    }

    @Override
    public void hangUp() {
        MqttConnection now;
        synchronized (this) {
            now = connection;
            connection = null;
        }
        if (now != null) {
            now.close();
        }
    }
}
