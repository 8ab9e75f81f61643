package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.cli.HostileConsole;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.Signals;
import io.penstock.daemon.route.TextRouter;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.hostile.HostileText;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two thousand hostile texts as topics, as payloads, as an operator's words and as questions, at a real gateway with a real broker. */
class HostileMessagesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final TextRouter PATTERNS = TextRouter.patternsOnly(ShippedRoutes.defaults(), "no embedder");

    @TempDir
    Path folder;

    private final PlainOutput output = new PlainOutput();

    @AfterEach
    void stopListening() {
        output.close();
    }

    @Test
    void nothingSentOverMqttOrGivenByAnOperatorEscapes() throws Exception {
        try (Broker broker = new EmbeddedBroker()) {
            broker.start();
            TestSite site = new TestSite(folder);
            var settings = site.settings(
                    new String[] {"pump-1"},
                    TestSite.mqtt(broker.uri()),
                    TestSite.publish(broker.uri()),
                    TestSite.NO_MODELS);
            try (OtherSide plant = new PahoSide(broker.uri());
                    Gateway gateway = Gateway.start(settings, InstantSource.system())) {
                await("subscribed")
                        .atMost(PATIENCE)
                        .until(() ->
                                gateway.status().sources().getFirst().health().state() == SourceHealth.State.RUNNING);
                int sent = 0;
                for (HostileText text : HostileText.all()) {
                    sent += published(
                                    plant,
                                    "plant/" + text.text() + "/" + text.text(),
                                    TestSite.reading(System.currentTimeMillis(), 1))
                            ? 1
                            : 0;
                    published(plant, "plant/pump-1/bearing_temp_c", text.text());
                    operatorSays(text);
                }
                assertThat(sent).isGreaterThan(700);
                published(plant, "plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.5));
                await("the case behind all of it")
                        .atMost(PATIENCE)
                        .until(() -> !Database.readOnly(site.store(), c -> CaseStore.cases(c, 5, true))
                                .isEmpty());
                PlainOutput.plain(
                        "status",
                        HostileConsole.run(
                                "status",
                                "--config",
                                folder.resolve("penstock.toml").toString()));
                PlainOutput.plain("status", gateway.status().json());
            }
            String db = site.store().toString();
            List<CaseRecord> cases = Database.readOnly(site.store(), c -> CaseStore.cases(c, 10_000, false));
            assertThat(cases).extracting(CaseRecord::severity).containsExactly(Severity.ALARM);
            Diagnosis diagnosis = Database.readOnly(
                    site.store(),
                    c -> CaseStore.diagnosis(c, cases.getFirst().id()).orElseThrow());
            assertThat(diagnosis.headline()).contains("91.5", "limit 80");
            HostileConsole.run(
                    "export",
                    "--format",
                    "csv",
                    "--out",
                    folder.resolve("r.csv").toString(),
                    "--db",
                    db);
            assertThat(PlainOutput.csvIsATableWithoutFormulas(Files.readString(folder.resolve("r.csv"))))
                    .isGreaterThan(500);
            output.logIsPlain();
        }
    }

    /** Whether the other side's client can send it: wildcards, control characters and what is too long are no topics. */
    private static boolean published(OtherSide plant, String topic, String payload) throws Exception {
        if (topic.length() > 20_000 || topic.matches("(?s).*[\\p{C}#+].*")) {
            return false;
        }
        plant.publish(topic, payload);
        return true;
    }

    private static void operatorSays(HostileText text) {
        try {
            String order = new OperatorOrder(OperatorOrder.Verb.ACTED, "unit-1", text.text(), text.text()).text();
            PlainOutput.plain("order", order.replace("\t", ""));
            assertThat(order.lines()).hasSize(1);
        } catch (IllegalArgumentException e) {
            PlainOutput.plain("refusal", String.valueOf(e.getMessage()));
        }
        Signals signals = PATTERNS.plan(text.text()).signals();
        assertThat(signals.characters()).isEqualTo(text.text().length());
        PATTERNS.plan(text.text())
                .reasons()
                .forEach(reason -> assertThat(reason).hasSizeLessThan(500));
    }
}
