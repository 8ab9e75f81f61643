package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.Inference;
import io.penstock.daemon.peer.PeerSettings;
import io.penstock.daemon.peer.Standby;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import io.penstock.models.worker.WorkerStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long it takes until a standby, a real daemon with a real model, is at a question that the model here does not answer. */
@Tag("fault")
class TakeOverTest {
    private static final int RUNS = Integer.getInteger("penstock.takeover.runs", 100);
    /** So that the writing takes some seconds. */
    private static final int MANY_TOKENS = 200;

    private static final Duration BOUND = Duration.ofSeconds(2);
    private static final List<String> LABELS = List.of("bearing outer race", "imbalance", "leak", "misalignment");
    private static final Inference.Questions QUESTIONS = new Inference.Questions(
            new Prompt(
                    "You help the operator of a machine.", "Evidence:\n[1] bearing temperature very high\n", "Fault:"),
            LABELS,
            new Prompt(
                    "You help the operator of a machine.", "Evidence:\n[1] bearing temperature very high\n", "JSON:"),
            "root ::= \"{\" [a-z]{1,3} \"}\"",
            text -> text.startsWith("{") ? "" : "the answer is no JSON object");

    @TempDir
    Path folder;

    private enum Trouble {
        KILLED,
        HUNG,
        SLOW,
        WRONG_FORM
    }

    @BeforeAll
    static void theModelIsHere() throws Exception {
        TwoNodes.pullTheModel();
    }

