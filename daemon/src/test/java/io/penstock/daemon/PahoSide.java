package io.penstock.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/** The other side in this process, for a machine without mosquitto's clients. */
final class PahoSide implements OtherSide {
    private final String uri;
    private final MqttClient client;
    private final List<Message> received = new CopyOnWriteArrayList<>();

    PahoSide(String uri) throws MqttException {
        this.uri = uri;
        this.client = new MqttClient(uri, "other-side-" + UUID.randomUUID(), new MemoryPersistence());
        client.setTimeToWait(30_000);
        client.setCallback(new Recorder(received));
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(true);
        options.setAutomaticReconnect(false);
        client.connect(options);
        client.subscribe("penstock/#", 1);
    }

    @Override
    public void publish(String topic, String payload) throws MqttException {
        client.publish(topic, payload.getBytes(UTF_8), 1, false);
    }

    @Override
    public List<Message> received() {
        return List.copyOf(received);
    }

    @Override
    public List<Message> retained() throws MqttException {
        try (PahoSide late = new PahoSide(uri)) {
            String marker = "penstock/marker/" + UUID.randomUUID();
            late.publish(marker, "after all that was kept");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> late.received.stream().anyMatch(m -> m.topic().equals(marker)));
            return late.received.stream().filter(Message::retained).toList();
        }
    }

    @Override
    public void close() throws MqttException {
        client.disconnectForcibly(500, 500);
        client.close(true);
    }

    private record Recorder(List<Message> received) implements MqttCallback {
        @Override
        public void messageArrived(String topic, MqttMessage message) {
            received.add(new Message(
                    topic, message.isRetained(), new String(message.getPayload(), UTF_8), System.nanoTime()));
        }

        @Override
        public void disconnected(MqttDisconnectResponse response) {}

        @Override
        public void mqttErrorOccurred(MqttException exception) {}

        @Override
        public void deliveryComplete(IMqttToken token) {}

        @Override
        public void connectComplete(boolean reconnect, String serverUri) {}

        @Override
        public void authPacketArrived(int reasonCode, MqttProperties properties) {}
    }
}
