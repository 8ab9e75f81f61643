package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.ingest.GatewayClock.Trust;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway without a battery for its clock: it starts at 1970, is killed there, and is set later. Its sensors send no times. */
class ClockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long EARLIEST = 1_577_836_800_000_000L;

    @TempDir
    Path folder;

    /** The machine's clock: the real one, or that many seconds behind it. */
    private static final class Wall implements InstantSource {
        private volatile Duration behind;

        Wall(Duration behind) {
            this.behind = behind;
        }

        @Override
        public Instant instant() {
            return Instant.now().minus(behind);
        }
    }

    @Test
    void whatCameBeforeTheClockWasSetIsKeptInOrderAndStampedLaterWhereverAKillFalls() throws Exception {
        Instant began = Instant.now();
        Duration since1970 = Duration.between(Instant.EPOCH.plusSeconds(60), began);
        Wall wall = new Wall(since1970);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path killedUnset;
            Path killedSet;
            try (PahoSide plant = new PahoSide(broker.uri())) {
                TestSite first = site("first");
                try (Gateway gateway = Gateway.start(settings(first, broker), wall)) {
                    send(plant, gateway, 0, 20, 60);
                    send(plant, gateway, 20, 5, 85);
                    await("the alarm waits for no clock")
                            .atMost(PATIENCE)
                            .until(() -> open(first).size() == 1);
                    send(plant, gateway, 25, 10, 60);
                    assertThat(gateway.status().clock().trust()).isEqualTo(Trust.UNSET);
                    killedUnset = left(first, "killed-unset");
                }
                TestSite second = site(killedUnset);
                try (Gateway gateway = Gateway.start(settings(second, broker), wall)) {
                    send(plant, gateway, 0, 10, 60);
                    assertThat(number(second, "SELECT count(*) FROM v_reading WHERE clock = 'unset'"))
                            .isEqualTo(90);
                    wall.behind = Duration.ZERO;
                    send(plant, gateway, 10, 10, 60);
                    killedSet = left(second, "killed-set");
                    assertThat(gateway.status().clock().steps()).isEqualTo(1);
                    assertRight(second, began);
                }
                assertMinutes(second);
                TestSite third = site(killedSet);
                try (Gateway gateway = Gateway.start(settings(third, broker), wall)) {
                    assertRight(third, began);
                    assertThat(gateway.status().clock().trust()).isEqualTo(Trust.TRUSTED);
                }
                assertMinutes(third);
            }
        }
    }

    /** 35 of each channel in the first run, 20 in the second: all there, in order, at the times they came, and one case that stayed open. */
    private static void assertRight(TestSite site, Instant began) throws Exception {
        await("stamped")
                .atMost(PATIENCE)
                .until(() -> number(site, "SELECT count(*) FROM v_clock WHERE trust = 'unset' AND stamped") == 2);
        assertThat(number(site, "SELECT count(*) FROM reading")).isEqualTo(110);
        assertThat(number(site, "SELECT count(*) FROM v_reading WHERE clock = 'unset'"))
                .isEqualTo(90);
        assertThat(number(site, "SELECT count(*) FROM v_reading WHERE clock = 'trusted'"))
                .isEqualTo(20);
        assertThat(number(
                        site,
                        "SELECT count(*) FROM (SELECT received_time - lag(received_time) OVER"
                                + " (ORDER BY position) AS step FROM reading) WHERE step <= 0"))
                .isZero();
        assertThat(number(site, "SELECT count(*) FROM reading WHERE source_time <> received_time"))
                .isZero();
        long earliest = number(site, "SELECT min(source_time) FROM reading");
        assertThat(Instant.EPOCH.plus(earliest, ChronoUnit.MICROS)).isBetween(began, Instant.now());
        List<CaseRecord> cases = Database.readOnly(site.store(), c -> CaseStore.cases(c, 10, false));
        assertThat(cases).hasSize(1);
        assertThat(cases.getFirst().open()).isTrue();
        assertThat(cases.getFirst().evidence())
                .allSatisfy(line -> assertThat(line.symptom()).doesNotStartWith("sensor_"));
        assertThat(number(site, "SELECT count(*) FROM evidence WHERE source_time < " + EARLIEST))
                .isZero();
    }

    private static void assertMinutes(TestSite site) throws Exception {
        assertThat(number(site, "SELECT count(*) FROM aggregate WHERE start < " + EARLIEST))
                .isZero();
        assertThat(number(site, "SELECT sum(count) FROM aggregate WHERE span = 60"))
                .as("each reading tallied once")
                .isEqualTo(110);
    }

    private TestSite site(String name) throws Exception {
        return site(Files.createDirectories(folder.resolve(name)));
    }

    private static TestSite site(Path folder) throws Exception {
        TestSite site = new TestSite(folder);
        site.asset("pump-1", TestSite.pump("pump-1", "flow"));
        return site;
    }

    private static GatewaySettings settings(TestSite site, EmbeddedBroker broker) throws Exception {
        return site.settings(
                new String[] {"pump-1"},
                TestSite.mqtt(broker.uri()).replace("\"json\"", "\"plain\""),
                TestSite.NO_MODELS,
                "[health]\nsocket = \"" + site.socket() + "\"\n");
    }

    private static void send(PahoSide plant, Gateway gateway, int before, int count, double value) throws Exception {
        await("connected")
                .atMost(PATIENCE)
                .until(() -> gateway.status().sources().getFirst().health().state() == SourceHealth.State.RUNNING);
        for (int i = 0; i < count; i++) {
            plant.publish("plant/pump-1/bearing_temp_c", String.valueOf(value + 0.01 * (i % 3)));
            plant.publish("plant/pump-1/flow", String.valueOf(2 + 0.01 * (i % 7)));
        }
        await("journalled").atMost(PATIENCE).until(() -> gateway.status().readings() == 2L * (before + count));
    }

    /** What a kill would leave now. */
    private Path left(TestSite site, String name) throws Exception {
        Path to = Files.createDirectories(folder.resolve(name));
        Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement()) {
                s.executeUpdate("VACUUM INTO '" + to.resolve("penstock.db") + "'");
            }
            return true;
        });
        return to;
    }

    private static List<CaseRecord> open(TestSite site) throws Exception {
        return Database.readOnly(site.store(), c -> CaseStore.cases(c, 10, true));
    }

    private static long number(TestSite site, String sql) throws Exception {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery(sql)) {
                return r.getLong(1);
            }
        });
    }
}
