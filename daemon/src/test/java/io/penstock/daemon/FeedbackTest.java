package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.PastCases;
import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real gateway at a real broker: what an operator confirms or corrects is what later cases are compared with. */
class FeedbackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String[] PUMPS = {"pump-1", "pump-2", "pump-3"};

    @TempDir
    Path folder;

    @Test
    void whatAPersonSaysIsKeptOnceLoggedEachTimeAndFoundAgainByTheNextCase() throws Exception {
        try (Broker broker = new EmbeddedBroker()) {
            broker.start();
            TestSite site = new TestSite(folder);
            GatewaySettings settings = site.settings(
                    PUMPS, TestSite.mqtt(broker.uri()), TestSite.publish(broker.uri()), TestSite.NO_MODELS);
            String config = folder.resolve("penstock.toml").toString();
            CaseRecord first;
            try (OtherSide plant = new PahoSide(broker.uri());
                    Gateway gateway = Gateway.start(settings, InstantSource.system())) {
                first = overheated(plant, gateway, site, "pump-1");
                assertThat(newest(site, first).past())
                        .isNotEmpty()
                        .allSatisfy(past -> assertThat(past.confirmed()).isFalse());

                assertThat(PenstockCommand.run("confirm", first.id(), "--note", "dry", "--config", config))
                        .isEqualTo(ExitCode.DONE);
                assertThat(site.order(Verb.CONFIRM, first.id() + "-v1", "dry"))
                        .isEqualTo("done: overheating_lubrication is already what " + first.id() + " was");
                assertThat(acts(site)).containsExactly("confirm dry");
                assertThat(site.order(Verb.CONFIRM, first.id().replace("pump", "pmup"), ""))
                        .startsWith("refused: no case begins with pmup-1")
                        .contains("did you mean " + first.id() + "?");
                assertThat(site.order(Verb.CORRECT, first.id(), "cavitatoin heard it"))
                        .startsWith(
                                "refused: \"cavitatoin\" is no fault of a centrifugal pump; did you mean cavitation? Known are");
                assertThat(PenstockCommand.run("correct", first.id(), "--fault", "nonsense", "--config", config))
                        .isEqualTo(ExitCode.FAILED);
                assertThat(acts(site)).hasSize(1);

                CaseRecord second = overheated(plant, gateway, site, "pump-2");
                assertThat(newest(site, second).past().getFirst()).satisfies(past -> {
                    assertThat(past.confirmed()).isTrue();
                    assertThat(past.caseId()).isEqualTo(first.id());
                    assertThat(past.fault()).isEqualTo("overheating_lubrication");
                    assertThat(past.similarity()).isEqualTo(1);
                });
                assertThat(site.order(Verb.CORRECT, first.id(), "misalignment the coupling was off"))
                        .startsWith("done: correct " + first.id() + ", it was misalignment, by anna");
            }
            try (OtherSide plant = new PahoSide(broker.uri());
                    Gateway gateway = Gateway.start(settings, InstantSource.system())) {
                CaseRecord third = overheated(plant, gateway, site, "pump-3");
                Diagnosis diagnosis = newest(site, third);
                assertThat(diagnosis.past().getFirst().fault()).isEqualTo("misalignment");
                assertThat(diagnosis.fault()).isEqualTo("overheating_lubrication");
                assertThat(diagnosis.explanation())
                        .anyMatch(line -> line.startsWith("The nearest case confirmed at this site was another fault"));
            }
            assertThat(acts(site)).containsExactly("confirm dry", "correct misalignment the coupling was off");
            PastCases.Kept kept = Database.readOnly(site.store(), c -> PastCases.of(c, first.id()))
                    .orElseThrow();
            assertThat(kept.past().fault()).isEqualTo("misalignment");
            assertThat(kept.confirms()).isFalse();
            assertThat(kept.note()).isEqualTo("the coupling was off");
            assertThat(kept.by()).isEqualTo("anna");
            assertThat(PenstockCommand.run("eval", "--confirmed", "--model", "none", "--wrong", "--config", config))
                    .isEqualTo(ExitCode.DONE);
            assertThat(PenstockCommand.run("why", first.id(), "--blocked", "--config", config))
                    .isEqualTo(ExitCode.DONE);
        }
    }

    private static CaseRecord overheated(OtherSide plant, Gateway gateway, TestSite site, String pump)
            throws Exception {
        TestSite.awaitRunning(gateway);
        long now = System.currentTimeMillis();
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(now - 1_000, 60));
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(now, 118));
        return await("a case of " + pump)
                .atMost(PATIENCE)
                .until(() -> site.open(pump), Optional::isPresent)
                .orElseThrow();
    }

    private static Diagnosis newest(TestSite site, CaseRecord record) throws Exception {
        return Database.readOnly(site.store(), c -> CaseStore.diagnosis(c, record.id()))
                .orElseThrow();
    }

    private static List<String> acts(TestSite site) throws Exception {
        return Database.readOnly(site.store(), c -> {
            List<String> all = new ArrayList<>();
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT verb || ' ' || detail FROM v_operator ORDER BY time")) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
            return all;
        });
    }
}
