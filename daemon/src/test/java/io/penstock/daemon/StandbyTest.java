package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.models.manifest.Catalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real daemons with a real model each, over mutual TLS: one answers when the other's model does not. */
class StandbyTest {
    @TempDir
    Path folder;

    @BeforeAll
    static void theModelIsHere() throws Exception {
        TwoNodes.pullTheModel();
    }

    @Test
    @Tag("slow")
    void theOtherNodeAnswersWhenTheModelHereHangsAndWhenItWasKilled() throws Exception {
        TwoNodes nodes = new TwoNodes(folder);
        TestSite site = new TestSite(nodes.a);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config = site.config(
                    new String[] {"pump-1", "pump-2", "pump-3"}, TestSite.mqtt(broker.uri()), nodes.standingBy());
            try (DaemonProcess b = nodes.startB(broker.uri());
                    DaemonProcess a = DaemonProcess.start(config);
                    PahoSide plant = new PahoSide(broker.uri())) {
                TwoNodes.awaitModel(a);
                await("the standby is ready")
                        .atMost(TwoNodes.PATIENCE)
                        .until(() -> TwoNodes.standby(a).path("ready").asBoolean());

                Diagnosis here = alarmed(a, plant, site, "pump-1");
                assertThat(here.stage()).as(here.note()).isEqualTo(Diagnosis.Stage.EXPLAINED);
                assertThat(opinion(here).model()).isEqualTo(Catalogue.DEFAULT_LANGUAGE_MODEL);

                long pid = TwoNodes.model(a).path("pid").asLong();
                TwoNodes.signal("STOP", pid);
                Diagnosis hung = alarmed(a, plant, site, "pump-2");
                assertThat(hung.stage()).as(hung.note()).isEqualTo(Diagnosis.Stage.EXPLAINED);
                assertThat(opinion(hung).model()).isEqualTo("gw-b");
                // the other node says which weights answered: the same as here
                assertThat(opinion(hung).sha256()).isEqualTo(opinion(here).sha256());
                assertThat(reasons(hung))
                        .anyMatch(r -> r.startsWith("tried for ") && r.contains("the model did not answer in time"))
                        .contains("answered by gw-b (standby)");

                await("the hung process was killed and another one runs")
                        .atMost(TwoNodes.PATIENCE)
                        .until(() -> TwoNodes.model(a).path("pid").asLong() != pid);
                // known to be down it costs no try
                long now = TwoNodes.model(a).path("pid").asLong();
                if (now > 0) {
                    TwoNodes.signal("KILL", now);
                }
                Diagnosis killed = alarmed(a, plant, site, "pump-3");
                assertThat(killed.stage()).as(killed.note()).isEqualTo(Diagnosis.Stage.EXPLAINED);
                assertThat(opinion(killed).model()).isEqualTo("gw-b");
                assertThat(reasons(killed)).contains("answered by gw-b (standby)");

                assertThat(b.status().path("serve").path("answered").asLong()).isGreaterThanOrEqualTo(4);
                assertThat(TwoNodes.standby(a).path("answers").asLong()).isEqualTo(2);
                assertThat(rows(site)).as("one diagnosis a case").isEqualTo(3);
                assertThat(why(config, killed.id())).contains("model gw-b, sha256 ", "answered by gw-b (standby)");
                a.stop();
                b.stop();
                assertThat(b.log()).doesNotContain("pump-3", "bearing_temp_c");
            }
        }
    }

    private String why(Path config, String id) throws Exception {
        Path log = folder.resolve("why.log");
        Process why = DaemonProcess.command(log, "why", "--config", config.toString(), id);
        assertThat(why.waitFor(TwoNodes.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(why.exitValue()).isEqualTo(ExitCode.DONE);
        return Files.readString(log);
    }

    private static Diagnosis alarmed(DaemonProcess daemon, PahoSide plant, TestSite site, String pump)
            throws Exception {
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.5));
        try {
            return await("a diagnosis of " + pump + " that is ended")
                    .atMost(TwoNodes.PATIENCE)
                    .failFast("the daemon ended", () -> !daemon.handle().isAlive())
                    .until(() -> diagnosis(site, pump), Optional::isPresent)
                    .orElseThrow();
        } catch (ConditionTimeoutException | TerminalFailureException e) {
            throw new AssertionError(e.getMessage() + "; its log:\n" + daemon.log(), e);
        }
    }

    private static Optional<Diagnosis> diagnosis(TestSite site, String asset) throws Exception {
        return Database.readOnly(site.store(), c -> CaseStore.diagnoses(c, 10)).stream()
                .filter(d -> d.asset().equals(asset) && d.stage() != Diagnosis.Stage.RULES)
                .findFirst();
    }

    private static Diagnosis.Opinion opinion(Diagnosis diagnosis) {
        return Optional.ofNullable(diagnosis.opinion()).orElseThrow();
    }

    private static List<String> reasons(Diagnosis diagnosis) {
        return Optional.ofNullable(diagnosis.route()).orElseThrow().reasons();
    }

    private static long rows(TestSite site) throws Exception {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM diagnosis")) {
                return r.getLong(1);
            }
        });
    }
}
