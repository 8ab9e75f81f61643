package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.broker.MosquittoBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon is killed in the middle of its work, and started again. */
class KillDaemonTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int CHANNELS = 8;
    private static final int MESSAGES = 20_000;
    private static final long FIRST_MILLIS = 1_790_000_000_000L;
    /** Five readings a second and channel. */
    private static final long STEP_MILLIS = 200;

    private static final String ROWS = "SELECT count(*) FROM v_reading WHERE asset = 'pump-1'";
    private static final String FEW = "SELECT count(*) FROM (SELECT 1 FROM reading LIMIT 4000)";

    @TempDir
    Path folder;

    private TestSite site;

    @BeforeEach
    void mosquittoIsThere() {
        assumeTrue(
                MosquittoBroker.isInstalled(),
                "skipped: KillDaemonTest wants Debian's broker: apt-get install mosquitto mosquitto-clients");
        site = new TestSite(folder);
    }

    @Test
    void everyOneOfTwentyThousandMessagesIsStoredOnceAlthoughTheDaemonIsKilledAmongThem() throws Exception {
        try (MosquittoBroker broker = new MosquittoBroker(folder.resolve("broker"))) {
            broker.start();
            Path config = loadedPump(broker.uri());
            List<Path> load = load();
            try (MosquittoSide plant = new MosquittoSide(broker.port())) {
                try (DaemonProcess first = DaemonProcess.start(config)) {
                    await("subscribed").atMost(PATIENCE).until(first::connected);
                    List<CompletableFuture<Void>> sending = send(plant, load);
                    await("thousands are stored")
                            .atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> number(FEW) >= 4_000);
                    first.kill();
                    long atTheKill = number(ROWS);
                    assertThat(atTheKill).as("killed in the middle").isBetween(4_000L, MESSAGES - 1L);
                    for (CompletableFuture<Void> one : sending) {
                        one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    }
                }
                assertThat(text("PRAGMA integrity_check")).isEqualTo("ok");
                try (DaemonProcess second = DaemonProcess.start(config)) {
                    await("all are stored").atMost(PATIENCE).until(() -> number(ROWS) >= MESSAGES);
                    second.stop();
                }
            }
        }
        assertThat(number(ROWS)).isEqualTo(MESSAGES);
        assertThat(number("SELECT count(*) FROM (SELECT DISTINCT channel, time FROM v_reading WHERE asset = 'pump-1')"))
                .isEqualTo(MESSAGES);
        assertThat(number("SELECT count(DISTINCT channel) FROM v_reading WHERE asset = 'pump-1'"))
                .isEqualTo(CHANNELS);
        // the value carries the number of its message: nothing was stored under another's time
        assertThat(number("SELECT count(*) FROM v_reading WHERE asset = 'pump-1' AND channel <> 'pump-1/bearing_temp_c'"
                        + " AND CAST(value AS INTEGER) <> (time / 1000 - " + FIRST_MILLIS + ") / " + STEP_MILLIS))
                .isZero();
        assertThat(text("PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void anomalyBeforeTheKillBecomesOneCaseWithOneDiagnosis() throws Exception {
        try (MosquittoBroker broker = new MosquittoBroker(folder.resolve("broker"))) {
            broker.start();
            site.asset("pump-1", TestSite.pump("pump-1"));
            Path config = site.config(
                    new String[] {"pump-1"},
                    TestSite.mqtt(broker.uri()),
                    TestSite.publish(broker.uri()),
                    TestSite.NO_MODELS);
            try (MosquittoSide plant = new MosquittoSide(broker.port())) {
                try (DaemonProcess first = DaemonProcess.start(config)) {
                    await("subscribed").atMost(PATIENCE).until(first::connected);
                    plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS, 60));
                    plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(FIRST_MILLIS + STEP_MILLIS, 93.25));
                    // the broker has it; how far the daemon has come with it is anybody's guess
                    first.kill();
                }
                try (DaemonProcess second = DaemonProcess.start(config)) {
                    await("the diagnosis is ended")
                            .atMost(PATIENCE)
                            .until(() -> Files.exists(site.store())
                                    && Database.readOnly(site.store(), c -> CaseStore.diagnoses(c, 10)).stream()
                                            .anyMatch(d -> d.stage() == Diagnosis.Stage.RULES_ONLY));
                    await("it is published")
                            .atMost(PATIENCE)
                            .until(() -> number("SELECT count(*) FROM outbox WHERE sent_time = 0") == 0);
                    second.stop();
                }
                assertThat(number("SELECT count(*) FROM v_case")).isEqualTo(1);
                assertThat(text("SELECT group_concat(id) FROM v_diagnosis"))
                        .isEqualTo(text("SELECT id || '-v1' FROM v_case"));
                assertThat(text("SELECT json FROM v_case")).contains("93.25");
                String id = text("SELECT id FROM v_diagnosis");
                // QoS 1: a repeat is allowed, a second identity is not
                await("SCADA has both stages")
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(plant.received())
                                .filteredOn(m -> m.topic().endsWith("/pump-1/diagnosis"))
                                .allSatisfy(m -> assertThat(m.payload()).contains("\"id\":\"" + id + "\""))
                                .anySatisfy(m -> assertThat(m.payload()).contains("\"stage\":\"rules\""))
                                .anySatisfy(m -> assertThat(m.payload()).contains("\"stage\":\"rules_only\"")));
            }
        }
    }

    private Path loadedPump(String broker) throws Exception {
        String[] further = new String[CHANNELS - 1];
        for (int i = 0; i < further.length; i++) {
            further[i] = "flow_" + (i + 1);
        }
        site.asset("pump-1", TestSite.pump("pump-1", further));
        return site.config(new String[] {"pump-1"}, TestSite.mqtt(broker), TestSite.NO_MODELS);
    }

    /** A file of messages for each channel. */
    private List<Path> load() throws Exception {
        SplittableRandom random = new SplittableRandom(20);
        List<Path> files = new ArrayList<>();
        for (int channel = 0; channel < CHANNELS; channel++) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < MESSAGES / CHANNELS; i++) {
                double value = channel == 0 ? 60 + random.nextDouble() : i + 0.5;
                lines.add(
                        "{\"ts\":" + (FIRST_MILLIS + i * STEP_MILLIS) + ",\"value\":" + value + ",\"seq\":" + i + "}");
            }
            String name = channel == 0 ? "bearing_temp_c" : "flow_" + channel;
            files.add(Files.write(folder.resolve(name), lines));
        }
        return files;
    }

    private static List<CompletableFuture<Void>> send(MosquittoSide plant, List<Path> load) {
        return load.stream()
                .map(file -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                plant.publishLines("plant/pump-1/" + file.getFileName(), file);
                            } catch (Exception e) {
                                throw new IllegalStateException("sending " + file, e);
                            }
                        },
                        task -> Thread.ofVirtual().start(task)))
                .toList();
    }

    private long number(String sql) throws StoreFailed {
        return Database.readOnly(site.store(), c -> first(c, sql, ResultSet::getLong));
    }

    private String text(String sql) throws StoreFailed {
        return Database.readOnly(site.store(), c -> first(c, sql, ResultSet::getString));
    }

    private interface Column<T> {
        T of(ResultSet row, int column) throws SQLException;
    }

    private static <T> T first(Connection connection, String sql, Column<T> column) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return column.of(row, 1);
        }
    }
}
