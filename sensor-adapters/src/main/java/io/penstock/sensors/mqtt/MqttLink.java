package io.penstock.sensors.mqtt;

import io.penstock.sensors.mqtt.payload.MessageProperties;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Paho client for the life of one connection. A new connection takes a new client, so that nothing of an old one,
 * such as a half-finished shutdown or an acknowledgement that came too late, can touch it.
 */
final class MqttLink implements BrokerLink, MqttCallback {
    private static final Logger LOG = LoggerFactory.getLogger(MqttLink.class);
    private static final int CONNECT_SECONDS = 10;
    private static final int ANSWER_SECONDS = 15;
    private static final int LOWEST_FAILURE_CODE = 0x80;
    private static final int UNSUPPORTED_VERSION = 0x84;
    // a CONNACK in the form of MQTT 3.1.1 and its code 1, which Paho finds to be no code of MQTT 5
    private static final int CONNACK_OF_3_1_1 = MqttException.REASON_CODE_INVALID_RETURN_CODE;
    private static final Runnable NOTHING = () -> {};

    private final MqttConnectionSettings settings;
    private final Consumer<IncomingMessage> receiver;
    private final TappedClient client;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final PublishWindow window = new PublishWindow();
    private volatile boolean retired;
    private volatile boolean listening;
    private volatile String refusedSubscriptions = "";

    private MqttLink(MqttConnectionSettings settings, Consumer<IncomingMessage> receiver) throws MqttException {
        this.settings = settings;
        this.receiver = receiver;
        this.client = new TappedClient(
                settings.uri(),
                settings.clientId(),
                (topic, payload, retained, id) -> take(topic, payload, MessageProperties.NONE, retained, id),
                e -> end("could not acknowledge: " + e));
    }

