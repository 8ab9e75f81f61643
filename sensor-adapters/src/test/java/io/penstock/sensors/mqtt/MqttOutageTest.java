package io.penstock.sensors.mqtt;

import static io.penstock.sensors.mqtt.MqttPlant.EMBEDDED;
import static io.penstock.sensors.mqtt.MqttPlant.PATIENCE;
import static io.penstock.sensors.mqtt.MqttPlant.awaitRunning;
import static io.penstock.sensors.mqtt.MqttPlant.link;
import static io.penstock.sensors.mqtt.MqttPlant.number;
import static io.penstock.sensors.mqtt.MqttPlant.numbers;
import static io.penstock.sensors.mqtt.MqttPlant.publish;
import static io.penstock.sensors.mqtt.MqttPlant.publishNumbered;
import static io.penstock.sensors.mqtt.MqttPlant.publisher;
import static io.penstock.sensors.mqtt.MqttPlant.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.faults.FaultyLink;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that break, brokers that go away and sinks that are slow or full: nothing that was not saved is lost. */
@Timeout(120)
class MqttOutageTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void messageNotSavedWhenTheConnectionBreaksComesAgain(MqttPlant plant) throws Exception {
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = plant.started(folder);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source =
                        source(plant.settings(link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(10))))) {
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
                plant.assertArrived(taken.stream().map(MqttPlant::number).toList(), Set.of(5L, 6L, 7L, 8L, 9L));
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
    @EnumSource(MqttPlant.class)
    void flowResumesAfterTheBrokerWasAwayAndNothingIsLost(MqttPlant plant) throws Exception {
        Set<Long> saved = new ConcurrentSkipListSet<>();
        ReadingSink sink = delivery -> {
            saved.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))))) {
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
    @EnumSource(MqttPlant.class)
    void backlogOfThePersistentSessionArrivesAfterAwayTimeAndRestart(MqttPlant plant) throws Exception {
        Queue<Long> saved = new ConcurrentLinkedQueue<>();
        ReadingSink sink = delivery -> {
            saved.add(number(delivery));
            delivery.saved().run();
            return true;
        };
        try (Broker broker = plant.started(folder)) {
            MqttSourceSettings settings = plant.settings(link(broker.uri(), Duration.ofSeconds(10)));
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
                await().atMost(PATIENCE).untilAsserted(() -> plant.assertArrived(saved, numbers(3000)));
            }
        }
    }

    /** Where a client that subscribes on its callback thread stands still for ever: a backlog before the SUBACK. */
    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void restartInABacklogOfASlowSinkLosesNothing(MqttPlant plant) throws Exception {
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
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))))) {
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
    @EnumSource(MqttPlant.class)
    void slowSinkKeepsTheConnection(MqttPlant plant) throws Exception {
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
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(2))))) {
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
    @EnumSource(MqttPlant.class)
    void fullSinkMakesTheBrokerSendAgain(MqttPlant plant) throws Exception {
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
        try (Broker broker = plant.started(folder);
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(1))))) {
            source.start(sink);
            awaitRunning(source);
            try (MqttConnection publisher = publisher(broker.uri())) {
                publishNumbered(publisher, 0, 100);
                await().atMost(PATIENCE).until(() -> source.health().reconnects() >= 1);
                full.set(false);
                await().atMost(PATIENCE).untilAsserted(() -> plant.assertArrived(taken, numbers(100)));
            }
            assertThat(refusals).hasPositiveValue();
            assertThat(source.health().detail()).contains("the journal was full");
        }
    }

    @ParameterizedTest
    @EnumSource(MqttPlant.class)
    void halfOpenConnectionIsNoticedAndReplaced(MqttPlant plant) throws Exception {
        Set<Long> saved = new ConcurrentSkipListSet<>();
        try (Broker broker = plant.started(folder);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source =
                        source(plant.settings(link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(1))))) {
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
    @EnumSource(MqttPlant.class)
    void closeIsPromptAndLeavesNoThread(MqttPlant plant) throws Exception {
        MqttConnectionSettings at;
        try (Broker broker = plant.started(folder);
                FaultyLink link = new FaultyLink(broker.port())) {
            at = link("tcp://127.0.0.1:" + link.port(), Duration.ofSeconds(20));
            AtomicInteger offered = new AtomicInteger();
            MqttSource source = source(plant.settings(at));
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
    @EnumSource(MqttPlant.class)
    void lastWillIsPublishedWhenTheConnectionIsTorn(MqttPlant plant) throws Exception {
        assumeTrue(plant != EMBEDDED, "the embedded broker does not send wills");
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        try (Broker broker = plant.started(folder);
                FaultyLink link = new FaultyLink(broker.port());
                MqttSource source = source(plant.settings(link(broker.uri(), Duration.ofSeconds(10))));
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
