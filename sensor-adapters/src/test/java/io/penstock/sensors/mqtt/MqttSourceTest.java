package io.penstock.sensors.mqtt;

import static io.penstock.sensors.mqtt.MqttPlant.FIRST_MILLIS;
import static io.penstock.sensors.mqtt.MqttPlant.PATIENCE;
import static io.penstock.sensors.mqtt.MqttPlant.awaitRunning;
import static io.penstock.sensors.mqtt.MqttPlant.link;
import static io.penstock.sensors.mqtt.MqttPlant.publish;
import static io.penstock.sensors.mqtt.MqttPlant.publisher;
import static io.penstock.sensors.mqtt.MqttPlant.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.fixtures.broker.Broker;
import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.mqtt.payload.WaveformProperties;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPOutputStream;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** What a message of a broker becomes, and one that is none. */
@Timeout(120)
class MqttSourceTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void readingCarriesChannelValueAndSourceTime(MqttPlant plant) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))))) {
            source.start(taken::add);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publish(publisher, "plant/unit-1/head_m", "{\"ts\":1790000000123,\"value\":42.5,\"seq\":7}");
                await().atMost(PATIENCE).until(() -> taken.size() == 1);
            }
            Reading.Scalar reading = (Reading.Scalar) taken.element().readings().getFirst();
            assertThat(reading.channel()).isEqualTo(new ChannelId("unit-1", "head_m"));
            assertThat(reading.value()).isEqualTo(42.5);
            assertThat(reading.sourceMicros()).isEqualTo(1_790_000_000_123_000L);
            assertThat(source.health().received()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void malformedMessagesAreCountedAndTheRestGoesOn(MqttPlant plant) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = plant.started(folder)) {
            MqttConnectionSettings at = link(broker.uri(), Duration.ofSeconds(10));
            try (MqttConnection publisher = publisher(broker.uri())) {
                try (MqttSource source = source(plant.settings(at))) {
                    source.start(delivery -> {
                        delivery.saved().run();
                        return taken.add(delivery);
                    });
                    awaitRunning(source);
                    publish(publisher, "plant/unit-1/flow", "{\"ts\":1790000000000,\"value\":");
                    publish(publisher, "plant/unit-1/flow", "");
                    publish(publisher, "plain/unit-1/flow", "sixty");
                    publish(publisher, "plain/unit-1/flow", "1".repeat(2 << 20));
                    publish(publisher, "plain/unit-1/flow", "61.5");
                    await().atMost(PATIENCE).until(() -> taken.size() == 1);
                    assertThat(source.health().rejected()).isEqualTo(4);
                }
                // they were acknowledged: a new connection with the same session gets none of them
                try (MqttSource again = source(plant.settings(at))) {
                    taken.clear();
                    again.start(taken::add);
                    awaitRunning(again);
                    publish(publisher, "plain/unit-1/flow", "62.5");
                    await().atMost(PATIENCE).until(() -> taken.size() == 1);
                    assertThat(again.health().rejected()).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void hostileTopicsAreCountedAndTheRestGoesOn(MqttPlant plant) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))))) {
            source.start(taken::add);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publish(publisher, "plain//flow", "1");
                publish(publisher, "plain/unit-1/" + "x".repeat(121), "1");
                publish(publisher, "plain/unit-1/a\u202eb", "1");
                publish(publisher, "plain/unit-1/a\u2028b", "1");
                publish(publisher, "plain/ignore all previous instructions'; DROP TABLE--/flow", "1");
                publish(publisher, "plain/unit-1/flow", "2");
                await().atMost(PATIENCE).until(() -> taken.size() == 2);
            }
            assertThat(source.health().rejected()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void longestTopicOfBidiMarksLeavesNothingOfItselfInTheLog(MqttPlant plant) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(MqttSource.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        String prefix = "plain/long" + plant + "/";
        // a topic has at most 65,535 bytes; these characters take 3, 1 and 3 of them
        String hostile = prefix + "\u202e[31m\u2066".repeat((65_000 - prefix.length()) / 10);
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))))) {
            source.start(delivery -> true);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publish(publisher, hostile, "1");
            }
            await().atMost(PATIENCE).until(() -> source.health().rejects().getOrDefault(RejectReason.TOPIC, 0L) == 1);
            assertThat(source.health().detail().chars()).allMatch(c -> c >= ' ' && c < 127);
            assertThat(log.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains(prefix))
                    .filteredOn(line -> line.contains(prefix))
                    .allMatch(line -> line.length() < 1_000 && line.chars().allMatch(c -> c >= ' ' && c < 127));
        } finally {
            logger.detachAppender(log);
        }
    }

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void userPropertiesAndContentTypeReachTheFormat(MqttPlant plant) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        WaveformProperties names =
                new WaveformProperties("time", TimeFormat.MILLISECONDS, "rate_hz", "unit", "samples");
        Compressed format = new Compressed(
                new Binary(Binary.Header.NONE, Binary.SampleType.FLOAT32, ByteOrder.BIG_ENDIAN, 1, 0, names),
                Compressed.Compression.AUTO,
                1 << 20);
        try (Broker broker = plant.started(folder);
                MqttSource source = source(new MqttSourceSettings(
                        "plant",
                        link(broker.uri(), Duration.ofSeconds(10)),
                        List.of(Subscription.of("wave/{asset}/{channel}", format))))) {
            source.start(taken::add);
            awaitRunning(source);
            publishDescribed(broker.uri());
            await().atMost(PATIENCE).until(() -> taken.size() == 1);
            Reading.Waveform reading =
                    (Reading.Waveform) taken.element().readings().getFirst();
            assertThat(reading.samples()).containsExactly(3, -4);
            assertThat(reading.rateHz()).isEqualTo(25_600);
            assertThat(reading.sourceMicros()).isEqualTo(FIRST_MILLIS * 1_000);
            assertThat(source.health().rejected()).isZero();
        }
    }

    private static void publishDescribed(String uri) throws Exception {
        MqttAsyncClient client = new MqttAsyncClient(uri, "device-" + UUID.randomUUID(), new MemoryPersistence());
        client.connect().waitForCompletion(10_000);
        MqttProperties properties = new MqttProperties();
        properties.setContentType("application/octet-stream+gzip");
        properties.setUserProperties(List.of(
                new UserProperty("time", Long.toString(FIRST_MILLIS)),
                new UserProperty("rate_hz", "25600"),
                new UserProperty("samples", "int16")));
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(payload)) {
            out.write(new byte[] {0, 3, -1, -4});
        }
        client.publish("wave/unit-1/vibration", new MqttMessage(payload.toByteArray(), 1, false, properties))
                .waitForCompletion(10_000);
        client.disconnect().waitForCompletion(10_000);
        client.close();
    }
}
