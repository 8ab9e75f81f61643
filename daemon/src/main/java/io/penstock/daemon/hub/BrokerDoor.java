package io.penstock.daemon.hub;

import io.penstock.sensors.mqtt.IncomingMessage;
import io.penstock.sensors.mqtt.MqttConnection;
import java.time.Duration;
import java.util.List;

/** Frames from a broker, a topic a site; acknowledged when they are saved, or counted as none. What is below a site's goes down to it. */
public final class BrokerDoor implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final String prefix;
    private final ArrivalQueue queue;
    private final MqttConnection connection;
    private final Duration patience;

    public BrokerDoor(HubSettings.Broker settings, ArrivalQueue queue) {
        this.prefix = settings.topic() + "/";
        this.queue = queue;
        this.patience = settings.connection().keepAlive().dividedBy(3);
        this.connection = new MqttConnection(settings.connection(), List.of(prefix + "+"), this::receive);
    }

    public void start() {
        connection.start();
    }

    public boolean isListening() {
        return connection.isListening();
    }

    /** For a person: the broker, and what is in the way. */
    public String detail() {
        return connection.detail();
    }

    private void receive(IncomingMessage message) {
        String site = message.topic().startsWith(prefix) ? message.topic().substring(prefix.length()) : "";
        Arrival arrival = new Arrival(
                site, message.payload(), verdict -> message.acknowledgement().run());
        try {
            if (!queue.offer(arrival, patience)) {
                connection.reconnectAfter(PAUSE, "the store takes no frames; the broker keeps them");
            }
        } catch (InterruptedException e) {
            // the connection is being let go: left unacknowledged, the frame comes again on the next one
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
