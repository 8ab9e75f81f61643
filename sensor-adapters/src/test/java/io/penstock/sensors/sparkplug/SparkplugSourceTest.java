package io.penstock.sensors.sparkplug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.tahu.message.SparkplugBPayloadDecoder;
import org.eclipse.tahu.message.model.MetricDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real mosquitto between the source and an edge node that answers rebirth requests. */
@Timeout(60)
class SparkplugSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NBIRTH = "spBv1.0/plant/NBIRTH/gw-1";
    private static final String NDATA = "spBv1.0/plant/NDATA/gw-1";

    @TempDir
    private Path folder;

    private static byte[] birth() throws Exception {
        return EdgeNodesTest.payload(
                0,
                EdgeNodesTest.bdSeq(7),
                EdgeNodesTest.metric("Supply", 1, MetricDataType.Double, 24.0).createMetric());
    }

    private static byte[] data(long seq) throws Exception {
        return EdgeNodesTest.payload(
                seq,
                EdgeNodesTest.metric("Supply", 1, MetricDataType.Double, 24.0 + seq)
                        .createMetric());
    }

    @Test
    void nodeThatWasBornBeforeUsIsAskedForItsBirthAndItsDeathIsTold() throws Exception {
        assumeTrue(MosquittoBroker.isInstalled(), "mosquitto is not installed: apt-get install mosquitto");
        Queue<Delivery> taken = new ConcurrentLinkedQueue<>();
        Queue<String> commands = new ConcurrentLinkedQueue<>();
        try (MosquittoBroker broker = new MosquittoBroker(folder)) {
            broker.start();
            MqttConnectionSettings edge = MqttConnectionSettings.of(broker.uri(), "edge")
                    .withSessionExpiry(Duration.ZERO)
                    .withLastWill(new MqttConnectionSettings.LastWill(
                            "spBv1.0/plant/NDEATH/gw-1", EdgeNodesTest.payload(-1, EdgeNodesTest.bdSeq(7)), false));
            try (SparkplugSource source =
                            new SparkplugSource(EdgeNodesTest.settings(broker.uri(), true), InstantSource.system());
                    MqttConnection commanded = new MqttConnection(edge, List.of("spBv1.0/plant/NCMD/gw-1"), m -> {
                        commands.add(read(m.payload()));
                        m.acknowledgement().run();
                    })) {
                source.start(taken::add);
                commanded.start();
                await().atMost(PATIENCE).until(() -> source.health().state() == SourceHealth.State.RUNNING);
                await().atMost(PATIENCE).until(commanded::isListening);
                commanded.publish(NDATA, data(9), 0, false);
                await().atMost(PATIENCE).until(() -> !commands.isEmpty());
                assertThat(commands).containsExactly("Node Control/Rebirth=true");
                assertThat(taken).isEmpty();
                commanded.publish(NBIRTH, birth(), 0, false);
                commanded.publish(NDATA, data(1), 0, false);
                await().atMost(PATIENCE).until(() -> taken.size() == 2);
                assertThat(source.health().detail()).contains("asked for births 1 times");
                broker.kill();
                broker.start();
                await().atMost(PATIENCE)
                        .until(() -> source.health().reconnects() == 1
                                && source.health().state() == SourceHealth.State.RUNNING);
                await().atMost(PATIENCE).until(commanded::isListening);
                commanded.publish(NBIRTH, birth(), 0, false);
                await().atMost(PATIENCE).until(() -> taken.size() == 3);
                // a death as the broker would publish it for a node that vanished
                commanded.publish(
                        "spBv1.0/plant/NDEATH/gw-1", EdgeNodesTest.payload(-1, EdgeNodesTest.bdSeq(7)), 1, false);
                await().atMost(PATIENCE).until(() -> taken.size() == 4);
                Reading last = List.copyOf(taken).getLast().readings().getFirst();
                assertThat(last.quality()).isEqualTo(Quality.BAD);
            }
        }
    }

    private static String read(byte[] payload) {
        try {
            var metric = new SparkplugBPayloadDecoder()
                    .buildFromByteArray(payload, null)
                    .getMetrics()
                    .getFirst();
            return metric.getName() + "=" + metric.getValue();
        } catch (Exception e) {
            return "no Sparkplug payload: " + e;
        }
    }
}