    @Test
    void aStandbyIsAtItWithinTwoSecondsAfterAtMostOneFailedTry() throws Exception {
        TwoNodes nodes = new TwoNodes(folder);
        InstantSource clock = InstantSource.system();
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            String usual = nodes.standingBy().replace("take_over = \"5s\"\n", "");
            var settings = new TestSite(nodes.a).settings(new String[] {"pump-1"}, TestSite.mqtt(broker.uri()), usual);
            PeerSettings peers = settings.peers();
            try (DaemonProcess b = nodes.startB(broker.uri());
                    Standby standby = new Standby(peers.standbys().getFirst(), clock);
                    WorkerProcess worker = worker(clock)) {
                await("the other node answers")
                        .atMost(TwoNodes.PATIENCE)
                        .until(() -> standby.probe() instanceof Standby.Probe.Ready);
                // a tiny question that came while it still read ahead
                long early = standby.status().wire().failures();
                List<Duration> handed = new ArrayList<>();
                List<Duration> labelled = new ArrayList<>();
                for (int run = 0; run < RUNS; run++) {
                    Trouble trouble = Trouble.values()[run % Trouble.values().length];
                    Breakers breakers = new Breakers(clock);
                    breakers.ready("here");
                    breakers.ready("gw-b");
                    List<Expert> candidates = List.of(
                            new Expert("here", "", here(trouble, worker), Expert.Kind.LOCAL),
                            new Expert("gw-b", "", standby.model(), Expert.Kind.STANDBY));
                    var began = clock.instant();
                    CompletableFuture<Void> done = trouble(trouble, worker);
                    Inference.Outcome outcome =
                            new Inference(settings.infer(), breakers, clock).ask(candidates, QUESTIONS);
                    done.join();
                    assertThat(outcome.expert())
                            .as(trouble + ": " + outcome.attempts())
                            .isNotNull();
                    assertThat(outcome.attempts())
                            .as(trouble.name())
                            .extracting(Inference.Attempt::name)
                            .containsExactly("here", "gw-b");
                    assertThat(outcome.attempts().stream().filter(a -> !a.why().isEmpty()))
                            .as("failed tries")
                            .hasSize(1);
                    assertThat(outcome.completion()).isNotNull();
                    handed.add(outcome.attempts().getFirst().took());
                    if (outcome.labelAt() != null) {
                        labelled.add(Duration.between(began, outcome.labelAt()));
                    }
                }
                System.out.printf(
                        Locale.ROOT,
                        "take-over, %d runs: handed on after p50 %d ms, p95 %d ms, most %d ms; label after p50 %d ms, p95 %d ms%n",
                        RUNS,
                        at(handed, 0.5).toMillis(),
                        at(handed, 0.95).toMillis(),
                        at(handed, 1).toMillis(),
                        at(labelled, 0.5).toMillis(),
                        at(labelled, 0.95).toMillis());
                assertThat(at(handed, 0.95)).isLessThan(BOUND);
                // what the standby was asked, and nothing of it twice: a label and an explanation a run at most
                assertThat(standby.status().wire().failures()).isEqualTo(early);
                assertThat(standby.status().wire().tries() - standby.status().probes())
                        .isEqualTo(2L * RUNS);
                b.stop();
            }
        }
    }

    @Test
    void aModelThatHangsInTheMiddleOfItsTextHandsOnWithinSecondsNotAtHalfTheDeadline() throws Exception {
        InstantSource clock = InstantSource.system();
        InferSettings settings =
                new InferSettings(List.of(), 0, Duration.ofMinutes(2), Duration.ofSeconds(20), MANY_TOKENS);
        Inference.Questions questions = new Inference.Questions(
                QUESTIONS.label(), LABELS, QUESTIONS.explanation(), "root ::= [a-z ]{2000}", text -> "");
        try (WorkerProcess here = worker(clock);
                WorkerProcess other = worker(clock)) {
            for (WorkerProcess each : List.of(here, other)) {
                each.score(QUESTIONS.label(), LABELS, TwoNodes.PATIENCE);
            }
            Breakers breakers = new Breakers(clock);
            breakers.ready("here");
            breakers.ready("other");
            Instant began = clock.instant();
            AtomicReference<Instant> stopped = new AtomicReference<>(Instant.MIN);
            Inference.Outcome outcome = new Inference(settings, breakers, clock)
                    .ask(
                            List.of(
                                    new Expert("here", "aa", new HangsWriting(here, stopped), Expert.Kind.LOCAL),
                                    new Expert("other", "aa", other, Expert.Kind.LOCAL)),
                            questions);
            assertThat(outcome.expert()).isNotNull().extracting(Expert::name).isEqualTo("other");
            assertThat(outcome.attempts().getFirst().why())
                    .contains("the model's process died", "it stood still for 2 s in the middle of an answer");
            Instant handed = began.plus(outcome.attempts().getFirst().took());
            assertThat(Duration.between(stopped.get(), handed)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static WorkerProcess worker(InstantSource clock) throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        return new WorkerProcess(
                store.locate(catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow()),
                store.locate(catalogue.nativesFor(ModelManifest.Format.GGUF)),
                WorkerSettings.defaults().withThreads(1, 1).withBackOff(Duration.ofMillis(20), Duration.ofMillis(20)),
                clock);
    }

    /** The model here: a real process for the troubles of processes, a script for those of answers. */
    private static LanguageModel here(Trouble trouble, WorkerProcess worker) {
        return trouble == Trouble.SLOW || trouble == Trouble.WRONG_FORM ? new Scripted(trouble) : worker;
    }

    private static CompletableFuture<Void> trouble(Trouble trouble, WorkerProcess worker) throws Exception {
        if (trouble == Trouble.SLOW || trouble == Trouble.WRONG_FORM) {
            return CompletableFuture.completedFuture(null);
        }
        await("the model here is loaded").atMost(TwoNodes.PATIENCE).until(() -> {
            worker.start();
            return worker.status().state() == WorkerStatus.State.RUNNING;
        });
        long pid = worker.status().pid();
        if (trouble == Trouble.HUNG) {
            TwoNodes.signal("STOP", pid);
            return CompletableFuture.completedFuture(null);
        }
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        // in the middle of its answer
        return onceItComputed(process, Duration.ofMillis(10), process::destroyForcibly);
    }

    private static CompletableFuture<Void> onceItComputed(ProcessHandle process, Duration time, Runnable then) {
        Duration before = computed(process);
        return CompletableFuture.runAsync(() -> {
            await().atMost(TwoNodes.PATIENCE)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> computed(process).compareTo(before.plus(time)) > 0);
            then.run();
        });
    }

    private static Duration computed(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static Duration at(List<Duration> all, double share) {
        List<Duration> sorted = all.stream().sorted().toList();
        return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }

    /** Is stopped when it has written for some time. */
    private record HangsWriting(WorkerProcess worker, AtomicReference<Instant> stopped) implements LanguageModel {
        @Override
        public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
            return worker.score(prompt, labels, deadline);
        }

        @Override
        public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                throws ModelUnavailable {
            long pid = worker.status().pid();
            // its prompt is read in a small part of this
            CompletableFuture<Void> stop =
                    onceItComputed(ProcessHandle.of(pid).orElseThrow(), Duration.ofMillis(800), () -> {
                        try {
                            TwoNodes.signal("STOP", pid);
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                        stopped.set(Instant.now());
                    });
            try {
                return worker.complete(prompt, grammar, maxTokens, deadline);
            } finally {
                stop.join();
            }
        }

        @Override
        public void close() {}
    }

    private record Scripted(Trouble trouble) implements LanguageModel {
        @Override
        public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
            if (trouble == Trouble.SLOW) {
                waitFor(deadline);
                throw new ModelUnavailable(ModelUnavailable.Reason.DEADLINE, "slow");
            }
            List<LabelScores.Score> scores = labels.stream()
                    .map(label -> new LabelScores.Score(label, -1, 1.0 / labels.size()))
                    .toList();
            return new LabelScores(scores, 1, 0, Duration.ZERO);
        }

        @Override
        public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline) {
            return new Completion("Certainly! It is", 1, 0, 3, Completion.Stop.END, Duration.ZERO);
        }

        private static void waitFor(Duration deadline) {
            try {
                if (new CountDownLatch(1).await(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("nobody counts it down");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {}
    }
}
