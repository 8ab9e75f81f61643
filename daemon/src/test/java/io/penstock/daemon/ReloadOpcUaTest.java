package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.health.ConfigState;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.health.Supervisor;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.LoopbackPort;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A counter that steps every 20 ms at an OPC UA server is stored without a gap while its source is exchanged, and exchanged back. */
class ReloadOpcUaTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration TRIAL = Duration.ofSeconds(2);
    private static final Duration LONG_TRIAL = Duration.ofSeconds(60);
    private static final String COUNTER = "pump-1/flow";

    @TempDir
    Path folder;

    private TestSite site;
    private PlantServer server;
    private final ScheduledExecutorService plant = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger count = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        site = new TestSite(folder);
        site.asset("pump-1", TestSite.pump("pump-1", "flow", "level"));
        server = new PlantServer();
        server.variable(COUNTER, 0);
        server.variable("pump-1/level", 7);
        server.reportEachChange(COUNTER);
    }

    @AfterEach
    void stop() {
        plant.shutdownNow();
        server.close();
    }

    @Test
    void unchangedItIsLeftAloneAndNoValueIsLostWhileItsNodesAndIntervalsChange() throws Exception {
        Path config = site.config(pumps(), plc("20ms", server.uri()), TestSite.NO_MODELS);
        try (ConfiguredGateway gateway = started(config, LONG_TRIAL)) {
            goesOn();
            long received = plc(gateway).health().received();
            site.config(pumps(), plc("20ms", server.uri()), TestSite.NO_MODELS, "[cases]\nclose_after = \"9m\"\n");
            assertThat(apply(config)).startsWith("done: ").contains("close_after");
            assertThat(plc(gateway).health().received())
                    .as("unchanged, it still knows what it received before")
                    .isGreaterThanOrEqualTo(received);
            site.config(pumps(), plc("50ms", server.uri()), level("50ms"), TestSite.NO_MODELS);
            assertThat(apply(config)).startsWith("done: ").contains("sample_every");
            takenOver(gateway);
            assertThat(level()).as("the further node's value").isEqualTo(1);
            // while the next one is still on its way in, another comes in its stead
            for (String every : List.of("40ms", "20ms")) {
                site.config(pumps(), plc(every, server.uri()), TestSite.NO_MODELS);
                assertThat(apply(config)).startsWith("done: ").contains("sample_every");
            }
            takenOver(gateway);
            assertNothingIsLost();
        }
    }

    @Test
    void aSourceThatDoesNotComeUpIsRolledBackAndTheOneBeforeNeverStopped() throws Exception {
        Path config = site.config(pumps(), plc("20ms", server.uri()), TestSite.NO_MODELS);
        try (ConfiguredGateway gateway = started(config, TRIAL)) {
            goesOn();
            long received = plc(gateway).health().received();
            String nowhere = "opc.tcp://127.0.0.1:" + LoopbackPort.free() + "/plant";
            site.config(pumps(), plc("20ms", nowhere), TestSite.NO_MODELS);
            assertThat(apply(config)).startsWith("done: ").contains("endpoint");
            assertThat(plc(gateway).troubles()).anyMatch(line -> line.contains("goes on until this one reads"));
            rolledBack(gateway);
            assertThat(gateway.status().configuration().rolledBack()).contains("plc ran before and did not come back");
            assertThat(plc(gateway).health().received()).isGreaterThan(received);
            assertNothingIsLost();
        }
    }

    @Test
    void noValueIsLostOnTheWayBackWhenTheTrialFailsForAnotherReason() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config =
                    site.config(pumps(), TestSite.mqtt(broker.uri()), plc("20ms", server.uri()), TestSite.NO_MODELS);
            try (ConfiguredGateway gateway = started(config, TRIAL)) {
                await("the other source").atMost(PATIENCE).until(() -> runs(gateway, "plant-mqtt"));
                goesOn();
                site.config(
                        pumps(),
                        TestSite.mqtt("tcp://127.0.0.1:" + LoopbackPort.free()),
                        plc("40ms", server.uri()),
                        TestSite.NO_MODELS);
                assertThat(apply(config)).startsWith("done: ");
                takenOver(gateway);
                rolledBack(gateway);
                takenOver(gateway);
                assertNothingIsLost();
            }
        }
    }

    @Test
    void whereTheServerPermitsOneSessionTheOldOneIsClosedFirstAndTheChangeHolds() throws Exception {
        server.permitSessions(1);
        Path config = site.config(pumps(), plc("20ms", server.uri()), TestSite.NO_MODELS);
        try (ConfiguredGateway gateway = started(config, TRIAL)) {
            goesOn();
            site.config(pumps(), plc("20ms", server.uri()), level("20ms"), TestSite.NO_MODELS);
            assertThat(apply(config)).startsWith("done: ");
            await("the further node is read").atMost(PATIENCE).until(() -> level() == 1);
            await("settled")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.SETTLED);
            goesOn();
        }
    }

    private static String[] pumps() {
        return new String[] {"pump-1"};
    }

    private static String plc(String sampleEvery, String endpoint) {
        return """
                [[opcua]]
                name = "plc"
                endpoint = "%s"
                publish_every = "100ms"
                sample_every = "%s"
                queue = 500
                """.formatted(endpoint, sampleEvery) + item(COUNTER, "flow", sampleEvery);
    }

    private static String level(String sampleEvery) {
        return item("pump-1/level", "level", sampleEvery);
    }

    private static String item(String node, String channel, String sampleEvery) {
        return """
                [[opcua.item]]
                node = "%s"
                asset = "pump-1"
                channel = "%s"
                sample_every = "%s"
                """.formatted(PlantServer.nodeId(node), channel, sampleEvery);
    }

    private ConfiguredGateway started(Path config, Duration trial) throws Exception {
        server.start();
        // with a delay, not at a rate: two that are made up for in one microsecond would be one reading
        plant.scheduleWithFixedDelay(() -> server.set(COUNTER, count.incrementAndGet()), 0, 20, TimeUnit.MILLISECONDS);
        ConfiguredGateway gateway =
                ConfiguredGateway.start(config, InstantSource.system(), new Supervisor(Map.of()), trial);
        await("connected").atMost(PATIENCE).until(() -> runs(gateway, "plc"));
        return gateway;
    }

    private static GatewayStatus.Source plc(ConfiguredGateway gateway) {
        return gateway.status().sources().stream()
                .filter(s -> s.name().equals("plc"))
                .findFirst()
                .orElseThrow();
    }

    private static boolean runs(ConfiguredGateway gateway, String source) {
        return gateway.status().sources().stream()
                .anyMatch(s -> s.name().equals(source) && s.health().state() == SourceHealth.State.RUNNING);
    }

    private static void takenOver(ConfiguredGateway gateway) {
        await("the place of the one before is taken")
                .atMost(PATIENCE)
                .until(() -> plc(gateway).health().received() > 0);
    }

    private static void rolledBack(ConfiguredGateway gateway) {
        await("rolled back")
                .atMost(PATIENCE)
                .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.LAST_GOOD);
    }

    private String apply(Path config) throws Exception {
        OrderFolder orders = OrderFolder.ofConfig(site.store());
        String id = orders.submit(new ConfigOrder(false, config.toString(), "a test"));
        return await("answered")
                .atMost(PATIENCE)
                .until(() -> orders.takeAnswer(id), Optional::isPresent)
                .orElseThrow();
    }

    /** What the counter shows now is stored, and half a second more. */
    private void goesOn() {
        int later = count.get() + 25;
        await("goes on").atMost(PATIENCE).until(() -> newest() >= later);
    }

    private void assertNothingIsLost() throws Exception {
        goesOn();
        plant.shutdown();
        assertThat(plant.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        await("the last").atMost(PATIENCE).until(() -> newest() == count.get());
        List<Integer> stored = stored("flow");
        List<Integer> missing = IntStream.rangeClosed(stored.getFirst(), count.get())
                .boxed()
                .collect(Collectors.toCollection(ArrayList::new));
        missing.removeAll(Set.copyOf(stored));
        assertThat(missing).as("steps of the counter that were not stored").isEmpty();
        assertThat(stored).isSorted().doesNotHaveDuplicates();
    }

    private int newest() throws StoreFailed {
        List<Integer> stored = stored("flow");
        return stored.isEmpty() ? -1 : stored.getLast();
    }

    private int level() throws StoreFailed {
        return stored("level").size();
    }

    /** A channel's values as they came into the journal. */
    private List<Integer> stored(String channel) throws StoreFailed {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.prepareStatement("SELECT value FROM reading JOIN channel ON channel.id = reading.channel"
                    + " WHERE channel.channel = ? ORDER BY position")) {
                s.setString(1, channel);
                List<Integer> values = new ArrayList<>();
                try (var r = s.executeQuery()) {
                    while (r.next()) {
                        values.add(r.getInt(1));
                    }
                }
                return values;
            }
        });
    }
}
