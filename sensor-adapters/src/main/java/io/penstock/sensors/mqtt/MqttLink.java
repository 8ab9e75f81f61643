package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
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
final class MqttLink implements MqttCallback {
    private static final Logger LOG = LoggerFactory.getLogger(MqttLink.class);
    private static final int CONNECT_SECONDS = 10;
    private static final int ANSWER_SECONDS = 15;
    static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    // mosquitto lets a client have 20 unacknowledged messages under way; Paho throws beyond the broker's number
    private static final int WINDOW = 16;
    private static final long WINDOW_WAIT_SECONDS = 10;
    private static final int LOWEST_FAILURE_CODE = 0x80;
    private static final Runnable NOTHING = () -> {};

    private final MqttConnectionSettings settings;
    private final Consumer<IncomingMessage> receiver;
    private final TappedClient client;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final Semaphore window = new Semaphore(WINDOW);
    private final Set<CompletableFuture<PublishOutcome>> unanswered = ConcurrentHashMap.newKeySet();
    private volatile boolean retired;
    private volatile boolean listening;
    private volatile String refusedSubscriptions = "";

    private MqttLink(MqttConnectionSettings settings, Consumer<IncomingMessage> receiver) throws MqttException {
        this.settings = settings;
        this.receiver = receiver;
        this.client = new TappedClient(
                settings.uri(), settings.clientId(), this::take, e -> end("could not acknowledge: " + e));
    }

    /**
     * Connects and asks for the subscriptions; their answer is not waited for, since it may lie behind a backlog.
     *
     * @param receiver called on a Paho thread, one message at a time; while it blocks, the socket is not read
     * @param abandoned completed when nobody wants the connection any more: the attempt then ends
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
            throw new LinkDown("made an MQTT client for " + settings.uri() + ": " + reason(e), e);
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
            throw new LinkDown("connected to " + settings.uri() + ": " + reason(e), e);
        } catch (LinkDown e) {
            link.retireWithin(CLOSE_PATIENCE);
            throw e;
        }
    }

    private void connect(MqttConnectionOptions options, CompletableFuture<?> abandoned) throws MqttException, LinkDown {
        CompletableFuture<String> answer = new CompletableFuture<>();
        client.connect(options, null, new MqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
                // the broker knows our subscriptions from before; its new answer may lie behind a backlog
                listening = token.getSessionPresent();
                answer.complete("");
            }

            @Override
            public void onFailure(IMqttToken token, Throwable exception) {
                answer.complete(exception instanceof MqttException e ? reason(e) : exception.toString());
            }
        });
        String failure = CompletableFuture.anyOf(answer, abandoned.thenApply(ignored -> "closed"))
                .completeOnTimeout("no answer within " + ANSWER_SECONDS + " s", ANSWER_SECONDS, TimeUnit.SECONDS)
                .thenApply(String::valueOf)
                .join();
        if (!failure.isEmpty()) {
            throw new LinkDown("connected to " + settings.uri() + ": " + failure);
        }
    }

    private static MqttConnectionOptions options(MqttConnectionSettings settings) throws LinkDown {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setAutomaticReconnect(false);
        options.setCleanStart(false);
        options.setSessionExpiryInterval(settings.sessionExpiry().toSeconds());
        options.setKeepAliveInterval((int) settings.keepAlive().toSeconds());
        options.setReceiveMaximum(settings.receiveMaximum());
        options.setMaximumPacketSize(settings.largestPacketBytes());
        options.setConnectionTimeout(CONNECT_SECONDS);
        if (settings.trustFile() != null) {
            options.setSocketFactory(TrustedCertificates.socketFactory(settings.trustFile()));
        }
        MqttConnectionSettings.Credentials credentials = settings.credentials();
        if (credentials != null) {
            options.setUserName(credentials.user());
            options.setPassword(password(credentials));
        }
        MqttConnectionSettings.LastWill will = settings.lastWill();
        if (will != null) {
            options.setWill(will.topic(), message(will.payload(), 1, will.retained()));
        }
        return options;
    }

    private static byte[] password(MqttConnectionSettings.Credentials credentials) throws LinkDown {
        try {
            String text = Files.readString(credentials.passwordFile());
            return text.lines().findFirst().orElse("").getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LinkDown(
                    "read the broker password of " + credentials.user() + " from " + credentials.passwordFile() + ": "
                            + e,
                    e);
        }
    }

    private void subscribe(List<String> topicFilters) throws MqttException {
        MqttSubscription[] subscriptions = topicFilters.stream()
                .map(filter -> {
                    // QoS 1: manual acknowledgement of QoS 2 is broken in Paho (paho.mqtt.java#994)
                    MqttSubscription subscription = new MqttSubscription(filter, 1);
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

    /** Whether messages published from now on are for us. */
    boolean isListening() {
        return listening;
    }

