package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two brokers, shared and overlapping subscriptions, and brokers that do not speak MQTT 5. */
@Timeout(90)
class ManyBrokersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @BeforeEach
    void needMosquitto() {
        assumeTrue(MosquittoBroker.isInstalled(), "mosquitto is not installed: apt-get install mosquitto");
    }

    private MosquittoBroker broker(String name) throws Exception {
        MosquittoBroker broker = new MosquittoBroker(folder.resolve(name));
        broker.start();
        return broker;
    }

    private static MqttSource source(MqttConnectionSettings to, Queue<String> taken, Subscription... subscriptions) {
        MqttSource source = new MqttSource(
                new MqttSourceSettings(to.clientId(), to, List.of(subscriptions)), InstantSource.system());
        source.start(delivery -> {
            taken.add(text(delivery));
            delivery.saved().run();
            return true;
        });
        await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.RUNNING);
        return source;
    }

    private static String text(Delivery delivery) {
        Reading.Scalar r = (Reading.Scalar) delivery.readings().getFirst();
        return r.channel() + "=" + r.value();
    }

    private static MqttConnection publisher(String uri, MqttVersion version) {
        MqttConnection connection =
                new MqttConnection(MqttConnectionSettings.of(uri, "publisher").withVersion(version));
        connection.start();
        await().atMost(PATIENCE).until(connection::isConnected);
        return connection;
    }

    private static void publish(MqttConnection to, String topic, int value, int qos) throws LinkDown {
        assertThat(to.publishAndWait(
                        topic,
                        String.valueOf(value).getBytes(StandardCharsets.UTF_8),
                        qos,
                        false,
                        Duration.ofSeconds(10)))
                .isEqualTo(new PublishOutcome.Accepted());
    }

    /** Paho alone sleeps three times 100 ms in each; the best of five, because the machine may be busy. */
    @Test
    void aConnectionIsMadeFasterThanPahoSleeps() throws Exception {
        long best = Long.MAX_VALUE;
        try (MosquittoBroker broker = broker("near")) {
            for (int i = 0; i < 5; i++) {
                long began = System.nanoTime();
                try (MqttConnection connection =
                        new MqttConnection(MqttConnectionSettings.of(broker.uri(), "quick-" + i))) {
                    connection.start();
                    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(connection::isConnected);
                    best = Math.min(best, System.nanoTime() - began);
                }
            }
        }
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(250));
    }

    @ParameterizedTest
    @EnumSource(
            value = MqttVersion.class,
            names = {"V5", "V3_1_1"})
    void sharedSubscriptionIsDividedAndItsTopicsFitTheTemplate(MqttVersion version) throws Exception {
        Queue<String> one = new ConcurrentLinkedQueue<>();
        Queue<String> two = new ConcurrentLinkedQueue<>();
        Subscription shared =
                new Subscription("$share/gateways/plant/#", TopicTemplate.of("plant/{asset}/{channel}"), new Plain());
        // one that the first covers must not double it
        Subscription covered = new Subscription(
                "$share/gateways/plant/unit-1/+", TopicTemplate.of("plant/{asset}/{channel}"), new Plain());
        try (MosquittoBroker broker = broker("one");
                MqttSource first = source(
                        MqttConnectionSettings.of(broker.uri(), "first").withVersion(version), one, shared, covered);
                MqttSource second =
                        source(MqttConnectionSettings.of(broker.uri(), "second").withVersion(version), two, shared);
                MqttConnection publisher = publisher(broker.uri(), version)) {
            for (int i = 0; i < 200; i++) {
                publish(publisher, "plant/unit-1/flow", i, 1);
            }
            await().atMost(PATIENCE).until(() -> one.size() + two.size() >= 200);
            // what came after all of them shows that none of them came twice
            publish(publisher, "plant/unit-1/end", 1, 1);
            await().atMost(PATIENCE).until(() -> one.contains("unit-1/end=1.0") || two.contains("unit-1/end=1.0"));
            assertThat(one.size() + two.size()).isEqualTo(201);
            assertThat(one).hasSizeGreaterThan(50).doesNotContainAnyElementsOf(two);
            assertThat(two).hasSizeGreaterThan(50);
            assertThat(first.health().rejected() + second.health().rejected()).isZero();
        }
    }

    @Test
    void twoBrokersFeedOneGatewayAndOneMayBeAway() throws Exception {
        Queue<String> taken = new ConcurrentLinkedQueue<>();
        Subscription all = Subscription.of("plant/{asset}/{channel}", new Plain());
        try (MosquittoBroker north = broker("north");
                MosquittoBroker south = broker("south");
                MqttSource ofNorth = source(MqttConnectionSettings.of(north.uri(), "north"), taken, all);
                MqttSource ofSouth =
                        source(MqttConnectionSettings.of(south.uri(), "south").withSubscribeQos(0), taken, all);
                MqttConnection toNorth = publisher(north.uri(), MqttVersion.V5);
                MqttConnection toSouth = publisher(south.uri(), MqttVersion.V3_1_1)) {
            publish(toNorth, "plant/unit-1/flow", 1, 1);
            publish(toSouth, "plant/unit-2/flow", 2, 0);
            await().atMost(PATIENCE).until(() -> taken.size() == 2);
            north.stop();
            publish(toSouth, "plant/unit-2/flow", 3, 1);
            await().atMost(PATIENCE).until(() -> taken.contains("unit-2/flow=3.0"));
            assertThat(ofSouth.health().state()).isEqualTo(SourceHealth.State.RUNNING);
            await().atMost(PATIENCE).until(() -> ofNorth.health().state() == SourceHealth.State.CONNECTING);
        }
    }

    @Test
    void overlappingFiltersAreAskedForOnce() {
        MqttConnectionSettings any = MqttConnectionSettings.of("tcp://127.0.0.1:1", "any");
        TopicTemplate template = TopicTemplate.of("plant/{asset}/{channel}");
        List<Subscription> subscriptions = List.of(
                new Subscription("plant/+/flow", template, new Plain()),
                new Subscription("plant/#", template, new Plain()),
                new Subscription("$share/a/plant/+/flow", template, new Plain()),
                new Subscription("$share/a/plant/#", template, new Plain()),
                new Subscription("$share/b/plant/+/flow", template, new Plain()));
        assertThat(new MqttSourceSettings("any", any, subscriptions).filters())
                .containsExactly("plant/#", "$share/a/plant/#", "$share/b/plant/+/flow");
    }

    /** Refuses MQTT 5 as a broker of 2015 does, and lets 3.1.1 through to a mosquitto. */
    private record OldBroker(ServerSocket listener, int target, AtomicInteger refused) implements AutoCloseable {
        static OldBroker before(int target) throws IOException {
            OldBroker old = new OldBroker(
                    new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1")), target, new AtomicInteger());
            Thread.ofVirtual().start(old::accept);
            return old;
        }

        private void accept() {
            while (!listener.isClosed()) {
                try {
                    Socket client = listener.accept();
                    Thread.ofVirtual().start(() -> serve(client));
                } catch (IOException e) {
                    assertThat(listener.isClosed()).isTrue();
                }
            }
        }

        private void serve(Socket client) {
            try (client;
                    Socket broker = new Socket(InetAddress.getByName("127.0.0.1"), target)) {
                byte[] head = new byte[9];
                new DataInputStream(client.getInputStream()).readFully(head);
                // type, length (one byte here), "MQTT" with its length, protocol level
                if (head[8] == 5) {
                    refused.incrementAndGet();
                    client.getOutputStream().write(new byte[] {0x20, 2, 0, 1});
                    return;
                }
                broker.getOutputStream().write(head);
                Thread back = Thread.ofVirtual().start(() -> pump(broker, client));
                pump(client, broker);
                back.join();
            } catch (IOException e) {
                assertThat(client.isClosed()).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void pump(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException e) {
                assertThat(from.isClosed() || to.isClosed() || !e.toString().isEmpty())
                        .isTrue();
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    @Test
    void brokerThatRefusesMqtt5IsSpokenToByTheOlderVersionFromThenOn() throws Exception {
        Queue<String> taken = new ConcurrentLinkedQueue<>();
        try (MosquittoBroker broker = broker("one");
                OldBroker old = OldBroker.before(broker.port());
                MqttSource source = source(
                        MqttConnectionSettings.of(
                                "tcp://127.0.0.1:" + old.listener().getLocalPort(), "gateway"),
                        taken,
                        Subscription.of("plant/{asset}/{channel}", new Plain()));
                MqttConnection publisher = publisher(broker.uri(), MqttVersion.V5)) {
            publish(publisher, "plant/unit-1/flow", 1, 1);
            await().atMost(PATIENCE).until(() -> taken.size() == 1);
            broker.restart();
            await().atMost(PATIENCE).until(() -> source.health().reconnects() >= 1);
            await().atMost(PATIENCE).until(publisher::isConnected);
            publish(publisher, "plant/unit-1/flow", 2, 1);
            await().atMost(PATIENCE).until(() -> taken.size() == 2);
            assertThat(old.refused()).hasValue(1);
            assertThatThrownBy(() -> MqttConnection.probe(MqttConnectionSettings.of(
                                    "tcp://127.0.0.1:" + old.listener().getLocalPort(), "strict")
                            .withVersion(MqttVersion.V5)))
                    .hasMessageContaining("does not speak MQTT 5");
        }
    }
}
