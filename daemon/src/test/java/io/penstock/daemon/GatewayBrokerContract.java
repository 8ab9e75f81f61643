package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.fixtures.broker.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the daemon does at any broker; the classes that extend it say which. */
abstract class GatewayBrokerContract {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String TOPIC = "penstock/v1/" + TestSite.NAME + "/";
    private static final String STATUS = TOPIC + "$node/status";
    private static final String[] PUMPS = {"pump-1", "pump-2", "pump-3"};
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    abstract Broker broker(Path store) throws Exception;

    abstract OtherSide otherSide(Broker broker) throws Exception;

    /** Whether it tells the last will of a client that is torn away. */
    abstract boolean sendsWills();

    @Test
    void aReadingInADiagnosisOutAndAWillWhenKilled() throws Exception {
        try (Broker broker = broker(folder.resolve("broker"))) {
            broker.start();
            Path config = new TestSite(folder)
                    .config(PUMPS, TestSite.mqtt(broker.uri()), TestSite.publish(broker.uri()), TestSite.NO_MODELS);
            try (OtherSide plant = otherSide(broker);
                    DaemonProcess daemon = DaemonProcess.start(config)) {
                await("online").atMost(PATIENCE).until(() -> says(plant, STATUS, "online"));
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                for (String pump : PUMPS) {
                    send(plant, pump, 60);
                }
                await("readings are journalled")
                        .atMost(PATIENCE)
                        .until(() -> daemon.status().path("readings").asInt() >= PUMPS.length);

                List<Duration> tookToSay = new ArrayList<>();
                for (String pump : PUMPS) {
                    tookToSay.add(crossTheLimit(plant, pump));
                }
                // the machine of a test may stall once; a daemon that is slow is slow always
                assertThat(tookToSay.stream().sorted().toList().get(PUMPS.length / 2))
                        .as("rules alarm after the sample, each of %s", tookToSay)
                        .isLessThan(Duration.ofSeconds(1));

                await("every diagnosis is ended by rules alone, as no model is configured")
                        .atMost(PATIENCE)
                        .until(() -> diagnoses(plant, "rules_only").size() >= PUMPS.length);
                everyMessageIsOfItsSchema(plant.received());
                aLateReaderIsToldHowThingsStand(plant.retained());

                daemon.kill();
                if (sendsWills()) {
                    await("offline").atMost(PATIENCE).until(() -> says(plant, STATUS, "offline"));
                    everyMessageIsOfItsSchema(plant.received());
                    assertThat(plant.retained())
                            .filteredOn(m -> m.topic().equals(STATUS))
                            .singleElement()
                            .satisfies(m -> assertThat(m.payload()).contains("\"offline\""));
                }
            }
            try (OtherSide plant = otherSide(broker);
                    DaemonProcess daemon = DaemonProcess.start(config)) {
                // what the broker had kept of the killed one says so, too
                await("online again")
                        .atMost(PATIENCE)
                        .until(() -> plant.received().stream()
                                .anyMatch(m -> m.topic().equals(STATUS)
                                        && !m.retained()
                                        && m.payload().contains("\"online\"")));
                daemon.stop();
                await("offline after a stop in order").atMost(PATIENCE).until(() -> says(plant, STATUS, "offline"));
            }
        }
    }

    /** How long after the sample its alarm was here. */
    private static Duration crossTheLimit(OtherSide plant, String pump) throws Exception {
        String topic = TOPIC + pump + "/diagnosis";
        long sent = System.nanoTime();
        send(plant, pump, 91.5);
        OtherSide.Message alarm = awaited(() -> plant.received().stream()
                .filter(m -> m.topic().equals(topic))
                .findFirst()
                .orElse(null));
        JsonNode diagnosis = JSON.readTree(alarm.payload());
        assertThat(diagnosis.path("stage").asText()).isEqualTo("rules");
        assertThat(diagnosis.path("severity").asText()).isEqualTo("alarm");
        assertThat(diagnosis.path("simulated").asBoolean()).isTrue();
        assertThat(diagnosis.path("headline").asText()).contains("91.5").contains("80");
        JsonNode line = diagnosis.path("evidence").path(0);
        assertThat(line.path("symptom").asText()).isEqualTo("bearing_temperature_high");
        assertThat(line.path("value").asDouble()).isEqualTo(91.5);
        assertThat(line.path("limit").asDouble()).isEqualTo(80);
        assertThat(line.path("limit_source").asText()).isEqualTo("the bearing maker's sheet");
        return Duration.ofNanos(alarm.nanoTime() - sent);
    }

    private static OtherSide.Message awaited(Callable<OtherSide.Message> look) {
        return await("an alarm")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(look, m -> m != null);
    }

    private static void send(OtherSide plant, String pump, double value) throws Exception {
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), value));
    }

    private static void everyMessageIsOfItsSchema(List<OtherSide.Message> messages) throws IOException {
        TreeSet<String> kinds = new TreeSet<>();
        for (OtherSide.Message message : messages) {
            if (message.topic().contains("/$node/schema/")) {
                continue;
            }
            assertThat(Schemas.complaints(message.payload()))
                    .as("%s %s", message.topic(), message.payload())
                    .isEmpty();
            kinds.add(JSON.readTree(message.payload()).path("schema").asText());
        }
        assertThat(kinds)
                .containsExactly(
                        "penstock.anomaly/1",
                        "penstock.case/1",
                        "penstock.diagnosis/1",
                        "penstock.node/1",
                        "penstock.state/1");
    }

    private static void aLateReaderIsToldHowThingsStand(List<OtherSide.Message> retained) throws IOException {
        assertThat(retained)
                .extracting(OtherSide.Message::topic)
                .containsExactlyInAnyOrder(
                        STATUS,
                        TOPIC + "$node/schema/penstock.anomaly-1",
                        TOPIC + "$node/schema/penstock.case-1",
                        TOPIC + "$node/schema/penstock.diagnosis-1",
                        TOPIC + "$node/schema/penstock.node-1",
                        TOPIC + "$node/schema/penstock.state-1",
                        TOPIC + "pump-1/state",
                        TOPIC + "pump-2/state",
                        TOPIC + "pump-3/state");
        for (OtherSide.Message message : retained) {
            if (message.topic().endsWith("/state")) {
                JsonNode state = JSON.readTree(message.payload());
                assertThat(state.path("state").asText()).isEqualTo("alarm");
                assertThat(state.path("headline").asText()).contains("91.5");
            }
        }
    }

    private static List<OtherSide.Message> diagnoses(OtherSide plant, String stage) {
        return plant.received().stream()
                .filter(m -> m.topic().endsWith("/diagnosis"))
                .filter(m -> m.payload().contains("\"stage\":\"" + stage + "\""))
                .toList();
    }

    private static boolean says(OtherSide plant, String topic, String word) {
        return last(plant, topic)
                .filter(m -> m.payload().contains("\"" + word + "\""))
                .isPresent();
    }

    private static Optional<OtherSide.Message> last(OtherSide plant, String topic) {
        return plant.received().stream().filter(m -> m.topic().equals(topic)).reduce((a, b) -> b);
    }
}
