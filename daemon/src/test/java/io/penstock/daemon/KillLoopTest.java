package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway with two workers of the same weights whose answering one is killed in the middle of an answer, at a random moment, two
 * hundred times ({@code -Dpenstock.kills=N}), each time after both ran again and one answer came undisturbed: every case is explained, once.
 */
@Tag("fault")
class KillLoopTest {
    private static final int KILLS = Integer.getInteger("penstock.kills", 200);
    private static final int FIRST = 10;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SEED = 20_260_101;

    @TempDir
    Path folder;

    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

    @Test
    void killedInTheMiddleOfItsAnswersNoCaseIsLostAndNoneDoubled() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore models = ModelStore.standard();
        ModelManifest manifest =
                catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow();
        Path weights = models.pull(manifest, PullProgress.SILENT).file();
        models.pull(catalogue.nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
        String[] pumps = IntStream.rangeClosed(1, FIRST + 4 * KILLS)
                .mapToObj(n -> "pump-" + n)
                .toArray(String[]::new);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            GatewaySettings settings = new TestSite(folder)
                    .settings(pumps, TestSite.mqtt(broker.uri()), TestSite.publish(broker.uri()), """
                            [cases]
                            most_announcements = 1000
                            [infer]
                            deadline = "60s"
                            take_over = "20s"
                            [[infer.expert]]
                            name = "twin"
                            roles = ["fallback_general"]
                            file = "%s"
                            sha256 = "%s"
                            memory_mib = 512
                            pin = true
                            [route]
                            semantic = false
                            """.formatted(
                                    weights, manifest.sha256()));
            try (Gateway gateway = Gateway.start(settings, InstantSource.system());
                    PahoSide plant = new PahoSide(broker.uri())) {
                await().atMost(PATIENCE)
                        .until(() -> gateway.status().sources().stream()
                                        .allMatch(s -> s.health().state() == SourceHealth.State.RUNNING)
                                && bothRun(gateway));
                run(gateway, plant, settings.store().file(), pumps);
            } finally {
                later.shutdownNow();
            }
        }
    }

    private void run(Gateway gateway, PahoSide plant, Path store, String[] pumps) throws Exception {
        Random random = new Random(SEED);
        List<Long> normal = new ArrayList<>();
        List<Long> killed = new ArrayList<>();
        int next = 0;
        // the first two answers read all of the prompt
        for (int i = 0; i < FIRST; i++) {
            alarm(plant, pumps[next]);
            normal.add(millisToExplanation(awaitEnd(store, pumps[next++])));
        }
        List<Long> steady = new ArrayList<>(normal.subList(2, normal.size()));
        long usual = percentile(steady, 0.5);
        while (killed.size() < KILLS && next + 1 < pumps.length) {
            await("both run again").atMost(PATIENCE).until(() -> bothRun(gateway));
            // an answer ends a worker's deaths in a row, after each of which it would wait longer
            alarm(plant, pumps[next]);
            steady.add(millisToExplanation(awaitEnd(store, pumps[next++])));
            String pump = pumps[next++];
            List<WorkerStatus> before = gateway.status().models();
            List<Duration> used =
                    before.stream().map(m -> processorTime(m.pid())).toList();
            alarm(plant, pump);
            long[] busy = new long[1];
            await("a worker answers")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        for (int i = 0; i < used.size(); i++) {
                            long pid = before.get(i).pid();
                            if (pid > 0
                                    && processorTime(pid).compareTo(used.get(i).plusMillis(20)) > 0) {
                                busy[0] = pid;
                            }
                        }
                        return busy[0] > 0 || ended(store, pump).isPresent();
                    });
            boolean inTheMiddle = later.schedule(
                            () -> {
                                boolean waits = ended(store, pump).isEmpty();
                                ProcessHandle.of(busy[0]).ifPresent(ProcessHandle::destroyForcibly);
                                return waits;
                            },
                            random.nextLong(usual),
                            TimeUnit.MILLISECONDS)
                    .get();
            Diagnosis end = awaitEnd(store, pump);
            assertThat(end.stage()).as("%s: %s", end.note(), end.route()).isEqualTo(Diagnosis.Stage.EXPLAINED);
            assertThat(end.timing().explanationMicros()).as(end.note()).isPositive();
            if (inTheMiddle && end.route().reasons().stream().anyMatch(r -> r.contains("process died"))) {
                killed.add(millisToExplanation(end));
            }
        }
        System.out.printf(
                "normal p50 %d ms, p95 %d ms (%d answers); killed in the middle p50 %d ms, p95 %d ms, worst %d ms (%d kills)%n",
                percentile(steady, 0.5),
                percentile(steady, 0.95),
                steady.size(),
                percentile(killed, 0.5),
                percentile(killed, 0.95),
                percentile(killed, 1),
                killed.size());
        assertThat(killed).hasSize(KILLS);
        assertThat(explainedMessages(store))
                .as("each explained diagnosis is told once")
                .isEqualTo(next);
        assertThat(percentile(killed, 0.95))
                .as("milliseconds at p95, against twice those without a kill")
                .isLessThanOrEqualTo(2 * percentile(steady, 0.95));
        assertThat(percentile(killed, 1)).as("milliseconds").isLessThan(DEADLINE.toMillis() / 2);
    }

    private static boolean bothRun(Gateway gateway) {
        return gateway.status().models().stream().allMatch(m -> m.state() == WorkerStatus.State.RUNNING);
    }

    /** Messages of explained diagnoses, each under its own key. */
    private static long explainedMessages(Path store) throws StoreFailed {
        return Database.readOnly(store, c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery(
                            "SELECT count(*), count(DISTINCT key) FROM outbox WHERE topic LIKE '%/diagnosis'"
                                    + " AND payload LIKE '%\"stage\":\"explained\"%'")) {
                assertThat(r.getLong(1)).isEqualTo(r.getLong(2));
                return r.getLong(1);
            }
        });
    }

    private static long millisToExplanation(Diagnosis d) {
        return (d.timing().explanationMicros() - d.timing().alarmMicros()) / 1_000;
    }

    private static long percentile(List<Long> values, double share) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(share * sorted.size())));
    }

    /** Each with another value: an equal question would be read already. */
    private static void alarm(PahoSide plant, String pump) throws Exception {
        double value = 85 + Integer.parseInt(pump.substring("pump-".length())) / 10.0;
        plant.publish("plant/" + pump + "/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), value));
    }

    private static Diagnosis awaitEnd(Path store, String asset) {
        return await("a diagnosis of " + asset + " that is ended")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> ended(store, asset), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<Diagnosis> ended(Path store, String asset) throws StoreFailed {
        return Database.readOnly(store, c -> CaseStore.diagnoses(c, 3)).stream()
                .filter(d -> d.asset().equals(asset) && d.stage() != Diagnosis.Stage.RULES)
                .findFirst();
    }

    private static Duration processorTime(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }
}
