package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.daemon.store.ActionTimes.Step;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real gateway at a real broker: what an operator's word does to what SCADA reads. */
class OperatorWordTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TOPIC = "penstock/v1/" + TestSite.NAME + "/";
    private static final String[] PUMPS = {"pump-1", "pump-2"};
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    /** Ahead of the machine's by what the test has added. */
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    private final InstantSource clock = () -> Instant.now().plus(ahead.get());

    @Test
    void acknowledgedAndShelvedCasesShowInTheStateAndShelvingEndsByItself() throws Exception {
        try (Broker broker = new EmbeddedBroker()) {
            broker.start();
            TestSite site = new TestSite(folder);
            GatewaySettings settings = site.settings(
                    PUMPS, TestSite.mqtt(broker.uri()), TestSite.publish(broker.uri()), TestSite.NO_MODELS);
            try (OtherSide plant = new PahoSide(broker.uri());
                    Gateway gateway = Gateway.start(settings, clock)) {
                TestSite.awaitRunning(gateway);
                send(plant, "pump-1", 60);
                send(plant, "pump-1", 91.5);
                CaseRecord first = await("a case")
                        .atMost(PATIENCE)
                        .until(() -> site.open("pump-1"), Optional::isPresent)
                        .orElseThrow();
                await("its state")
                        .atMost(PATIENCE)
                        .until(() ->
                                state(plant, "pump-1").path("state").asText().equals("alarm"));
                assertThat(state(plant, "pump-1").path("acknowledged").asBoolean())
                        .isFalse();

                assertThat(site.order(Verb.ACK, first.id().substring(0, 20), ""))
                        .startsWith("done: ack " + first.id());
                assertThat(site.order(Verb.ACTED, first.id(), "greased it")).startsWith("done: acted");
                await("acknowledged")
                        .atMost(PATIENCE)
                        .until(() -> state(plant, "pump-1")
                                .path("acknowledged_by")
                                .asText()
                                .equals("anna"));
                assertThat(site.order(Verb.ACK, "nobody-knows", "")).startsWith("refused: no case begins with");
                theChainHasEveryStep(site, first);

                assertThat(site.order(Verb.SHELVE, "pump-2", "0")).startsWith("refused: shelving for 0 s");
                String config = folder.resolve("penstock.toml").toString();
                assertThat(PenstockCommand.run("shelve", "pump-2", "--for", "1h", "--by", "ram", "--config", config))
                        .isEqualTo(ExitCode.DONE);
                assertThat(PenstockCommand.run("ack", "pump-9", "--config", config))
                        .isEqualTo(ExitCode.FAILED);
                send(plant, "pump-2", 60);
                send(plant, "pump-2", 95);
                await("the state tells of it all the same")
                        .atMost(PATIENCE)
                        .until(() ->
                                state(plant, "pump-2").path("state").asText().equals("alarm"));
                assertThat(state(plant, "pump-2").path("shelved_until").asText())
                        .isNotEmpty();
                assertThat(site.open("pump-2")).isPresent();
                assertThat(events(plant, "pump-2")).isEmpty();

                ahead.set(Duration.ofMinutes(61));
                await("announced when the time is over")
                        .atMost(PATIENCE)
                        .until(() -> events(plant, "pump-2").size() >= 2);
                await("and no more shelved")
                        .atMost(PATIENCE)
                        .until(() -> !state(plant, "pump-2").has("shelved_until"));
                for (OtherSide.Message message : plant.received()) {
                    assertThat(message.topic().contains("/$node/") ? List.of() : Schemas.complaints(message.payload()))
                            .as(message.payload())
                            .isEmpty();
                }
            }
        }
    }

    private static void theChainHasEveryStep(TestSite site, CaseRecord record) throws Exception {
        ActionTimes.Chain chain = await("published")
                .atMost(PATIENCE)
                .until(
                        () -> Database.readOnly(
                                site.store(), c -> ActionTimes.of(c, record.id() + "-v" + record.version())),
                        found -> found.filter(one -> one.micros().containsKey(Step.ALARM_PUBLISHED))
                                .isPresent())
                .orElseThrow();
        assertThat(chain.micros()).containsKeys(Step.ALARM, Step.ALARM_PUBLISHED, Step.SEEN, Step.ACTED);
        assertThat(chain.text()).matches("sample -> alarm .* s -> alarm published .* s -> seen .* s -> acted .* s");
        Map<Step, ActionTimes.Spread> spreads =
                Database.readOnly(site.store(), ActionTimes::read).steps();
        assertThat(spreads.get(Step.ACTED))
                .satisfies(acted ->
                        assertThat(acted.p50()).isLessThanOrEqualTo(acted.p99()).isGreaterThan(0));
    }

    private static JsonNode state(OtherSide plant, String asset) throws Exception {
        Optional<OtherSide.Message> last = plant.received().stream()
                .filter(m -> m.topic().equals(TOPIC + asset + "/state"))
                .reduce((a, b) -> b);
        return last.isPresent() ? JSON.readTree(last.get().payload()) : JSON.createObjectNode();
    }

    private static List<OtherSide.Message> events(OtherSide plant, String asset) {
        return plant.received().stream()
                .filter(m ->
                        m.topic().equals(TOPIC + asset + "/case") || m.topic().equals(TOPIC + asset + "/diagnosis"))
                .toList();
    }

    private void send(OtherSide plant, String pump, double value) throws Exception {
        plant.publish(
                "plant/" + pump + "/bearing_temp_c",
                TestSite.reading(clock.instant().toEpochMilli(), value));
    }
}
