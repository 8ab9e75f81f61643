package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands by a broker, which keeps each until it is carried out. */
class BrokerLinkTest {
    private static final String TOPIC = "uplink/works";

    @TempDir
    Path folder;

    private static BrokerLink link(Broker broker) {
        BrokerLink link = new BrokerLink(MqttConnectionSettings.of(broker.uri(), "works"), TOPIC, true);
        await().until(link::isOpen);
        return link;
    }

    private static List<Integer> received(BrokerLink link, int count) {
        List<Integer> all = new ArrayList<>();
        await().until(() -> {
            link.received().forEach(command -> all.add((int) command[0]));
            return all.size() >= count;
        });
        return all;
    }

    @Test
    void aCommandThatWasNotCarriedOutComesAgainAndOneThatWasDoesNot() throws Exception {
        try (Broker broker = MosquittoBroker.isInstalled()
                ? new MosquittoBroker(folder.resolve("mosquitto"))
                : new EmbeddedBroker(folder.resolve("broker"))) {
            broker.start();
            try (MqttConnection hub = new MqttConnection(MqttConnectionSettings.of(broker.uri(), "hub"))) {
                hub.start();
                await().until(hub::isConnected);
                try (BrokerLink link = link(broker)) {
                    command(hub, 1);
                    assertThat(received(link, 1)).containsExactly(1);
                    // killed here
                }
                try (BrokerLink link = link(broker)) {
                    assertThat(received(link, 1)).containsExactly(1);
                    link.settled();
                }
                try (BrokerLink link = link(broker)) {
                    command(hub, 2);
                    assertThat(received(link, 1)).containsExactly(2);
                    link.settled();
                }
            }
        }
    }

    @Test
    void moreCommandsThanThereIsRoomForAreLeftWithTheBroker() throws Exception {
        int all = UplinkLink.MOST_RECEIVED + 10;
        try (Broker broker = MosquittoBroker.isInstalled()
                ? new MosquittoBroker(folder.resolve("mosquitto"))
                : new EmbeddedBroker(folder.resolve("broker"))) {
            broker.start();
            link(broker).close();
            try (MqttConnection hub = new MqttConnection(MqttConnectionSettings.of(broker.uri(), "hub"))) {
                hub.start();
                await().until(hub::isConnected);
                for (int i = 0; i < all; i++) {
                    command(hub, i);
                }
            }
            Set<Integer> came = new HashSet<>();
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                try (BrokerLink contact = link(broker)) {
                    came.addAll(received(contact, 1));
                    contact.settled();
                }
                return came.size() == all;
            });
        }
    }

    private static void command(MqttConnection hub, int number) throws Exception {
        hub.publishAndWait(TOPIC + BrokerLink.DOWN, new byte[] {(byte) number}, 1, false, Duration.ofSeconds(20));
    }
}
