package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** A real broker with devices that publish numbered readings, and the source that listens to it. */
enum MqttPlant {
    EMBEDDED,
    MOSQUITTO,
    /** The same broker, spoken to by MQTT 3.1.1. */
    MOSQUITTO_3_1_1;

    static final long FIRST_MILLIS = 1_790_000_000_000L;
    static final Duration PATIENCE = Duration.ofSeconds(30);

    Broker started(Path folder) throws Exception {
        assumeTrue(
                this == EMBEDDED || MosquittoBroker.isInstalled(),
                "mosquitto is not installed: apt-get install mosquitto");
        Broker broker = this == EMBEDDED ? new EmbeddedBroker(folder) : new MosquittoBroker(folder);
        broker.start();
        return broker;
    }

    MqttSourceSettings settings(MqttConnectionSettings link) {
        return new MqttSourceSettings(
                "plant",
                link.withVersion(this == MOSQUITTO_3_1_1 ? MqttVersion.V3_1_1 : MqttVersion.V5),
                List.of(
                        Subscription.of("plant/{asset}/{channel}", Json.valueAndTime(TimeFormat.MILLISECONDS)),
                        Subscription.of("plain/{asset}/{channel}", new Plain())));
    }

    /** Each once; in their order where the broker keeps it, which the embedded one does not when it sends again. */
    void assertArrived(Collection<Long> arrived, Set<Long> expected) {
        assertThat(arrived).containsExactlyInAnyOrderElementsOf(expected);
        if (this != EMBEDDED) {
            assertThat(List.copyOf(arrived)).isSorted();
        }
    }

    static MqttConnectionSettings link(String uri, Duration keepAlive) {
        return MqttConnectionSettings.of(uri, "test-" + UUID.randomUUID()).withKeepAlive(keepAlive);
    }

    static MqttSource source(MqttSourceSettings settings) {
        return new MqttSource(settings, InstantSource.system());
    }

    static void awaitRunning(MqttSource source) {
        await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.RUNNING);
    }

    static MqttConnection publisher(String uri) {
        MqttConnection connection = new MqttConnection(link(uri, Duration.ofSeconds(10)));
        connection.start();
        await().atMost(PATIENCE).until(connection::isConnected);
        return connection;
    }

    static void publish(MqttConnection to, String topic, String payload) throws LinkDown {
        to.publishAndWait(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false, Duration.ofSeconds(10));
    }

    static void publishNumbered(MqttConnection to, long from, long count) throws LinkDown {
        List<CompletionStage<PublishOutcome>> answers = new ArrayList<>();
        for (long i = from; i < from + count; i++) {
            byte[] payload =
                    ("{\"ts\":" + (FIRST_MILLIS + i) + ",\"value\":" + i + "}").getBytes(StandardCharsets.UTF_8);
            answers.add(to.publish("plant/unit-1/flow", payload, 1, false));
        }
        answers.forEach(
                answer -> assertThat(answer.toCompletableFuture().join()).isEqualTo(new PublishOutcome.Accepted()));
    }

    /** What {@link #publishNumbered} numbered it. */
    static long number(Delivery delivery) {
        return (long) ((Reading.Scalar) delivery.readings().getFirst()).value();
    }

    static Set<Long> numbers(long count) {
        return LongStream.range(0, count).boxed().collect(Collectors.toCollection(TreeSet::new));
    }
}
