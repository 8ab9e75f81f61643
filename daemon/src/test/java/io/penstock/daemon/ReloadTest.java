package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.KeptConfig;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.daemon.health.ConfigState;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.health.Supervisor;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Snapshots;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.sensors.reading.SourceHealth;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running gateway takes up another configuration, on trial, and goes back to the last good one by itself. */
class ReloadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration TRIAL = Duration.ofSeconds(2);
    private static final long FIRST_MILLIS = 1_790_000_000_000L;
    private static final String LEARNS_FAST = "[detect]\nbaseline_vectors = 10\n";

    @TempDir
    Path folder;

    private EmbeddedBroker broker;
    private TestSite site;

    @BeforeEach
    void start() throws Exception {
        broker = new EmbeddedBroker();
        broker.start();
        site = new TestSite(folder);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void underLoadNoReadingIsLostWhileTheSourceAndTheMachineAreExchanged() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, Duration.ofSeconds(60));
                PahoSide plant = new PahoSide(broker.uri())) {
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Integer> load =
                    CompletableFuture.supplyAsync(() -> send(plant, enough), Thread::startVirtualThread);
            long stored = 0;
            for (int round = 1; round <= 4; round++) {
                long atLeast = stored + 200;
                await("so far").atMost(PATIENCE).until(() -> gateway.status().readings() >= atLeast);
                limit(80 + round);
                site.config(
                        new String[] {"pump-1"}, mqtt("keep_alive = \"" + (10 + round) + "s\"\n"), TestSite.NO_MODELS);
                assertThat(apply(config))
                        .startsWith("done: ")
                        .contains("keep_alive")
                        .contains("above: ");
                stored = gateway.status().readings();
            }
            await("and goes on").atMost(PATIENCE).until(() -> gateway.status().readings() >= 1_200);
            enough.set(true);
            int sent = load.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            await("all are stored").atMost(PATIENCE).until(() -> rows() >= sent);
            assertThat(rows()).isEqualTo(sent);
        }
    }

    @Test
    void aWrongFileChangesNothingAndEveryMistakeIsTold() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, TRIAL);
                PahoSide plant = new PahoSide(broker.uri())) {
            ConfigState before = gateway.status().configuration();
            String right = Files.readString(config);
            Files.writeString(config, right.replace("payload = ", "paylod = ") + "[store2]\nqueue = 5\n");
            assertThat(apply(config)).startsWith("wrong: ").contains("paylod").contains("store2");
            assertThat(gateway.status().configuration()).isEqualTo(before);
            gateway.reload();
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS, 60));
            await("it lives").atMost(PATIENCE).until(() -> gateway.status().readings() == 1);
            assertThat(gateway.status().configuration()).isEqualTo(before);
        }
    }

    @Test
    void aDryRunTellsWhatWouldChangeAndChangesNothing() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, TRIAL)) {
            ConfigState before = gateway.status().configuration();
            site.config(
                    new String[] {"pump-1", "pump-2"}, mqtt(""), TestSite.NO_MODELS, "[cases]\nclose_after = \"9m\"\n");
            assertThat(order(config, true))
                    .startsWith("done: this would be taken up")
                    .contains("cases.close_after: (default) -> \"9m\"")
                    .contains("+ file pump-2.toml");
            assertThat(gateway.status().configuration()).isEqualTo(before);
        }
    }

    @Test
    void whatNeedsARestartIsRefusedWithItsReasonAndNothingElseIsTakenUp() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, TRIAL)) {
            Files.writeString(
                    config, Files.readString(config).replace("penstock.db\"", "other.db\"\nqueue = 77") + LEARNS_FAST);
            assertThat(apply(config)).startsWith("refused: ").contains("store.file: the store is open");
            assertThat(gateway.status().configuration().stage()).isEqualTo(ConfigState.Stage.SETTLED);
            assertThat(folder.resolve("other.db")).doesNotExist();
            assertThat(apply(folder.resolve("elsewhere.toml"))).startsWith("refused: this daemon runs by " + config);
        }
    }

    @Test
    void aSourceThatDoesNotComeBackIsRolledBackAndStaysSoAfterARestart() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, TRIAL);
                PahoSide plant = new PahoSide(broker.uri())) {
            String good = gateway.status().configuration().mark();
            site.config(new String[] {"pump-1"}, TestSite.mqtt("tcp://127.0.0.1:" + closedPort()), TestSite.NO_MODELS);
            assertThat(apply(config)).startsWith("done: ").contains("uri");
            await("rolled back")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.LAST_GOOD);
            ConfigState state = gateway.status().configuration();
            assertThat(state.mark()).isEqualTo(good);
            assertThat(state.rolledBack()).contains("plant-mqtt ran before and did not come back");
            await("the source is back").atMost(PATIENCE).until(() -> runs(gateway, "plant-mqtt"));
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS, 60));
            await("readings come in")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().readings() == 1);
        }
        try (ConfiguredGateway again =
                ConfiguredGateway.start(config, InstantSource.system(), new Supervisor(Map.of()), TRIAL)) {
            assertThat(again.status().configuration().stage()).isEqualTo(ConfigState.Stage.LAST_GOOD);
            await("the good source").atMost(PATIENCE).until(() -> runs(again, "plant-mqtt"));
            pumps("pump-1");
            assertThat(apply(config)).startsWith("done: nothing has changed");
        }
        try (ConfiguredGateway mended = started(config, TRIAL)) {
            assertThat(mended.status().configuration().stage()).isEqualTo(ConfigState.Stage.SETTLED);
        }
    }

    @Test
    void aClockThatIsSetEndsNoTrial() throws Exception {
        AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = ConfiguredGateway.start(
                config, () -> Instant.now().plus(ahead.get()), new Supervisor(Map.of()), Duration.ofMinutes(5))) {
            await("connected").atMost(PATIENCE).until(() -> runs(gateway, "plant-mqtt"));
            limit(85);
            assertThat(apply(config)).startsWith("done: ");
            ahead.set(Duration.ofMinutes(30));
            for (int look = 0; look < 2; look++) {
                // the lane that carries orders out looks at the trial after them
                assertThat(order(config, true)).startsWith("done: nothing has changed");
            }
            assertThat(gateway.status().configuration().stage()).isEqualTo(ConfigState.Stage.ON_TRIAL);
        }
    }

    @Test
    void aLaneThatFailsIsRolledBack() throws Exception {
        Path config =
                site.config(new String[] {"pump-1"}, mqtt(""), TestSite.publish(broker.uri()), TestSite.NO_MODELS);
        try (ConfiguredGateway gateway = started(config, TRIAL)) {
            site.config(
                    new String[] {"pump-1"},
                    mqtt(""),
                    TestSite.publish(broker.uri()),
                    TestSite.NO_MODELS,
                    "[cases]\nclose_after = \"9m\"\n");
            Database other = Database.open(site.store());
            try (other) {
                assertThat(apply(config)).startsWith("done: ");
                other.run(c -> {
                    try (var s = c.createStatement()) {
                        s.executeUpdate("ALTER TABLE outbox RENAME TO gone");
                    }
                });
                await("rolled back")
                        .atMost(PATIENCE)
                        .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.LAST_GOOD);
                other.run(c -> {
                    try (var s = c.createStatement()) {
                        s.executeUpdate("ALTER TABLE gone RENAME TO outbox");
                    }
                });
            }
            assertThat(gateway.status().configuration().rolledBack()).contains("the publish lane fails");
        }
    }

    @Test
    void aSourceIsAddedAndTakenAwayWhileTheOtherGoesOnUndisturbed() throws Exception {
        Path config = pumps("pump-1");
        try (EmbeddedBroker second = new EmbeddedBroker();
                ConfiguredGateway gateway = started(config, TRIAL)) {
            second.start();
            try (PahoSide plant = new PahoSide(broker.uri())) {
                plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS - 1_000, 60));
            }
            await("a first reading")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().readings() == 1);
            String further = mqtt("").replace("plant-mqtt", "hall-2").replace(broker.uri(), second.uri());
            site.config(new String[] {"pump-1"}, mqtt(""), further, TestSite.NO_MODELS);
            assertThat(apply(config)).startsWith("done: ").contains("+ mqtt 'hall-2'");
            await("both").atMost(PATIENCE).until(() -> runs(gateway, "hall-2") && runs(gateway, "plant-mqtt"));
            await("settled")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.SETTLED);
            try (PahoSide hall = new PahoSide(second.uri())) {
                hall.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS, 60));
                await("its reading")
                        .atMost(PATIENCE)
                        .until(() -> gateway.status().readings() == 2);
            }
            pumps("pump-1");
            assertThat(apply(config)).startsWith("done: ").contains("- mqtt 'hall-2'");
            assertThat(gateway.status().sources()).singleElement().satisfies(s -> {
                assertThat(s.name()).isEqualTo("plant-mqtt");
                assertThat(s.health().reconnects()).isZero();
                assertThat(s.health().received())
                        .as("it still knows what it received before")
                        .isEqualTo(1);
            });
        }
    }

    @Test
    void aMovedLimitHoldsFromTheNextReadingOnAndWhatWasLearnedStays() throws Exception {
        Path config = site.config(new String[] {"pump-1"}, mqtt(""), TestSite.NO_MODELS, LEARNS_FAST);
        try (ConfiguredGateway gateway = started(config, TRIAL);
                PahoSide plant = new PahoSide(broker.uri())) {
            int sent = 0;
            for (; sent < 120; sent++) {
                plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(sent), 60 + sent % 5));
            }
            await("taken in").atMost(PATIENCE).until(() -> gateway.status().readings() == 120);
            limit(55);
            assertThat(apply(config))
                    .startsWith("done: ")
                    .contains("pump-1.toml: channel 'bearing_temp_c' limit 1 above: 80 -> 55");
            List<LearnedChannel> learned = learned(config);
            assertThat(learned).anySatisfy(l -> {
                assertThat(l.detector()).isEqualTo("state");
                assertThat(l.learned()).isTrue();
            });
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(sent++), 60.5));
            await("the new limit alarms")
                    .atMost(PATIENCE)
                    .until(() -> Database.readOnly(site.store(), c -> CaseStore.cases(c, 5, true)).stream()
                            .anyMatch(k -> k.evidence().stream().anyMatch(l -> l.limit() == 55)));
            assertThat(learned(config))
                    .usingRecursiveComparison()
                    .as("but for the air, which a temperature's mean follows by 0.0006 K a second")
                    .withEqualsForType((is, was) -> Math.abs(is - was) < 0.01, Double.class)
                    .isEqualTo(learned);
        }
    }

    @Test
    void whatIsRolledBackGoesOnWithTheMemoryItHadAndWhatCameInMeanwhile() throws Exception {
        String hall = mqtt("").replace("plant-mqtt", "hall").replace("plant/", "hall/");
        Path config = site.config(new String[] {"pump-1"}, mqtt(""), hall, TestSite.NO_MODELS, LEARNS_FAST);
        try (ConfiguredGateway gateway = started(config, TRIAL);
                PahoSide plant = new PahoSide(broker.uri())) {
            await("both").atMost(PATIENCE).until(() -> runs(gateway, "hall"));
            int few = 5;
            for (int i = 0; i < few; i++) {
                plant.publish("hall/pump-1/bearing_temp_c", TestSite.reading(at(i), 60 + i % 5));
            }
            await("taken in").atMost(PATIENCE).until(() -> gateway.status().readings() == few);
            // other settings of the state detector do not fit its memory; and one of the sources will not come back
            site.config(
                    new String[] {"pump-1"},
                    TestSite.mqtt("tcp://127.0.0.1:" + closedPort()),
                    hall,
                    TestSite.NO_MODELS,
                    "[detect]\nbaseline_vectors = 300\n");
            assertThat(apply(config)).startsWith("done: ").contains("baseline_vectors: 10 -> 300");
            for (int i = few; i < 120; i++) {
                plant.publish("hall/pump-1/bearing_temp_c", TestSite.reading(at(i), 60 + i % 5));
            }
            await("taken in").atMost(PATIENCE).until(() -> gateway.status().readings() == 120);
            assertThat(gateway.status().configuration().stage())
                    .as("while the trial lasts")
                    .isEqualTo(ConfigState.Stage.ON_TRIAL);
            await("rolled back")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().configuration().stage() == ConfigState.Stage.LAST_GOOD);
            site.config(new String[] {"pump-1"}, mqtt(""), hall, TestSite.NO_MODELS, LEARNS_FAST);
            assertThat(learned(config)).anySatisfy(l -> {
                assertThat(l.detector()).isEqualTo("state");
                assertThat(l.learned()).isTrue();
            });
        }
    }

    @Test
    void aSitesOwnMatrixIsPartOfTheConfigurationThatIsTakenUpAndKept() throws Exception {
        Path matrix = folder.resolve("own.toml");
        String text = shippedMatrix();
        Files.writeString(matrix, text);
        site.asset("pump-1", TestSite.pump("pump-1").replace("kind = \"centrifugal_pump\"", "matrix = \"own.toml\""));
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, Duration.ofSeconds(60))) {
            String before = gateway.status().configuration().mark();
            Files.writeString(matrix, text.replace("tie_margin = 0.08", "tie_margin = 0.09"));
            assertThat(apply(config)).startsWith("done: ").contains("own.toml: matrix.tie_margin: 0.08 -> 0.09");
            assertThat(gateway.status().configuration().mark()).isNotEqualTo(before);
            assertThat(KeptConfig.read(OrderFolder.ofConfig(site.store()).path())
                            .good()
                            .read()
                            .mark())
                    .as("what is gone back to has the matrix as it was")
                    .isEqualTo(before);
        }
    }

    private static String shippedMatrix() throws Exception {
        try (InputStream in = ReloadTest.class.getResourceAsStream("/io/penstock/daemon/fmsa/centrifugal_pump.toml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @Tag("slow")
    void whatTheSenseLaneDidNotComeToIsTakenBackAndNotTakenUpLater() throws Exception {
        Path config = pumps("pump-1");
        try (ConfiguredGateway gateway = started(config, TRIAL);
                PahoSide plant = new PahoSide(broker.uri());
                Database other = Database.open(site.store())) {
            String good = gateway.status().configuration().mark();
            CompletableFuture<Void> enough = new CompletableFuture<>();
            CompletableFuture<Void> locked = new CompletableFuture<>();
            Thread holder = Thread.ofPlatform().start(() -> hold(other, locked, enough));
            locked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(0), 60));
            await("the lane has a batch it cannot save")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().sources().getFirst().health().received() == 1);
            limit(55);
            assertThat(apply(config)).startsWith("refused: it could not be taken up");
            enough.complete(null);
            holder.join();
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(1), 60));
            await("both are saved")
                    .atMost(PATIENCE)
                    .until(() -> gateway.status().readings() == 2);
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(2), 90));
            await("the old limit alarms")
                    .atMost(PATIENCE)
                    .until(() -> Database.readOnly(site.store(), c -> CaseStore.cases(c, 5, true)).stream()
                            .anyMatch(k -> k.evidence().stream().anyMatch(l -> l.limit() == 80)));
            assertThat(gateway.status().configuration().mark()).isEqualTo(good);
        }
    }

    /** Holds the store's write lock, as a backup program might. */
    private static void hold(Database store, CompletableFuture<Void> locked, CompletableFuture<Void> enough) {
        try {
            store.run(c -> {
                try (var s = c.createStatement()) {
                    s.executeUpdate("DELETE FROM outbox WHERE id < 0");
                }
                locked.complete(null);
                enough.join();
            });
        } catch (StoreFailed e) {
            locked.completeExceptionally(e);
        }
    }

    private Path pumps(String... pumps) throws Exception {
        return site.config(pumps, mqtt(""), TestSite.NO_MODELS);
    }

    /** @param keys of the source itself, each with its line end */
    private String mqtt(String keys) {
        return TestSite.mqtt(broker.uri()).replace("[[mqtt.subscribe]]", keys + "[[mqtt.subscribe]]");
    }

    private void limit(int above) throws Exception {
        site.asset("pump-1", TestSite.pump("pump-1").replace("above = 80", "above = " + above));
    }

    private static ConfiguredGateway started(Path config, Duration trial) throws Exception {
        ConfiguredGateway gateway =
                ConfiguredGateway.start(config, InstantSource.system(), new Supervisor(Map.of()), trial);
        await("connected").atMost(PATIENCE).until(() -> runs(gateway, "plant-mqtt"));
        return gateway;
    }

    private static boolean runs(ConfiguredGateway gateway, String source) {
        return gateway.status().sources().stream()
                .filter(s -> s.name().equals(source))
                .map(GatewayStatus.Source::health)
                .anyMatch(h -> h.state() == SourceHealth.State.RUNNING);
    }

    private String apply(Path config) throws Exception {
        return order(config, false);
    }

    private String order(Path config, boolean dryRun) throws Exception {
        OrderFolder orders = OrderFolder.ofConfig(site.store());
        String id = orders.submit(new ConfigOrder(dryRun, config.toString(), "a test"));
        return await("answered")
                .atMost(PATIENCE)
                .until(() -> orders.takeAnswer(id), Optional::isPresent)
                .orElseThrow();
    }

    private List<LearnedChannel> learned(Path config) throws Exception {
        Snapshots.Snapshot saved = Database.readOnly(site.store(), Snapshots::load);
        return Baselines.of(io.penstock.daemon.config.ConfigFile.read(config), "pump-1", saved.states())
                .orElseThrow();
    }

    private static int send(PahoSide plant, AtomicBoolean enough) {
        try {
            int sent = 0;
            while (!enough.get()) {
                plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(at(sent++), 60));
            }
            return sent;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static long at(int reading) {
        return FIRST_MILLIS + reading * 1_000L;
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private long rows() throws Exception {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM reading")) {
                return r.getLong(1);
            }
        });
    }
}
