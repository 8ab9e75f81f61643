package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.fixtures.faults.FaultyLink;
import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.mqtt.payload.WaveformProperties;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SourceHealth;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
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

@Timeout(120)
class MqttSourceTest {
    private static final long FIRST_MILLIS = 1_790_000_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    enum Kind {
        EMBEDDED,
        MOSQUITTO,
        /** The same broker, spoken to by MQTT 3.1.1. */
        MOSQUITTO_3_1_1
    }

    @TempDir
    private Path folder;

    private Broker started(Kind kind) throws Exception {
        assumeTrue(
                kind == Kind.EMBEDDED || MosquittoBroker.isInstalled(),
                "mosquitto is not installed: apt-get install mosquitto");
        Broker broker = kind == Kind.EMBEDDED ? new EmbeddedBroker(folder) : new MosquittoBroker(folder);
        broker.start();
        return broker;
    }

    private static MqttConnectionSettings link(String uri, Duration keepAlive) {
        return MqttConnectionSettings.of(uri, "test-" + UUID.randomUUID()).withKeepAlive(keepAlive);
    }

    private static MqttSourceSettings settings(Kind kind, MqttConnectionSettings link) {
        return new MqttSourceSettings(
                "plant",
                link.withVersion(kind == Kind.MOSQUITTO_3_1_1 ? MqttVersion.V3_1_1 : MqttVersion.V5),
                List.of(
                        Subscription.of("plant/{asset}/{channel}", Json.valueAndTime(TimeFormat.MILLISECONDS)),
                        Subscription.of("plain/{asset}/{channel}", new Plain())));
    }

    private static MqttSource source(MqttSourceSettings settings) {
        return new MqttSource(settings, InstantSource.system());
    }

    private static MqttConnection publisher(String uri) {
        MqttConnection connection = new MqttConnection(link(uri, Duration.ofSeconds(10)));
        connection.start();
        await().atMost(PATIENCE).until(connection::isConnected);
        return connection;
    }

    private static void publish(MqttConnection to, String topic, String payload) throws LinkDown {
        to.publishAndWait(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false, Duration.ofSeconds(10));
    }

    private static void publishNumbered(MqttConnection to, long from, long count) throws LinkDown {
        List<CompletionStage<PublishOutcome>> answers = new java.util.ArrayList<>();
        for (long i = from; i < from + count; i++) {
            byte[] payload =
                    ("{\"ts\":" + (FIRST_MILLIS + i) + ",\"value\":" + i + "}").getBytes(StandardCharsets.UTF_8);
            answers.add(to.publish("plant/unit-1/flow", payload, 1, false));
        }
        answers.forEach(
                answer -> assertThat(answer.toCompletableFuture().join()).isEqualTo(new PublishOutcome.Accepted()));
    }

    private static long number(Delivery delivery) {
        return (long) ((Reading.Scalar) delivery.readings().getFirst()).value();
    }

    /** Each once; in their order where the broker keeps it, which the embedded one does not when it sends again. */
    private static void assertArrived(Kind kind, Collection<Long> arrived, Set<Long> expected) {
        assertThat(arrived).containsExactlyInAnyOrderElementsOf(expected);
        if (kind != Kind.EMBEDDED) {
            assertThat(List.copyOf(arrived)).isSorted();
        }
    }

