package io.penstock.sensors.opcua;

import static io.penstock.sensors.opcua.OpcUaTestSource.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.LoopbackPort;
import io.penstock.fixtures.faults.FaultyLink;
import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One source takes the place of another at the same server, whose counter goes on. */
class OpcUaHandoverTest {
    private static final ChannelId POWER = new ChannelId("unit-1", "power");
    private static final ChannelId LEVEL = new ChannelId("unit-1", "level");
    private static final String COUNTER = "unit-1/power";

    private final ScheduledExecutorService plant = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger count = new AtomicInteger();
    /** What both gave, in the order in which they gave it. */
    private final List<Reading> taken = new CopyOnWriteArrayList<>();

    private PlantServer server;

    @BeforeEach
    void start() throws Exception {
        server = new PlantServer();
        server.variable(COUNTER, 0);
        server.variable("unit-1/level", 7);
    }

    @AfterEach
    void stop() {
        plant.shutdownNow();
        server.close();
    }

    @Test
    void sampledMoreAndSentLessOftenAfterwardsNothingComesTwiceOrBeforeItsTime() throws Exception {
        run();
        try (OpcUaSource before = started(settings(server.uri(), counter(100), 100));
                OpcUaSource next = beside(before, settings(server.uri(), counter(10), 600))) {
            await().atMost(PATIENCE).until(() -> next.health().received() > 50);
            assertThat(before.health().state()).isEqualTo(SourceHealth.State.CLOSED);
            assertThat(times(POWER)).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    @Tag("fault")
    void theNextOnesConnectionMayEndWhileItWaitsAndNothingIsLost() throws Exception {
        server.reportEachChange(COUNTER);
        run();
        try (FaultyLink link = new FaultyLink(server.port());
                OpcUaSource before = started(settings(server.uri(), counter(20), 100));
                OpcUaSource next =
                        beside(before, settings("opc.tcp://127.0.0.1:" + link.port() + "/plant", counter(20), 900))) {
            await("it waits").atMost(PATIENCE).until(() -> next.health().state() == SourceHealth.State.RUNNING);
            link.cut();
            await("its connection has ended")
                    .atMost(PATIENCE)
                    .until(() -> next.health().state() == SourceHealth.State.CONNECTING);
            assertThat(before.health().state()).isEqualTo(SourceHealth.State.RUNNING);
            link.heal();
            await("taken over").atMost(PATIENCE).until(() -> next.health().received() > 50);
            assertNoStepIsMissing();
        }
    }

    @Test
    void whatTheServerStillHasForASlowOneBeforeIsWaitedFor() throws Exception {
        server.reportEachChange(COUNTER);
        run();
        try (OpcUaSource before = started(settings(server.uri(), counter(20), 1_000));
                OpcUaSource next = beside(before, settings(server.uri(), counter(20), 100))) {
            await("taken over").atMost(PATIENCE).until(() -> next.health().received() > 50);
            assertNoStepIsMissing();
        }
    }

    @Test
    void aChannelThatWasNotReadComesAliveThoughItsValueIsOlderThanTheWordOfThat() throws Exception {
        run();
        Node wrong = new Node(PlantServer.nodeId("unit-1/levle"), LEVEL, every(20), Content.NUMBER);
        Node right = new Node(PlantServer.nodeId("unit-1/level"), LEVEL, every(20), Content.NUMBER);
        server.set("unit-1/level", 8);
        try (OpcUaSource before = started(settings(server.uri(), wrong, 100))) {
            await("marked").atMost(PATIENCE).until(() -> !times(LEVEL).isEmpty());
            try (OpcUaSource next = beside(before, settings(server.uri(), right, 100))) {
                await("alive").atMost(PATIENCE).until(() -> times(LEVEL).size() == 2);
                assertThat(next.troubles()).isEmpty();
                assertThat(taken.getLast().quality()).isEqualTo(Quality.GOOD);
                assertThat(times(LEVEL)).isSorted().doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void untilItHasTakenThePlaceItStepsBackAndTheOneBeforeGoesOn() throws Exception {
        run();
        String nowhere = "opc.tcp://127.0.0.1:" + LoopbackPort.free() + "/plant";
        try (OpcUaSource before = started(settings(server.uri(), counter(20), 100));
                OpcUaSource next = beside(before, settings(nowhere, counter(20), 100))) {
            assertThat(next.troubles()).contains("the connection before goes on until this one reads");
            await("it tries in vain")
                    .atMost(PATIENCE)
                    .until(() -> next.health().detail().contains("connecting again"));
            assertThat(next.stepBack()).isTrue();
            assertThat(next.health().state()).isEqualTo(SourceHealth.State.CLOSED);
            long received = before.health().received();
            await("goes on").atMost(PATIENCE).until(() -> before.health().received() > received);
            assertThat(taken).noneMatch(reading -> reading.quality() == Quality.BAD);
            try (OpcUaSource third = beside(before, settings(server.uri(), counter(20), 100))) {
                await("taken over").atMost(PATIENCE).until(() -> third.health().received() > 0);
                assertThat(third.stepBack()).isFalse();
                assertThat(third.health().state()).isEqualTo(SourceHealth.State.RUNNING);
            }
        }
    }

    @Test
    void closedBeforeItHasTakenThePlaceItClosesTheOneBeforeToo() throws Exception {
        run();
        try (OpcUaSource before = started(settings(server.uri(), counter(20), 1_000))) {
            beside(before, settings(server.uri(), counter(10), 1_000)).close();
            assertThat(before.health().state()).isEqualTo(SourceHealth.State.CLOSED);
        }
    }

    private void run() throws Exception {
        server.start();
        plant.scheduleWithFixedDelay(() -> server.set(COUNTER, count.incrementAndGet()), 0, 5, TimeUnit.MILLISECONDS);
    }

    private OpcUaSource started(OpcUaSourceSettings settings) {
        OpcUaSource source = new OpcUaSource(settings, InstantSource.system());
        source.start(delivery -> taken.addAll(delivery.readings()));
        await("it reads").atMost(PATIENCE).until(() -> source.health().received() > 0);
        return source;
    }

    private OpcUaSource beside(OpcUaSource before, OpcUaSourceSettings settings) {
        OpcUaSource source = new OpcUaSource(settings, InstantSource.system());
        source.startBeside(before, delivery -> taken.addAll(delivery.readings()));
        return source;
    }

    private static OpcUaSourceSettings settings(String uri, Node node, int publishMillis) {
        return OpcUaTestSource.settings(
                OpcUaAccess.of(uri),
                new Group("", Duration.ofMillis(publishMillis), Duration.ofSeconds(4), List.of(node)));
    }

    private static Node counter(int sampleMillis) {
        return new Node(PlantServer.nodeId(COUNTER), POWER, every(sampleMillis), Content.NUMBER);
    }

    private static Sampling every(int millis) {
        return new Sampling(Duration.ofMillis(millis), 2_000, DeadbandKind.ABSOLUTE, 0);
    }

    private List<Long> times(ChannelId channel) {
        return taken.stream()
                .filter(reading -> reading.channel().equals(channel))
                .map(Reading::sourceMicros)
                .toList();
    }

    private void assertNoStepIsMissing() {
        List<Integer> steps = steps();
        List<Integer> missing = IntStream.rangeClosed(steps.getFirst(), steps.getLast())
                .boxed()
                .collect(Collectors.toCollection(ArrayList::new));
        missing.removeAll(Set.copyOf(steps));
        assertThat(missing).isEmpty();
        assertThat(steps).isSorted();
    }

    /** The counter's, as a journal keeps them, which knows what comes again: at another address it may be another server's. */
    private List<Integer> steps() {
        return taken.stream()
                .filter(reading -> reading.channel().equals(POWER))
                .map(reading -> (int) ((Reading.Scalar) reading).value())
                .distinct()
                .toList();
    }
}