    /** Empty, or which subscriptions the broker did not grant. */
    String refusedSubscriptions() {
        return refusedSubscriptions;
    }

    /** Completed with the reason once this connection is of no more use. */
    CompletableFuture<String> ended() {
        return ended;
    }

    /** Gives this connection up; whoever owns it then retires it. */
    void end(String reason) {
        ended.complete(reason);
    }

    CompletionStage<PublishOutcome> publish(String topic, byte[] payload, int qos, boolean retained) throws LinkDown {
        waitForWindow();
        CompletableFuture<PublishOutcome> outcome = new CompletableFuture<>();
        unanswered.add(outcome);
        outcome.whenComplete((done, failure) -> {
            unanswered.remove(outcome);
            window.release();
        });
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

    private void waitForWindow() throws LinkDown {
        try {
            if (!window.tryAcquire(WINDOW_WAIT_SECONDS, TimeUnit.SECONDS)) {
                String found = WINDOW + " messages under way, none acknowledged within " + WINDOW_WAIT_SECONDS + " s";
                end(found);
                throw new LinkDown("published to " + settings.uri() + ": " + found);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkDown("published to " + settings.uri() + ": was interrupted", e);
        }
    }

    private static MqttMessage message(byte[] payload, int qos, boolean retained) {
        return new MqttMessage(payload, qos, retained, new MqttProperties());
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        try {
            take(topic, message.getPayload(), message.isRetained(), message.getQos() == 0 ? 0 : message.getId());
        } finally {
            client.delivered();
        }
    }

    /** One message, on one of Paho's threads; {@code id} is 0 where nothing is to be acknowledged. */
    private void take(String topic, byte[] payload, boolean retained, int id) {
        if (retired || ended.isDone()) {
            // not acknowledged, so that it comes again, in its old place, on the next connection
            return;
        }
        Runnable acknowledgement = id == 0 ? NOTHING : () -> acknowledge(id);
        try {
            receiver.accept(new IncomingMessage(topic, payload, retained, acknowledgement));
        } catch (RuntimeException e) {
            LOG.error("{}: a message could not be handled; connecting again brings it back", settings.uri(), e);
            end("a message could not be handled: " + e);
        }
    }

    private void acknowledge(int id) {
        if (!retired) {
            client.acknowledge(id);
        }
    }

    /** Ends the connection, unless it has ended, and lets Paho's threads go. Bounded, see {@link #retireWithin}. */
    private void retire() {
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
        List.copyOf(unanswered).forEach(outcome -> outcome.completeExceptionally(down));
    }

    /** Retires on a thread of its own: Paho's shutdown polls its threads, and a dead network can hold it up. */
    void retireWithin(Duration patience) {
        Thread retiring = Thread.ofVirtual().name("mqtt-retire").start(this::retire);
        try {
            if (!retiring.join(patience)) {
                LOG.warn(
                        "{}: the old connection's threads did not end within {}; left behind",
                        settings.uri(),
                        patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
        MqttException exception = response.getException();
        end(
                exception != null
                        ? reason(exception)
                        : "the broker said goodbye with code " + response.getReturnCode() + " "
                                + response.getReasonString());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
        end(reason(exception));
    }

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}

    static String reason(MqttException e) {
        Throwable cause = e.getCause();
        String text = e.getMessage() + " (code " + e.getReasonCode() + ")";
        return cause == null ? text : text + ", " + cause;
    }
}
