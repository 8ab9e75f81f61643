package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.TimerPingSender;
import org.eclipse.paho.mqttv5.client.internal.NetworkModule;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;

/** A Paho client whose connection, plain or TLS, runs through a {@link PublishTap} and a {@link PacketOutput}. */
final class TappedClient extends MqttAsyncClient {
    private final PublishTap.Receiver receiver;
    private final Consumer<IOException> failed;
    private volatile @Nullable PublishTap tap;
    private volatile @Nullable PacketOutput output;

    /**
     * @param receiver takes messages on Paho's receiving thread
     * @param failed told when acknowledgements cannot be written any more
     */
    TappedClient(String uri, String clientId, PublishTap.Receiver receiver, Consumer<IOException> failed)
            throws MqttException {
        super(uri, clientId, new MemoryPersistence(), new TimerPingSender(null), threads(uri));
        this.receiver = receiver;
        this.failed = failed;
    }

    /**
     * None of ours over TLS: a broker that refuses our certificate says so after the handshake, and what we send before we have read
     * that makes the network drop it. There Paho's sleeps give it time.
     */
    private static @Nullable PahoThreads threads(String uri) {
        return uri.startsWith("tcp:") ? new PahoThreads() : null;
    }

    /** A message that the tap had passed on to Paho is delivered. */
    void delivered() {
        PublishTap present = tap;
        if (present != null) {
            present.delivered();
        }
    }

    /** Tells the broker that it need not send a QoS 1 message again; never blocks. */
    void acknowledge(int id) {
        PacketOutput present = output;
        if (present != null) {
            present.acknowledge(id);
        }
    }

    /** Acknowledges nothing more. */
    void release() {
        PacketOutput present = output;
        if (present != null) {
            present.release();
        }
    }

    @Override
    protected NetworkModule[] createNetworkModules(String address, MqttConnectionOptions options) throws MqttException {
        UnaryOperator<NetworkModule> tapped = Tapped::new;
        return Arrays.stream(super.createNetworkModules(address, options))
                .map(tapped)
                .toArray(NetworkModule[]::new);
    }

    private final class Tapped implements NetworkModule {
        private final NetworkModule module;

        Tapped(NetworkModule module) {
            this.module = module;
        }

        @Override
        public void start() throws IOException, MqttException {
            module.start();
        }

        @Override
        public InputStream getInputStream() throws IOException {
            // what the tap takes is a sign of life too: Paho would give up a connection that is only slow to be read
            PublishTap made = new PublishTap(module.getInputStream(), (topic, payload, retained, id) -> {
                comms.getClientState().notifyReceivedBytes(payload.length + 1);
                receiver.take(topic, payload, retained, id);
            });
            tap = made;
            return made;
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            PacketOutput made = new PacketOutput(module.getOutputStream(), failed);
            output = made;
            return made;
        }

        @Override
        public void stop() throws IOException {
            release();
            module.stop();
        }

        @Override
        public String getServerURI() {
            return module.getServerURI();
        }
    }
}
