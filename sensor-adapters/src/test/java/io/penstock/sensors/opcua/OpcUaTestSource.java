package io.penstock.sensors.opcua;

import static org.awaitility.Awaitility.await;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A source with what it gave. */
final class OpcUaTestSource implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final Sampling FAST = new Sampling(Duration.ofMillis(20), 0, DeadbandKind.ABSOLUTE, 0);

    final OpcUaSource source;
    final List<Reading> taken = new CopyOnWriteArrayList<>();

    OpcUaTestSource(OpcUaSourceSettings settings) {
        source = new OpcUaSource(settings, InstantSource.system());
        source.start(delivery -> taken.addAll(delivery.readings()));
    }

    static Group group(String name, Item... items) {
        return new Group(name, Duration.ofMillis(100), Duration.ofSeconds(2), List.of(items));
    }

    static OpcUaSourceSettings settings(OpcUaAccess access, Group... groups) {
        return new OpcUaSourceSettings("plc", access, Duration.ofSeconds(1), List.of(groups));
    }

    static Matching matching(String path) {
        return new Matching(new PathPattern(path, "{asset}", "{channel}"), 100, FAST, Content.NUMBER);
    }

    Stream<Reading.Scalar> scalars(ChannelId channel) {
        return taken.stream()
                .filter(reading -> reading.channel().equals(channel))
                .filter(Reading.Scalar.class::isInstance)
                .map(Reading.Scalar.class::cast);
    }

    void awaitValue(ChannelId channel, double value) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> scalars(channel).anyMatch(s -> s.value() == value && s.quality() == Quality.GOOD));
    }

    boolean isLastBad(ChannelId channel) {
        return scalars(channel).reduce((first, second) -> second).stream().anyMatch(s -> s.quality() == Quality.BAD);
    }

    @Override
    public void close() {
        source.close();
    }
}