    private static Set<Long> numbers(long count) {
        return LongStream.range(0, count).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    private static void awaitRunning(MqttSource source) {
        await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.RUNNING);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void readingCarriesChannelValueAndSourceTime(Kind kind) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))))) {
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
    @EnumSource(Kind.class)
    void messageNotSavedWhenTheConnectionBreaksComesAgain(Kind kind) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = started(kind);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source =
                        source(settings(kind, link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(10))))) {
            source.start(taken::add);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 10);
                await().atMost(PATIENCE).until(() -> taken.size() == 10);
                // five are saved, the others are not
                List<Delivery> first = List.copyOf(taken);
                long before = link.bytesToTarget();
                first.subList(0, 5).forEach(delivery -> delivery.saved().run());
                // 4 bytes an acknowledgement: they have reached the broker
                await().atMost(PATIENCE).until(() -> link.bytesToTarget() >= before + 5 * 4);
                link.cut();
                taken.clear();
                link.heal();
                await().atMost(PATIENCE).until(() -> taken.size() >= 5);
                assertArrived(kind, taken.stream().map(MqttSourceTest::number).toList(), Set.of(5L, 6L, 7L, 8L, 9L));
                // acknowledgements of the old connection do no harm
                first.subList(5, 10).forEach(delivery -> delivery.saved().run());
                taken.forEach(delivery -> delivery.saved().run());
                taken.clear();
                publishNumbered(publisher, 10, 1);
                await().atMost(PATIENCE).until(() -> taken.size() == 1);
                assertThat(number(taken.element())).isEqualTo(10L);
            }
            assertThat(source.health().reconnects()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void flowResumesAfterTheBrokerWasAwayAndNothingIsLost(Kind kind) throws Exception {
        Set<Long> saved = new ConcurrentSkipListSet<>();
        ReadingSink sink = delivery -> {
            saved.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))))) {
            source.start(sink);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 500);
                broker.stop();
                await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.CONNECTING);
                await().pollDelay(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> true);
                assertThatThrownBy(() -> publish(publisher, "plant/unit-1/flow", "1"))
                        .isInstanceOf(LinkDown.class);
                broker.start();
                long up = System.nanoTime();
                await().atMost(PATIENCE).until(publisher::isConnected);
                awaitRunning(source);
                long backMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - up);
                publishNumbered(publisher, 500, 500);
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(saved).isEqualTo(numbers(1000)));
                assertThat(backMillis).as("both connections back, ms").isLessThan(7_000);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void backlogOfThePersistentSessionArrivesAfterAwayTimeAndRestart(Kind kind) throws Exception {
        Queue<Long> saved = new ConcurrentLinkedQueue<>();
        ReadingSink sink = delivery -> {
            saved.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = started(kind)) {
            MqttSourceSettings settings = settings(kind, link(broker.uri(), Duration.ofSeconds(10)));
            try (MqttSource source = source(settings)) {
                source.start(sink);
                awaitRunning(source);
            }
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 3000);
            }
            broker.restart();
            try (MqttSource source = source(settings)) {
                source.start(sink);
                await().atMost(PATIENCE).untilAsserted(() -> assertArrived(kind, saved, numbers(3000)));
            }
        }
    }

    /** Where a client that subscribes on its callback thread stands still for ever: a backlog before the SUBACK. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void restartInABacklogOfASlowSinkLosesNothing(Kind kind) throws Exception {
        Set<Long> saved = new ConcurrentSkipListSet<>();
        CountDownLatch never = new CountDownLatch(1);
        ReadingSink sink = delivery -> {
            try {
                assertThat(never.await(1, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            saved.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))))) {
            source.start(sink);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 2000);
                broker.restart();
                await().atMost(PATIENCE).until(publisher::isConnected);
                publishNumbered(publisher, 2000, 1);
            }
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(saved).isEqualTo(numbers(2001)));
            assertThat(source.health().reconnects()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void slowSinkKeepsTheConnection(Kind kind) throws Exception {
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        ReadingSink sink = delivery -> {
            try {
                // 40 messages, 0.1 s each: longer than one and a half keep-alives together
                assertThat(never.await(100, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            taken.incrementAndGet();
            delivery.saved().run();
            return true;
        };
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(2))))) {
            source.start(sink);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 40);
                await().atMost(PATIENCE).until(() -> taken.get() == 40);
            }
            assertThat(source.health().reconnects()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void fullSinkMakesTheBrokerSendAgain(Kind kind) throws Exception {
        AtomicBoolean full = new AtomicBoolean(true);
        AtomicLong refusals = new AtomicLong();
        Queue<Long> taken = new ConcurrentLinkedQueue<>();
        ReadingSink sink = delivery -> {
            if (full.get()) {
                refusals.incrementAndGet();
                return false;
            }
            taken.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(1))))) {
            source.start(sink);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 100);
                await().atMost(PATIENCE).until(() -> source.health().reconnects() >= 1);
                full.set(false);
                await().atMost(PATIENCE).untilAsserted(() -> assertArrived(kind, taken, numbers(100)));
            }
            assertThat(refusals).hasPositiveValue();
            assertThat(source.health().detail()).contains("the journal was full");
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void malformedMessagesAreCountedAndTheRestGoesOn(Kind kind) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = started(kind)) {
            MqttConnectionSettings at = link(broker.uri(), Duration.ofSeconds(10));
            try (MqttConnection publisher = publisher(broker.uri())) {
                try (MqttSource source = source(settings(kind, at))) {
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
                try (MqttSource again = source(settings(kind, at))) {
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
    @EnumSource(Kind.class)
    void hostileTopicsAreCountedAndTheRestGoesOn(Kind kind) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))))) {
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
    @EnumSource(Kind.class)
    void longestTopicOfBidiMarksLeavesNothingOfItselfInTheLog(Kind kind) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(MqttSource.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        String prefix = "plain/long" + kind + "/";
        // a topic has at most 65,535 bytes; these characters take 3, 1 and 3 of them
        String hostile = prefix + "\u202e[31m\u2066".repeat((65_000 - prefix.length()) / 10);
        try (Broker broker = started(kind);
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))))) {
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
    @EnumSource(Kind.class)
    void userPropertiesAndContentTypeReachTheFormat(Kind kind) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        WaveformProperties names =
                new WaveformProperties("time", TimeFormat.MILLISECONDS, "rate_hz", "unit", "samples");
        Compressed format = new Compressed(
                new Binary(Binary.Header.NONE, Binary.SampleType.FLOAT32, ByteOrder.BIG_ENDIAN, 1, 0, names),
                Compressed.Compression.AUTO,
                1 << 20);
        try (Broker broker = started(kind);
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

    @ParameterizedTest
    @EnumSource(Kind.class)
    void halfOpenConnectionIsNoticedAndReplaced(Kind kind) throws Exception {
        Set<Long> saved = new ConcurrentSkipListSet<>();
        try (Broker broker = started(kind);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source =
                        source(settings(kind, link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(1))))) {
            source.start(delivery -> {
                saved.add(number(delivery));
                delivery.saved().run();
                return true;
            });
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 5);
                await().atMost(PATIENCE).until(() -> saved.size() == 5);
                link.halfOpen();
                publishNumbered(publisher, 5, 5);
                long silent = System.nanoTime();
                await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.CONNECTING);
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - silent))
                        .as("half-open connection noticed, ms")
                        .isLessThan(5_000);
                link.heal();
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(saved).isEqualTo(numbers(10)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void closeIsPromptAndLeavesNoThread(Kind kind) throws Exception {
        MqttConnectionSettings at;
        try (Broker broker = started(kind);
                FaultyLink link = new FaultyLink(broker.port())) {
            at = link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(20));
            AtomicInteger offered = new AtomicInteger();
            MqttSource source = source(settings(kind, at));
            source.start(delivery -> offered.incrementAndGet() > 0);
            awaitRunning(source);
            link.halfOpen();
            long start = System.nanoTime();
            source.close();
            source.close();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(10_000);
            assertThat(source.health().state()).isEqualTo(SourceHealth.State.CLOSED);
        }
        String clientId = at.clientId();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.contains(clientId)));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void lastWillIsPublishedWhenTheConnectionIsTorn(Kind kind) throws Exception {
        assumeTrue(kind != Kind.EMBEDDED, "the embedded broker does not send wills");
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = started(kind);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source = source(settings(kind, link(broker.uri(), Duration.ofSeconds(10))));
                MqttConnection mortal =
                        new MqttConnection(link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(10))
                                .withLastWill(new MqttConnectionSettings.LastWill(
                                        "plain/gateway/alive", "0".getBytes(StandardCharsets.UTF_8), true)))) {
            source.start(taken::add);
            awaitRunning(source);
            mortal.start();
            await().atMost(PATIENCE).until(mortal::isConnected);
            link.cut();
            await().atMost(PATIENCE).until(() -> !taken.isEmpty());
            assertThat(taken.element().readings().getFirst().channel()).isEqualTo(new ChannelId("gateway", "alive"));
        }
    }
}
