package io.penstock.sensors.opcua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.faults.FaultyLink;
import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaAccess.Security;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SourceHealth;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OpcUaSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.125Z");
    private static final long NOON_MICROS = NOON.toEpochMilli() * 1_000;
    private static final ChannelId POWER = new ChannelId("unit-1", "active_power_kw");

    @TempDir
    private Path folder;

    private final List<Reading> taken = new CopyOnWriteArrayList<>();
    private final ReadingSink sink = delivery -> taken.addAll(delivery.readings());

    private static final Sampling FAST = new Sampling(Duration.ofMillis(20), 0, DeadbandKind.ABSOLUTE, 0);

    private static Node node(String name, ChannelId channel) {
        return new Node(PlantServer.nodeId(name), channel, FAST, Content.NUMBER);
    }

    private static Node power() {
        return node("unit-1/power", POWER);
    }

    private static OpcUaSource source(String uri, Node... items) {
        return source(uri, Security.NONE, null, items);
    }

    private static OpcUaSource source(
            String uri, Security security, @org.jspecify.annotations.Nullable Path trust, Node... items) {
        return new OpcUaSource(
                new OpcUaSourceSettings(
                        "plc",
                        new OpcUaAccess(
                                uri, security, OpcUaAccess.Mode.SIGN_AND_ENCRYPT, OpcUaAccess.ANONYMOUS, trust, true),
                        Duration.ofMinutes(1),
                        List.of(new Group("", Duration.ofMillis(100), Duration.ofSeconds(4), List.of(items)))),
                InstantSource.system());
    }

    private static PlantServer started(PlantServer server) throws Exception {
        server.variable("unit-1/power", 1);
        server.start();
        return server;
    }

    private void awaitScalar(double value) {
        await().atMost(PATIENCE)
                .until(() -> taken.stream().anyMatch(r -> r instanceof Reading.Scalar s && s.value() == value));
    }

    private Reading.Scalar last() {
        return (Reading.Scalar) taken.getLast();
    }

    @Test
    void sourceTimeAndQualityAreKept() throws Exception {
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(server.uri(), power())) {
            source.start(sink);
            awaitScalar(1);
            server.set("unit-1/power", 42.5, new StatusCode(StatusCodes.Uncertain_LastUsableValue), NOON);
            awaitScalar(42.5);
            assertThat(last().channel()).isEqualTo(POWER);
            assertThat(last().sourceMicros()).isEqualTo(NOON_MICROS);
            assertThat(last().quality()).isEqualTo(Quality.UNCERTAIN);

            server.setBad("unit-1/power", new StatusCode(StatusCodes.Bad_SensorFailure), NOON.plusSeconds(1));
            await().atMost(PATIENCE).until(() -> last().quality() == Quality.BAD);
            assertThat(last().value()).isNaN();
            assertThat(last().sourceMicros()).isEqualTo(NOON_MICROS + 1_000_000);
        }
    }

    @Test
    void freshSampleOfASteadyValueIsAReadingWithoutADeadbandOnly() throws Exception {
        ChannelId still = new ChannelId("unit-1", "still");
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(
                        server.uri(),
                        power(),
                        new Node(
                                PlantServer.nodeId("unit-1/still"),
                                still,
                                new Sampling(Duration.ofMillis(20), 0, DeadbandKind.ABSOLUTE, 0.5),
                                Content.NUMBER))) {
            server.variable("unit-1/still", 7);
            source.start(sink);
            await().atMost(PATIENCE).until(() -> taken.size() == 2);
            server.set("unit-1/still", 7.2, StatusCode.GOOD, NOON.plusSeconds(1));
            server.set("unit-1/power", 1, StatusCode.GOOD, NOON.plusSeconds(1));
            await().atMost(PATIENCE).until(() -> taken.size() == 3);
            assertThat(last().channel()).isEqualTo(POWER);
            assertThat(last().sourceMicros()).isEqualTo(NOON_MICROS + 1_000_000);
            server.set("unit-1/still", 8, StatusCode.GOOD, NOON.plusSeconds(2));
            await().atMost(PATIENCE).until(() -> taken.size() == 4);
            assertThat(last().value()).isEqualTo(8);
        }
    }

    @Test
    void arrayOfFloatsIsAWaveform() throws Exception {
        ChannelId vibration = new ChannelId("unit-1", "vibration_de");
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(
                        server.uri(),
                        new Node(
                                PlantServer.nodeId("unit-1/vibration_de"),
                                vibration,
                                FAST,
                                new Content.Samples(12_800)))) {
            server.variable("unit-1/vibration_de", new float[] {0});
            source.start(sink);
            await().atMost(PATIENCE).until(() -> !taken.isEmpty());
            server.set("unit-1/vibration_de", new float[] {1.5f, -2, 3}, StatusCode.GOOD, NOON);
            await().atMost(PATIENCE).until(() -> taken.size() == 2);
            Reading.Waveform waveform = (Reading.Waveform) taken.getLast();
            assertThat(waveform.samples()).containsExactly(1.5f, -2, 3);
            assertThat(waveform.rateHz()).isEqualTo(12_800);
            assertThat(waveform.sourceMicros()).isEqualTo(NOON_MICROS);

            server.set("unit-1/vibration_de", new float[] {1, Float.NaN}, StatusCode.GOOD, NOON.plusSeconds(1));
            await().atMost(PATIENCE).until(() -> source.health().rejected() == 1);
        }
    }

    @Test
    void unknownNodesAreSaidOnceAndDoNotHideTheOthers() throws Exception {
        ChannelId other = new ChannelId("unit-1", "other");
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(
                        server.uri(),
                        node("unit-1/absent", other),
                        Node.of("nsu=urn:not:there;s=x", new ChannelId("unit-1", "third")),
                        power())) {
            source.start(sink);
            awaitScalar(1);
            server.set("unit-1/power", 2);
            awaitScalar(2);
            SourceHealth health = source.health();
            assertThat(health.state()).isEqualTo(SourceHealth.State.RUNNING);
            assertThat(health.detail()).contains("2 nodes are not read", "unit-1/absent", "urn:not:there");
            assertThat(health.reconnects()).isZero();
            assertThat(source.troubles()).hasSize(2).anyMatch(line -> line.contains("Bad_NodeIdUnknown"));
        }
    }

    @Test
    void flowResumesByItselfAfterTheServerWasRestarted() throws Exception {
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(server.uri(), power())) {
            source.start(sink);
            awaitScalar(1);
            server.stop();
            await().pollDelay(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> true);
            server.start();
            long up = System.nanoTime();
            server.set("unit-1/power", 3);
            awaitScalar(3);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - up))
                    .as("flow resumed after the restart, ms")
                    .isLessThan(10_000);
            server.set("unit-1/power", 4);
            awaitScalar(4);
        }
    }

    @Test
    void silentServerIsNoticedAndReplaced() throws Exception {
        try (PlantServer server = started(new PlantServer());
                FaultyLink link = new FaultyLink(server.port());
                OpcUaSource source = source("opc.tcp://127.0.0.1:" + link.port() + "/plant", power())) {
            source.start(sink);
            awaitScalar(1);
            link.halfOpen();
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> source.health().state() == SourceHealth.State.CONNECTING);
            server.set("unit-1/power", 5);
            link.heal();
            awaitScalar(5);
        }
    }

    @Test
    void firstConnectIsTriedUntilTheServerIsThere() throws Exception {
        try (PlantServer server = new PlantServer();
                OpcUaSource source = source(server.uri(), power())) {
            server.variable("unit-1/power", 1);
            source.start(sink);
            await().atMost(PATIENCE).until(() -> source.health().detail().contains("connecting again"));
            server.start();
            awaitScalar(1);
        }
    }

    @Test
    void valuesWithoutRoomAreCountedAsRejected() throws Exception {
        AtomicBoolean full = new AtomicBoolean();
        try (PlantServer server = started(new PlantServer());
                OpcUaSource source = source(server.uri(), power())) {
            source.start(delivery -> !full.get() && taken.addAll(delivery.readings()));
            awaitScalar(1);
            full.set(true);
            server.set("unit-1/power", 2);
            await().atMost(PATIENCE).until(() -> source.health().rejected() == 1);
            full.set(false);
            server.set("unit-1/power", 3);
            awaitScalar(3);
            assertThat(source.health().received()).isEqualTo(2);
        }
    }

    @Test
    void protectedServerIsReadOnceAPersonTrustsItsCertificate() throws Exception {
        try (PlantServer server = started(new PlantServer(PlantServer.Security.BASIC256SHA256));
                OpcUaSource source = source(server.uri(), Security.BASIC256SHA256, folder, power())) {
            source.start(sink);
            await().atMost(PATIENCE).until(() -> source.health().detail().contains("penstock opcua trust"));
            assertThat(taken).allMatch(reading -> reading.quality() == Quality.BAD);

            Path rejected;
            try (Stream<Path> files = Files.list(folder.resolve("rejected/certs"))) {
                rejected = files.filter(file -> file.toString().endsWith(".der"))
                        .findFirst()
                        .orElseThrow();
            }
            Files.copy(rejected, folder.resolve("trusted/certs/plant.der"));
            Path own = folder.resolve("own/client.der");
            await().atMost(PATIENCE).until(() -> Files.exists(own));
            try (InputStream in = Files.newInputStream(own)) {
                server.trust((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            awaitScalar(1);
            assertThat(Files.getPosixFilePermissions(folder.resolve("own/client.p12")))
                    .hasToString("[OWNER_READ, OWNER_WRITE]");
        }
    }

    @Test
    void closeIsPromptAndNothingIsOfferedAfterwards() throws Exception {
        try (PlantServer server = started(new PlantServer());
                FaultyLink link = new FaultyLink(server.port())) {
            OpcUaSource source = source("opc.tcp://127.0.0.1:" + link.port() + "/plant", power());
            source.start(sink);
            awaitScalar(1);
            link.halfOpen();
            long start = System.nanoTime();
            source.close();
            source.close();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(10_000);
            assertThat(source.health().state()).isEqualTo(SourceHealth.State.CLOSED);
            int before = taken.size();
            link.heal();
            server.set("unit-1/power", 9);
            await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> taken.size() == before);
        }
    }

    @Test
    void browserListsVariablesWithTypes() throws Exception {
        try (PlantServer server = started(new PlantServer())) {
            server.variable("unit-1/vibration_de", new float[] {0});
            OpcUaBrowser.Listing listing = OpcUaBrowser.browse(OpcUaAccess.of(server.uri()));
            assertThat(listing.complete()).isTrue();
            assertThat(listing.variables())
                    .filteredOn(variable -> variable.nodeId().contains("unit-1"))
                    .extracting(OpcUaBrowser.Variable::nodeId, OpcUaBrowser.Variable::dataType)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple(PlantServer.nodeId("unit-1/power"), "Double"),
                            org.assertj.core.groups.Tuple.tuple(PlantServer.nodeId("unit-1/vibration_de"), "Float[]"));
        }
    }

    @Test
    void noClassOfThisPackageNamesAWriteOrACall() throws Exception {
        URI classes = OpcUaSource.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        List<Path> compiled;
        try (Stream<Path> files = Files.list(Path.of(classes).resolve("io/penstock/sensors/opcua"))) {
            compiled = files.filter(file -> file.toString().endsWith(".class")).toList();
        }
        assertThat(compiled).hasSizeGreaterThan(5);
        for (Path file : compiled) {
            // member names stand in a class file as plain text
            String names = Files.readString(file, StandardCharsets.ISO_8859_1);
            assertThat(names)
                    .as(file.getFileName().toString())
                    .doesNotContain(
                            "writeValue", "writeAsync", "WriteValue", "WriteRequest", "CallMethodRequest", "callAsync");
        }
    }
}
