package io.penstock.sensors.mqtt;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link BrokerLink} by MQTT 3.1.1, with one Paho client for its life, as {@link MqttLink} by MQTT 5. What 3.1.1 has
 * not: a receive maximum and a largest packet (the broker's own settings bound what is under way), a reason for a
 * message it does not take (it ends the connection or says nothing), and a way to have retained messages but once.
 * Therefore a session that this process subscribed before and that the broker still has is not subscribed again.
 */
final class Mqtt311Link implements BrokerLink, MqttCallback {
    private static final Logger LOG = LoggerFactory.getLogger(Mqtt311Link.class);
    private static final int CONNECT_SECONDS = 10;
    private static final int ANSWER_SECONDS = 15;
    private static final int REFUSED = 0x80;

    private final MqttConnectionSettings settings;
    private final Consumer<IncomingMessage> receiver;
    private final MqttAsyncClient client;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final PublishWindow window = new PublishWindow();
    private final Object ackLock = new Object();
    private boolean retired;
    private volatile boolean sessionPresent;
    private volatile boolean listening;
    private volatile String refusedSubscriptions = "";

    private Mqtt311Link(MqttConnectionSettings settings, Consumer<IncomingMessage> receiver) throws MqttException {
        this.settings = settings;
        this.receiver = receiver;
        this.client = new MqttAsyncClient(settings.uri(), settings.clientId(), new MemoryPersistence());
    }

    /**
     * As {@link MqttLink#open}.
     *
     * @param subscribedBefore whether the broker granted these filters to this process on an earlier connection
     */
    static Mqtt311Link open(
            MqttConnectionSettings settings,
            List<String> topicFilters,
            Consumer<IncomingMessage> receiver,
            CompletableFuture<?> abandoned,
            boolean subscribedBefore)
            throws LinkDown {
        Mqtt311Link link;
        MqttConnectOptions options = options(settings);
        try {
            link = new Mqtt311Link(settings, receiver);
        } catch (MqttException e) {
            throw new LinkDown("made an MQTT client for " + settings.uri() + ": " + e.getMessage(), e);
        }
        try {
            link.client.setCallback(link);
            // before connect: Paho's own acknowledgement comes even where messageArrived threw
            link.client.setManualAcks(true);
            link.connect(options, abandoned);
            if (!topicFilters.isEmpty() && !(link.sessionPresent && subscribedBefore)) {
                link.subscribe(topicFilters);
            }
            return link;
        } catch (MqttException e) {
            link.retireWithin(CLOSE_PATIENCE);
            throw new LinkDown("connected to " + settings.uri() + ": " + link.reason(e), e);
        } catch (LinkDown e) {
            link.retireWithin(CLOSE_PATIENCE);
            throw e;
        }
    }

    private void connect(MqttConnectOptions options, CompletableFuture<?> abandoned) throws MqttException, LinkDown {
        CompletableFuture<String> answer = new CompletableFuture<>();
        client.connect(options, null, new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
                // the broker knows our subscriptions from before; its new answer may lie behind a backlog
                sessionPresent = token.getSessionPresent();
                listening = sessionPresent;
                answer.complete("");
            }

            @Override
            public void onFailure(IMqttToken token, Throwable exception) {
                answer.complete(exception instanceof MqttException e ? reason(e) : exception.toString());
            }
        });
        String failure = CompletableFuture.anyOf(answer, abandoned.thenApply(ignored -> "closed"))
                .completeOnTimeout(ConnectTrouble.silent(settings), ANSWER_SECONDS, TimeUnit.SECONDS)
                .thenApply(String::valueOf)
                .join();
        if (!failure.isEmpty()) {
            throw new LinkDown("connected to " + settings.uri() + ": " + failure);
        }
    }

    private static MqttConnectOptions options(MqttConnectionSettings settings) throws LinkDown {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setAutomaticReconnect(false);
        options.setCleanSession(settings.isClean());
        options.setKeepAliveInterval((int) settings.keepAlive().toSeconds());
        options.setMaxInflight(PublishWindow.MOST);
        options.setConnectionTimeout(CONNECT_SECONDS);
        if (settings.isSecure()) {
            options.setSocketFactory(TlsSockets.of(settings.tls()));
        }
        MqttConnectionSettings.Credentials credentials = settings.credentials();
        if (credentials != null) {
            options.setUserName(credentials.user());
            options.setPassword(
                    new String(credentials.password(), java.nio.charset.StandardCharsets.UTF_8).toCharArray());
        }
        MqttConnectionSettings.LastWill will = settings.lastWill();
        if (will != null) {
            options.setWill(will.topic(), will.payload(), 1, will.retained());
        }
        return options;
    }

    private void subscribe(List<String> topicFilters) throws MqttException {
        String[] filters = topicFilters.toArray(String[]::new);
        int[] qos = new int[filters.length];
        // never QoS 2: manual acknowledgement of it is broken in Paho (paho.mqtt.java#994)
        java.util.Arrays.fill(qos, settings.subscribeQos());
        client.subscribe(filters, qos, null, new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
                subscribed(topicFilters, token.getGrantedQos());
            }

            @Override
            public void onFailure(IMqttToken token, Throwable exception) {
                int[] granted = token.getGrantedQos();
                if (granted != null && granted.length == topicFilters.size()) {
                    // Paho calls a SUBACK with a refusal in it a failure; the other filters stand
                    subscribed(topicFilters, granted);
                } else {
                    end("the broker did not take the subscriptions: " + exception);
                }
            }
        });
    }

    private void subscribed(List<String> topicFilters, int[] granted) {
        listening = true;
        StringBuilder refused = new StringBuilder();
        for (int i = 0; i < Math.min(granted.length, topicFilters.size()); i++) {
            if (granted[i] >= REFUSED) {
                refused.append(' ').append(topicFilters.get(i));
            }
        }
        if (!refused.isEmpty()) {
            refusedSubscriptions = "the broker refused the subscriptions" + refused;
            LOG.warn(
                    "{}: {}; allow them for the client {} in the broker's access rules",
                    settings.uri(),
                    refusedSubscriptions,
                    settings.clientId());
        }
    }

    @Override
    public boolean isListening() {
        return listening;
    }

    @Override
    public String refusedSubscriptions() {
        return refusedSubscriptions;
    }

    @Override
    public CompletableFuture<String> ended() {
        return ended;
    }

    @Override
    public void end(String reason) {
        ended.complete(reason);
    }

    @Override
    public CompletionStage<PublishOutcome> publish(String topic, byte[] payload, int qos, boolean retained)
            throws LinkDown {
        CompletableFuture<PublishOutcome> outcome = window.enter(this, settings.uri());
        try {
            client.publish(topic, payload, qos, retained, null, new IMqttActionListener() {
                @Override
                public void onSuccess(IMqttToken token) {
                    outcome.complete(new PublishOutcome.Accepted());
                }

                @Override
                public void onFailure(IMqttToken token, Throwable exception) {
                    outcome.completeExceptionally(new LinkDown(
                            "published to " + topic + " on " + settings.uri() + ": " + exception, exception));
                }
            });
        } catch (MqttException e) {
            outcome.cancel(false);
            throw new LinkDown("published to " + topic + " on " + settings.uri() + ": " + reason(e), e);
        }
        if (ended.isDone()) {
            // it may have been retired between our look and the entry into the window
            outcome.completeExceptionally(new LinkDown("connection to " + settings.uri() + " ended: " + ended.join()));
        }
        return outcome;
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        synchronized (ackLock) {
            if (retired) {
                return;
            }
        }
        if (ended.isDone()) {
            // not acknowledged, so that it comes again, in its old place, on the next connection
            return;
        }
        int id = message.getId();
        Runnable acknowledgement = message.getQos() == 0 ? () -> {} : () -> acknowledge(id);
        try {
            receiver.accept(new IncomingMessage(topic, message.getPayload(), message.isRetained(), acknowledgement));
        } catch (RuntimeException e) {
            LOG.error("{}: a message could not be handled; connecting again brings it back", settings.uri(), e);
            end("a message could not be handled: " + e);
        }
    }

    private void acknowledge(int id) {
        synchronized (ackLock) {
            if (retired) {
                return;
            }
            try {
                client.messageArrivedComplete(id, 1);
            } catch (MqttException e) {
                end("could not acknowledge: " + reason(e));
            }
        }
    }

    @Override
    public void retire() {
        synchronized (ackLock) {
            retired = true;
        }
        end("retired");
        try {
            if (client.isConnected()) {
                client.disconnectForcibly(0, 500, true);
            } else {
                client.disconnectForcibly(0, 1, false);
            }
            client.close(true);
        } catch (MqttException e) {
            LOG.debug("{}: closing the client of an ended connection: {}", settings.uri(), reason(e));
        }
        window.fail(new LinkDown("connection to " + settings.uri() + " ended: " + ended.join()));
    }

    @Override
    public String uri() {
        return settings.uri();
    }

    @Override
    public void connectionLost(Throwable cause) {
        end(cause instanceof MqttException e ? lost(e) : String.valueOf(cause));
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}

    private String reason(MqttException e) {
        return ConnectTrouble.words(e.getReasonCode(), String.valueOf(e.getMessage()), e.getCause(), settings);
    }

    private static String lost(MqttException e) {
        return ConnectTrouble.lost(e.getReasonCode(), String.valueOf(e.getMessage()), e.getCause());
    }
}
