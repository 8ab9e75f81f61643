package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.daemon.fleet.FleetMessages;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.Tariff;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Which sites are silent, told to a real broker. */
class SilenceWatchTest {
    @TempDir
    Path folder;

    @Test
    void aBrokerThatTakesNoStatusIsSaid() throws Exception {
        assumeTrue(MosquittoBroker.isInstalled(), "mosquitto is not installed");
        FrameKey key = FrameKey.parse("1 " + "c3".repeat(44));
        SiteSettings works = new SiteSettings(
                "works", Map.of(1, key), List.of("unit-1"), Tariff.free("USD"), 0, Duration.ofHours(1));
        Logger log = (Logger) LoggerFactory.getLogger(SilenceWatch.class);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        log.addAppender(said);
        try (MosquittoBroker broker = new MosquittoBroker(folder.resolve("broker"))) {
            broker.start();
            try (MqttConnection connection = new MqttConnection(MqttConnectionSettings.of(broker.uri(), "hub"))) {
                connection.start();
                await().until(connection::isConnected);
                // below this mosquitto lets nobody write
                SilenceWatch watch = new SilenceWatch(
                        unheard -> 0,
                        () -> Map.of("works", works),
                        connection,
                        new FleetMessages("$SYS/hub"),
                        InstantSource.system());
                watch.runOnce();
            }
        } finally {
            log.detachAppender(said);
        }
        assertThat(said.list)
                .filteredOn(event -> event.getLevel() == Level.ERROR)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getFormattedMessage())
                            .contains("refused", "$SYS/hub/works/$node/status", "access rules");
                });
    }
}
