package io.penstock.sensors.opcua;

import static io.penstock.sensors.opcua.OpcUaTestSource.FAST;
import static io.penstock.sensors.opcua.OpcUaTestSource.PATIENCE;
import static io.penstock.sensors.opcua.OpcUaTestSource.group;
import static io.penstock.sensors.opcua.OpcUaTestSource.matching;
import static io.penstock.sensors.opcua.OpcUaTestSource.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is subscribed to, by node and by path, and what comes of it. */
@Timeout(120)
class OpcUaItemsTest {
    private static final ChannelId POWER = new ChannelId("unit-1", "power");
    private static final ChannelId SPEED = new ChannelId("unit-1", "speed");
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static Node node(String name, ChannelId channel) {
        return new Node(PlantServer.nodeId(name), channel, FAST, Content.NUMBER);
    }

    private static OpcUaAccess of(PlantServer server) {
        return OpcUaAccess.of(server.uri());
    }

    @Test
    void pathPatternReadsWhatFitsAndWhatAppearsLater() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.variable("unit-2/power", 2);
            server.variable("unit-2/speed", 3);
            server.start();
            try (OpcUaTestSource plc =
                    new OpcUaTestSource(settings(of(server), group("", matching("Objects/{asset}/{channel}"))))) {
                plc.awaitValue(POWER, 1);
                plc.awaitValue(new ChannelId("unit-2", "power"), 2);
                plc.awaitValue(new ChannelId("unit-2", "speed"), 3);
                server.variable("unit-3/power", 4);
                plc.awaitValue(new ChannelId("unit-3", "power"), 4);
                assertThat(plc.source.health().reconnects()).isZero();
            }
        }
    }

    @Test
    void pathPatternIsBoundedAndFeedsAChannelFromOneNode() throws Exception {
        try (PlantServer server = new PlantServer()) {
            for (int i = 0; i < 5; i++) {
                server.variable("unit-" + i + "/power", i);
            }
            server.start();
            Matching two = new Matching(new PathPattern("{asset}/power", "{asset}", "power"), 2, FAST, Content.NUMBER);
            Matching one = new Matching(new PathPattern("*/power", "all", "power"), 100, FAST, Content.NUMBER);
            try (OpcUaTestSource plc =
                    new OpcUaTestSource(settings(of(server), group("two", two), group("one", one)))) {
                await().atMost(PATIENCE)
                        .until(() -> plc.taken.stream()
                                        .map(Reading::channel)
                                        .distinct()
                                        .count()
                                == 3);
                await().during(Duration.ofMillis(1_500))
                        .atMost(PATIENCE)
                        .until(() -> plc.taken.stream()
                                        .map(Reading::channel)
                                        .distinct()
                                        .count()
                                == 3);
            }
        }
    }

    @Test
    void groupsHaveTheirOwnPace() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 0);
            server.variable("unit-1/speed", 0);
            server.start();
            Group slow = new Group(
                    "slow",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(4),
                    List.of(new Node(
                            PlantServer.nodeId("unit-1/speed"),
                            SPEED,
                            new Sampling(Duration.ofMillis(500), 0, DeadbandKind.ABSOLUTE, 0),
                            Content.NUMBER)));
            try (OpcUaTestSource plc =
                    new OpcUaTestSource(settings(of(server), group("fast", node("unit-1/power", POWER)), slow))) {
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(40)).until(() -> {
                    double next = System.nanoTime();
                    server.set("unit-1/power", next);
                    server.set("unit-1/speed", next);
                    return plc.scalars(SPEED).count() >= 6;
                });
                assertThat(plc.scalars(POWER).count())
                        .isGreaterThan(3 * plc.scalars(SPEED).count());
            }
        }
    }

    @Test
    void percentDeadbandTheServerCannotKeepStillBringsTheChanges() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.start();
            Node percent = new Node(
                    PlantServer.nodeId("unit-1/power"),
                    POWER,
                    new Sampling(Duration.ofMillis(20), 0, DeadbandKind.PERCENT, 5),
                    Content.NUMBER);
            try (OpcUaTestSource plc = new OpcUaTestSource(settings(of(server), group("", percent)))) {
                plc.awaitValue(POWER, 1);
                server.set("unit-1/power", 50);
                plc.awaitValue(POWER, 50);
            }
        }
    }

    @Test
    void queueOfTheServerThatOverflowsIsCountedAndShown() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 0);
            server.start();
            Group narrow = new Group(
                    "narrow",
                    Duration.ofMillis(500),
                    Duration.ofSeconds(4),
                    List.of(new Node(
                            PlantServer.nodeId("unit-1/power"),
                            POWER,
                            new Sampling(Duration.ofMillis(10), 2, DeadbandKind.ABSOLUTE, 0),
                            Content.NUMBER)));
            try (OpcUaTestSource plc = new OpcUaTestSource(settings(of(server), narrow))) {
                plc.awaitValue(POWER, 0);
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(15)).until(() -> {
                    server.set("unit-1/power", System.nanoTime());
                    return plc.source.troubles().stream().anyMatch(line -> line.contains("overflowed"));
                });
                assertThat(plc.source.health().rejected()).isPositive();
            }
        }
    }

    @Test
    void badValueNeverKeepsTheLastGoodNumber() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.start();
            try (OpcUaTestSource plc =
                    new OpcUaTestSource(settings(of(server), group("", node("unit-1/power", POWER))))) {
                plc.awaitValue(POWER, 1);
                server.set("unit-1/power", 1, new StatusCode(StatusCodes.Bad_SensorFailure), Instant.now());
                await().atMost(PATIENCE).until(() -> plc.isLastBad(POWER));
                assertThat(plc.scalars(POWER).filter(s -> s.quality() == Quality.BAD))
                        .allMatch(s -> Double.isNaN(s.value()));
                assertThat(plc.source.troubles()).anyMatch(line -> line.contains("Bad_SensorFailure"));
            }
        }
    }

    @Test
    void nodeThatIsGoneIsToldAndReadAgainWhenItIsBackWhileTheOthersGoOn() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.variable("unit-1/speed", 2);
            server.start();
            try (OpcUaTestSource plc = new OpcUaTestSource(
                    settings(of(server), group("", node("unit-1/power", POWER), node("unit-1/speed", SPEED))))) {
                plc.awaitValue(POWER, 1);
                plc.awaitValue(SPEED, 2);
                server.remove("unit-1/power");
                await().atMost(PATIENCE).until(() -> plc.isLastBad(POWER));
                assertThat(plc.source.troubles()).anyMatch(line -> line.contains("Bad_NodeIdUnknown"));
                server.set("unit-1/speed", 3);
                plc.awaitValue(SPEED, 3);
                server.variable("unit-1/power", 5);
                plc.awaitValue(POWER, 5);
                await().atMost(PATIENCE).until(() -> plc.source.troubles().isEmpty());
                assertThat(plc.source.health().reconnects()).isZero();
            }
        }
    }

    @Test
    void nodesAreFoundAgainWhenTheNamespaceHasAnotherIndex() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.start();
            try (OpcUaTestSource plc = new OpcUaTestSource(settings(
                    of(server),
                    group("node", node("unit-1/power", POWER)),
                    group(
                            "path",
                            new Matching(
                                    new PathPattern("unit-1/power", "unit-1", "by_path"),
                                    10,
                                    FAST,
                                    Content.NUMBER))))) {
                plc.awaitValue(POWER, 1);
                server.stop();
                server.shiftNamespace(3);
                server.start();
                server.set("unit-1/power", 7);
                plc.awaitValue(POWER, 7);
                plc.awaitValue(new ChannelId("unit-1", "by_path"), 7);
            }
        }
    }

    @Test
    void steadyValueIsLiveAgainAfterAnOutageThatItStoodThrough() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.variable("unit-1/power", 1);
            server.start();
            server.set("unit-1/power", 4, StatusCode.GOOD, NOON);
            try (OpcUaTestSource plc =
                    new OpcUaTestSource(settings(of(server), group("", node("unit-1/power", POWER))))) {
                plc.awaitValue(POWER, 4);
                server.stop();
                await().atMost(PATIENCE).until(() -> plc.isLastBad(POWER));
                server.start();
                await().atMost(PATIENCE).until(() -> !plc.isLastBad(POWER));
                List<Reading.Scalar> all = plc.scalars(POWER).toList();
                assertThat(all.getLast().value()).isEqualTo(4);
                assertThat(all)
                        .extracting(Reading.Scalar::sourceMicros)
                        .isSorted()
                        .doesNotHaveDuplicates();
                assertThat(plc.source.troubles()).anyMatch(line -> line.contains("was away from"));
            }
        }
    }

    @Test
    void structureOfTheServersOwnTypeIsAWaveform() throws Exception {
        ChannelId vibration = new ChannelId("unit-1", "vibration_de");
        try (PlantServer server = new PlantServer()) {
            server.structure("unit-1/vibration");
            server.start();
            server.setStructure("unit-1/vibration", NOON, 12_800, new float[] {1.5f, -2, 3});
            Node node = new Node(
                    PlantServer.nodeId("unit-1/vibration"),
                    vibration,
                    FAST,
                    new Content.Structure("samples", "rate", "time", null));
            Node wrong = new Node(
                    PlantServer.nodeId("unit-1/vibration"),
                    new ChannelId("unit-1", "wrong"),
                    FAST,
                    new Content.Structure("values", "rate", "", null));
            try (OpcUaTestSource plc = new OpcUaTestSource(settings(of(server), group("", node, wrong)))) {
                await().atMost(PATIENCE).until(() -> plc.taken.stream().anyMatch(r -> r instanceof Reading.Waveform));
                Reading.Waveform wave = (Reading.Waveform) plc.taken.stream()
                        .filter(r -> r instanceof Reading.Waveform)
                        .findFirst()
                        .orElseThrow();
                assertThat(wave.channel()).isEqualTo(vibration);
                assertThat(wave.samples()).containsExactly(1.5f, -2, 3);
                assertThat(wave.rateHz()).isEqualTo(12_800);
                assertThat(wave.sourceMicros()).isEqualTo(NOON.toEpochMilli() * 1_000);
                await().atMost(PATIENCE).until(() -> plc.source.health().rejected() == 1);
            }
        }
    }

    @Test
    void thousandsOfNodesAreBrowsed() throws Exception {
        try (PlantServer server = new PlantServer()) {
            for (int i = 0; i < 3_000; i++) {
                server.variable("unit-" + i % 100 + "/v" + i, i);
            }
            server.start();
            OpcUaBrowser.Listing listing = OpcUaBrowser.browse(of(server));
            assertThat(listing.complete()).isTrue();
            assertThat(listing.variables())
                    .filteredOn(v -> v.nodeId().contains("unit-"))
                    .hasSize(3_000)
                    .anyMatch(v -> v.path().equals("unit-7/v7"));
        }
    }
}
