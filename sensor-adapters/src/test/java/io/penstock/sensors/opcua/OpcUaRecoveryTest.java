package io.penstock.sensors.opcua;

import static io.penstock.sensors.opcua.OpcUaTestSource.FAST;
import static io.penstock.sensors.opcua.OpcUaTestSource.PATIENCE;
import static io.penstock.sensors.opcua.OpcUaTestSource.group;
import static io.penstock.sensors.opcua.OpcUaTestSource.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.faults.FaultyLink;
import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody's hand is needed, whatever the server or the network does; the figures are printed. */
@Tag("fault")
@Timeout(600)
class OpcUaRecoveryTest {
    private static final ChannelId POWER = new ChannelId("unit-1", "power");
    private static final Node NODE = new Node(PlantServer.nodeId("unit-1/power"), POWER, FAST, Content.NUMBER);

    private static PlantServer started() throws Exception {
        PlantServer server = new PlantServer();
        server.variable("unit-1/power", 0);
        server.start();
        return server;
    }

    private static OpcUaAccess through(FaultyLink link) {
        return OpcUaAccess.of("opc.tcp://127.0.0.1:" + link.port() + "/plant");
    }

    private static void pass(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(30)).until(() -> true);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static String summary(List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        return "median " + sorted.get(sorted.size() / 2) + ", p95 " + p95(millis) + ", most " + sorted.getLast()
                + " ms";
    }

    private static long p95(List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        return sorted.get((int) Math.ceil(0.95 * sorted.size()) - 1);
    }

    @Test
    void dataFlowsAgainAfterTwentyServerRestarts() throws Exception {
        int restarts = 20;
        List<Long> again = new ArrayList<>();
        int marked = 0;
        try (PlantServer server = started();
                OpcUaTestSource plc = new OpcUaTestSource(settings(OpcUaAccess.of(server.uri()), group("", NODE)))) {
            plc.awaitValue(POWER, 0);
            for (int i = 1; i <= restarts; i++) {
                int before = plc.taken.size();
                server.stop();
                // from a blink to half a minute, and the index of the namespace moves now and then
                pass(Duration.ofMillis(i == restarts ? 30_000 : 250L * (i % 10)));
                server.shiftNamespace(i % 5 == 0 ? 1 : 0);
                server.start();
                long up = System.nanoTime();
                server.set("unit-1/power", i);
                plc.awaitValue(POWER, i);
                again.add(millisSince(up));
                List<Reading> since = plc.taken.subList(before, plc.taken.size());
                marked += since.stream().anyMatch(r -> r.quality() == Quality.BAD) ? 1 : 0;
            }
            assertThat(plc.scalars(POWER).map(Reading.Scalar::sourceMicros).toList())
                    .isSorted();
        }
        System.out.println("OPC UA: " + restarts + " server restarts, data again after the server was up: "
                + summary(again) + "; outages marked " + marked + " of " + restarts + ", 0 by hand");
        assertThat(p95(again)).isLessThanOrEqualTo(10_000);
        assertThat(marked).isEqualTo(restarts);
    }

    @Test
    void noConnectionIsMadeAnewWithoutNeedOnABusyAndOnAnIdleServer() throws Exception {
        Duration time = Duration.ofSeconds(60);
        Group nervous = new Group("", Duration.ofMillis(100), Duration.ofSeconds(1), List.of(NODE));
        try (PlantServer busyServer = started();
                PlantServer idleServer = started();
                OpcUaTestSource busy = new OpcUaTestSource(settings(OpcUaAccess.of(busyServer.uri()), nervous));
                OpcUaTestSource idle = new OpcUaTestSource(settings(OpcUaAccess.of(idleServer.uri()), nervous))) {
            busy.awaitValue(POWER, 0);
            idle.awaitValue(POWER, 0);
            long end = System.nanoTime() + time.toNanos();
            await().atMost(time.plus(PATIENCE))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        busyServer.set("unit-1/power", System.nanoTime());
                        return System.nanoTime() > end;
                    });
            System.out.println("OPC UA: " + time.toSeconds() + " s with a watchdog of 1 s: busy "
                    + busy.taken.size() + " readings, " + busy.source.health().reconnects() + " reconnects; idle "
                    + idle.taken.size() + " readings, " + idle.source.health().reconnects() + " reconnects");
            assertThat(busy.source.health().reconnects()).isZero();
            assertThat(idle.source.health().reconnects()).isZero();
            assertThat(busy.taken).hasSizeGreaterThan(1_000);
            assertThat(idle.taken).hasSize(1);
        }
    }

    @Test
    void halfOpenConnectionIsNoticedWithinItsWatchdogAndReplaced() throws Exception {
        List<Long> noticed = new ArrayList<>();
        List<Long> again = new ArrayList<>();
        try (PlantServer server = started();
                FaultyLink link = new FaultyLink(server.port());
                OpcUaTestSource plc = new OpcUaTestSource(settings(through(link), group("", NODE)))) {
            plc.awaitValue(POWER, 0);
            for (int i = 1; i <= 10; i++) {
                long cut = System.nanoTime();
                link.halfOpen();
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> plc.source.health().state() == SourceHealth.State.CONNECTING);
                noticed.add(millisSince(cut));
                server.set("unit-1/power", i);
                link.heal();
                long healed = System.nanoTime();
                plc.awaitValue(POWER, i);
                again.add(millisSince(healed));
            }
        }
        System.out.println("OPC UA: 10 half-open connections, watchdog 2 s: noticed " + summary(noticed)
                + "; data again after healing " + summary(again));
        // two keep-alives are half a second each here; the watchdog itself is the bound
        assertThat(p95(noticed)).isLessThanOrEqualTo(3_000);
        assertThat(p95(again)).isLessThanOrEqualTo(10_000);
    }

    @Test
    void serverThatAcceptsAndSaysNothingIsTriedUntilItSpeaks() throws Exception {
        try (PlantServer server = started();
                FaultyLink link = new FaultyLink(server.port())) {
            link.halfOpen();
            try (OpcUaTestSource plc = new OpcUaTestSource(settings(through(link), group("", NODE)))) {
                await().atMost(PATIENCE)
                        .until(() -> plc.source.health().detail().contains("connecting again"));
                assertThat(plc.isLastBad(POWER)).isTrue();
                link.heal();
                server.set("unit-1/power", 5);
                plc.awaitValue(POWER, 5);
            }
        }
    }

    @Test
    void slowLinkIsNoReasonToConnectAnew() throws Exception {
        Group patient = new Group("", Duration.ofMillis(250), Duration.ofSeconds(6), List.of(NODE));
        try (PlantServer server = started();
                FaultyLink link = new FaultyLink(server.port());
                OpcUaTestSource plc = new OpcUaTestSource(settings(through(link), patient))) {
            plc.awaitValue(POWER, 0);
            link.delay(Duration.ofMillis(1_000));
            pass(Duration.ofSeconds(20));
            server.set("unit-1/power", 5);
            plc.awaitValue(POWER, 5);
            assertThat(plc.source.health().reconnects()).isZero();
        }
    }
}