    /**
     * Connects and asks for the subscriptions; their answer is not waited for, since it may lie behind a backlog.
     *
     * @param receiver called on a Paho thread, one message at a time; while it blocks, the socket is not read
     * @param abandoned completed when nobody wants the connection any more: the attempt then ends
     * @throws VersionRefused when the broker does not speak MQTT 5
     */
    static MqttLink open(
            MqttConnectionSettings settings,
            List<String> topicFilters,
            Consumer<IncomingMessage> receiver,
            CompletableFuture<?> abandoned)
            throws LinkDown {
        MqttLink link;
        MqttConnectionOptions options = options(settings);
        try {
            link = new MqttLink(settings, receiver);
        } catch (MqttException e) {
            throw new LinkDown("made an MQTT client for " + settings.uri() + ": " + e.getMessage(), e);
        }
        try {
            link.client.setCallback(link);
            // before connect: Paho's own acknowledgement comes even where messageArrived threw
            link.client.setManualAcks(true);
            link.connect(options, abandoned);
            if (!topicFilters.isEmpty()) {
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

    private void connect(MqttConnectionOptions options, CompletableFuture<?> abandoned) throws MqttException, LinkDown {
        CompletableFuture<String> answer = new CompletableFuture<>();
        CompletableFuture<MqttException> version = new CompletableFuture<>();
        client.connect(options, null, new MqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
                // the broker knows our subscriptions from before; its new answer may lie behind a backlog
                listening = token.getSessionPresent();
                answer.complete("");
            }

            @Override
            public void onFailure(IMqttToken token, Throwable exception) {
                if (exception instanceof MqttException e
                        && (e.getReasonCode() == UNSUPPORTED_VERSION || e.getReasonCode() == CONNACK_OF_3_1_1)) {
                    version.complete(e);
                }
                answer.complete(exception instanceof MqttException e ? reason(e) : exception.toString());
            }
        });
        String failure = CompletableFuture.anyOf(answer, abandoned.thenApply(ignored -> "closed"))
                .completeOnTimeout(ConnectTrouble.silent(settings), ANSWER_SECONDS, TimeUnit.SECONDS)
                .thenApply(String::valueOf)
                .join();
        if (version.isDone()) {
            throw new VersionRefused(
                    "connected to " + settings.uri() + ": the broker does not speak MQTT 5", version.join());
        }
        if (!failure.isEmpty()) {
            throw new LinkDown("connected to " + settings.uri() + ": " + failure);
        }
    }

    private static MqttConnectionOptions options(MqttConnectionSettings settings) throws LinkDown {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setAutomaticReconnect(false);
        options.setCleanStart(settings.isClean());
        options.setSessionExpiryInterval(settings.sessionExpiry().toSeconds());
        options.setKeepAliveInterval((int) settings.keepAlive().toSeconds());
        options.setReceiveMaximum(settings.receiveMaximum());
        options.setMaximumPacketSize(settings.largestPacketBytes());
        options.setConnectionTimeout(CONNECT_SECONDS);
        if (settings.isSecure()) {
            options.setSocketFactory(TlsSockets.of(settings.tls()));
        }
        MqttConnectionSettings.Credentials credentials = settings.credentials();
        if (credentials != null) {
            options.setUserName(credentials.user());
            options.setPassword(credentials.password());
        }
        MqttConnectionSettings.LastWill will = settings.lastWill();
        if (will != null) {
            options.setWill(will.topic(), message(will.payload(), 1, will.retained()));
        }
        return options;
    }

    private void subscribe(List<String> topicFilters) throws MqttException {
        MqttSubscription[] subscriptions = topicFilters.stream()
                .map(filter -> {
                    // never QoS 2: manual acknowledgement of QoS 2 is broken in Paho (paho.mqtt.java#994)
                    MqttSubscription subscription = new MqttSubscription(filter, settings.subscribeQos());
                    // retained messages once, not again at every connection
                    subscription.setRetainHandling(1);
                    return subscription;
                })
                .toArray(MqttSubscription[]::new);
        client.subscribe(
                subscriptions,
                null,
                new MqttActionListener() {
                    @Override
                    public void onSuccess(IMqttToken token) {
                        subscribed(topicFilters, token.getReasonCodes());
                    }

                    @Override
                    public void onFailure(IMqttToken token, Throwable exception) {
                        end("the broker did not take the subscriptions: " + exception);
                    }
                },
                new MqttProperties());
    }

    private void subscribed(List<String> topicFilters, int[] reasonCodes) {
        listening = true;
        StringBuilder refused = new StringBuilder();
        for (int i = 0; i < Math.min(reasonCodes.length, topicFilters.size()); i++) {
            if (reasonCodes[i] >= LOWEST_FAILURE_CODE) {
                refused.append(' ')
                        .append(topicFilters.get(i))
                        .append(" (code ")
                        .append(reasonCodes[i])
                        .append(')');
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
            client.publish(topic, message(payload, qos, retained), null, new MqttActionListener() {
                @Override
                public void onSuccess(IMqttToken token) {
                    outcome.complete(outcome(token.getReasonCodes()));
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
            // it may have been retired between our look and the entry into the list
            outcome.completeExceptionally(new LinkDown("connection to " + settings.uri() + " ended: " + ended.join()));
        }
        return outcome;
    }

    private static PublishOutcome outcome(int @Nullable [] reasonCodes) {
        if (reasonCodes != null && reasonCodes.length > 0 && reasonCodes[0] >= LOWEST_FAILURE_CODE) {
            return new PublishOutcome.Refused(reasonCodes[0]);
        }
        return new PublishOutcome.Accepted();
    }

    private static MqttMessage message(byte[] payload, int qos, boolean retained) {
        return new MqttMessage(payload, qos, retained, new MqttProperties());
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        try {
            take(
                    topic,
                    message.getPayload(),
                    properties(message.getProperties()),
                    message.isRetained(),
                    message.getQos() == 0 ? 0 : message.getId());
        } finally {
            client.delivered();
        }
    }

    /** One message, on one of Paho's threads; {@code id} is 0 where nothing is to be acknowledged. */
    private void take(String topic, byte[] payload, MessageProperties properties, boolean retained, int id) {
        if (retired || ended.isDone()) {
            // not acknowledged, so that it comes again, in its old place, on the next connection
            return;
        }
        Runnable acknowledgement = id == 0 ? NOTHING : () -> acknowledge(id);
        try {
            receiver.accept(new IncomingMessage(topic, payload, properties, retained, acknowledgement));
        } catch (RuntimeException e) {
            LOG.error("{}: a message could not be handled; connecting again brings it back", settings.uri(), e);
            end("a message could not be handled: " + e);
        }
    }

    private static MessageProperties properties(@Nullable MqttProperties found) {
        if (found == null
                || (found.getContentType() == null && found.getUserProperties().isEmpty())) {
            return MessageProperties.NONE;
        }
        String contentType = found.getContentType();
        return new MessageProperties(
                contentType == null ? "" : contentType,
                found.getUserProperties().stream()
                        .map(p -> new MessageProperties.Property(p.getKey(), p.getValue()))
                        .toList());
    }

    private void acknowledge(int id) {
        if (!retired) {
            client.acknowledge(id);
        }
    }

    /** Ends the connection, unless it has ended, and lets Paho's threads go. Bounded, see {@link #retireWithin}. */
    @Override
    public void retire() {
        retired = true;
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
        } finally {
            client.release();
        }
        LinkDown down = new LinkDown("connection to " + settings.uri() + " ended: " + ended.join());
        window.fail(down);
    }

    @Override
    public String uri() {
        return settings.uri();
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
        MqttException exception = response.getException();
        end(
                exception != null
                        ? lost(exception)
                        : "the broker said goodbye with code " + response.getReturnCode() + " "
                                + response.getReasonString());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
        end(lost(exception));
    }

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}

    private String reason(MqttException e) {
        return ConnectTrouble.words(e.getReasonCode(), String.valueOf(e.getMessage()), e.getCause(), settings);
    }

    private static String lost(MqttException e) {
        return ConnectTrouble.lost(e.getReasonCode(), String.valueOf(e.getMessage()), e.getCause());
    }
}
