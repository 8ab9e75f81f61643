package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a worker whose process is killed, hangs, eats too much, or gets a bad file. */
class WorkerDeathTest {
    private static final Prompt SHORT = new Prompt("Name the fault.", "Noise very high.");
    private static final Prompt LONG = new Prompt("x ".repeat(1000), "vibration high. ".repeat(150));
    private static final List<String> LABELS = List.of("cavitation", "imbalance");
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final InstantSource clock = now::get;

    @Test
    void killedDuringAnAnswerItSaysSoAndTheNextQuestionIsAnsweredByAnotherProcess() throws Exception {
        try (WorkerProcess worker = worker()) {
            worker.score(SHORT, LABELS, MINUTE);
            long pid = worker.status().pid();
            ModelUnavailable died = killedDuringAnAnswer(worker);
            assertThat(died.reason()).isEqualTo(Reason.DIED);
            assertThat(died).hasMessageContaining("signal 9");

            assertThat(worker.score(SHORT, LABELS, MINUTE).scores()).hasSize(2);
            assertThat(worker.status().pid()).isNotEqualTo(pid);
            assertThat(worker.status().deaths()).isEqualTo(1);
            assertThat(worker.status().starts()).isEqualTo(2);
        }
    }

    @Test
    void killedAgainBeforeItAnsweredItWaitsForItsBackOff() throws Exception {
        try (WorkerProcess worker = worker()) {
            worker.score(SHORT, LABELS, MINUTE);
            killedDuringAnAnswer(worker);
            worker.start();
            await().atMost(MINUTE).until(() -> worker.status().state() == WorkerStatus.State.RUNNING);
            killedDuringAnAnswer(worker);

            assertThatExceptionOfType(ModelUnavailable.class)
                    .isThrownBy(() -> worker.score(SHORT, LABELS, MINUTE))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.NOT_RUNNING))
                    .withMessageContaining("next start is at 2026-01-01T00:00:30Z");
            assertThat(worker.status().state()).isEqualTo(WorkerStatus.State.WAITING);

            now.updateAndGet(instant -> instant.plus(PAUSE));
            assertThat(worker.score(SHORT, LABELS, MINUTE).scores()).hasSize(2);
            assertThat(worker.status().deaths()).isEqualTo(2);
        }
    }

    @Test
    void killedTwiceItComesBackByItselfEvenWhereTheWallsClockStandsStill() throws Exception {
        Duration pause = Duration.ofMillis(200);
        WorkerSettings settings = WorkerSettings.defaults().withBackOff(pause, pause);
        try (WorkerProcess worker = Installed.writer(model(), settings, clock)) {
            worker.start();
            for (int death = 1; death <= 3; death++) {
                int starts = death;
                await().atMost(MINUTE)
                        .until(() -> worker.status().state() == WorkerStatus.State.RUNNING
                                && worker.status().starts() == starts);
                ProcessHandle.of(worker.status().pid()).orElseThrow().destroyForcibly();
            }
            await().atMost(MINUTE).until(() -> worker.status().starts() == 4);
        }
    }

    @Test
    void aStartThatFailedIsTriedAgainThoughNobodyAsks(@TempDir Path folder) throws Exception {
        Path late = folder.resolve("late.jar");
        Duration pause = Duration.ofMillis(200);
        WorkerSettings usual = WorkerSettings.defaults().withBackOff(pause, pause);
        WorkerSettings settings = new WorkerSettings(
                usual.deadline(),
                usual.loadDeadline(),
                usual.threads(),
                usual.threadsBatch(),
                0,
                0,
                pause,
                pause,
                false,
                0,
                late.toString());
        try (WorkerProcess worker = Installed.writer(model(), settings, InstantSource.system())) {
            worker.start();
            await().atMost(MINUTE).until(() -> worker.status().starts() > 2);
            assertThat(worker.status().problem()).contains("while loading, process");
            pointToOurClasses(late);
            await().atMost(MINUTE).until(() -> worker.status().state() == WorkerStatus.State.RUNNING);
            assertThat(worker.isReady()).isTrue();
        }
    }

    /** A jar that holds nothing but our own class path. */
    private static void pointToOurClasses(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                                .map(part -> Path.of(part).toUri().toString())
                                .collect(Collectors.joining(" ")));
        Path part = jar.resolveSibling("part");
        new JarOutputStream(Files.newOutputStream(part), manifest).close();
        Files.move(part, jar);
    }

    @Test
    void questionsWhoseTurnComesTooLateDoNotKillTheProcess() throws Exception {
        try (WorkerProcess worker = worker()) {
            worker.score(SHORT, LABELS, MINUTE);
            long pid = worker.status().pid();
            Duration before = processorTime(pid);
            // the child gives it up after a second and some, and the turn goes round among those who have hardly any
            // time left
            CompletableFuture<ModelUnavailable> first =
                    inBackground(() -> worker.complete(SHORT, "root ::= [a-z ]{2000}", 512, Duration.ofMillis(1_500)));
            await().atMost(MINUTE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> processorTime(pid).compareTo(before.plusMillis(20)) > 0);
            List<CompletableFuture<ModelUnavailable>> late = IntStream.range(0, 20)
                    .mapToObj(i -> inBackground(() -> worker.score(SHORT, LABELS, Duration.ofMillis(1_050 + 15L * i))))
                    .toList();
            assertThat(first.get(30, TimeUnit.SECONDS).reason()).isEqualTo(Reason.DEADLINE);
            for (CompletableFuture<ModelUnavailable> each : late) {
                assertThat(each.get(30, TimeUnit.SECONDS).reason()).isEqualTo(Reason.DEADLINE);
            }
            assertThat(worker.status().deaths()).isZero();
            assertThat(worker.status().pid()).isEqualTo(pid);
        }
    }

    private static ModelUnavailable killedDuringAnAnswer(WorkerProcess worker) throws Exception {
        long pid = worker.status().pid();
        Duration before = processorTime(pid);
        CompletableFuture<ModelUnavailable> asked = askInBackground(worker, LONG);
        await().atMost(MINUTE).until(() -> processorTime(pid).compareTo(before.plusSeconds(1)) > 0);
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        return asked.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aHangingProcessIsKilledAtTheDeadline() throws Exception {
        try (WorkerProcess worker = worker()) {
            worker.score(SHORT, LABELS, MINUTE);
            ProcessHandle process = ProcessHandle.of(worker.status().pid()).orElseThrow();
            signal("STOP", process.pid());
            long start = System.nanoTime();
            assertThatExceptionOfType(ModelUnavailable.class)
                    .isThrownBy(() -> worker.score(SHORT, LABELS, Duration.ofSeconds(1)))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.DEADLINE))
                    .withMessageContaining("was killed");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            assertThat(process.isAlive()).isFalse();
        }
    }

    @Test
    void aProcessThatHangsInTheMiddleOfATextIsKilledLongBeforeTheDeadline() throws Exception {
        try (WorkerProcess worker = onOneThread()) {
            worker.score(SHORT, LABELS, MINUTE);
            long pid = worker.status().pid();
            CompletableFuture<ModelUnavailable> asked = writing(worker);
            signal("STOP", pid);
            long stopped = System.nanoTime();
            ModelUnavailable died = asked.get(60, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - stopped)).isLessThan(Duration.ofSeconds(10));
            assertThat(died.reason()).isEqualTo(Reason.DIED);
            assertThat(died).hasMessageContaining("it stood still for 2 s in the middle of an answer");
            assertThat(worker.score(SHORT, LABELS, MINUTE).scores()).hasSize(2);
            assertThat(worker.status().pid()).isNotEqualTo(pid);
        }
    }

    @Test
    void aProcessThatIsHeldUpForAMomentGoesOn() throws Exception {
        try (WorkerProcess worker = onOneThread()) {
            worker.score(SHORT, LABELS, MINUTE);
            long pid = worker.status().pid();
            CompletableFuture<ModelUnavailable> asked = writing(worker);
            signal("STOP", pid);
            // three heartbeats are missed
            await().pollDelay(Duration.ofMillis(800)).until(() -> true);
            signal("CONT", pid);
            assertThat(asked).failsWithin(MINUTE).withThrowableThat().withMessageContaining("it was answered");
            assertThat(worker.status().pid()).isEqualTo(pid);
        }
    }

    /** Asks for a long text and returns when it is in the middle of it. */
    private static CompletableFuture<ModelUnavailable> writing(WorkerProcess worker) {
        long pid = worker.status().pid();
        Duration before = processorTime(pid);
        CompletableFuture<ModelUnavailable> asked =
                inBackground(() -> worker.complete(SHORT, "root ::= [a-z ]{2000}", 512, MINUTE));
        await().atMost(MINUTE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> processorTime(pid).compareTo(before.plusSeconds(1)) > 0);
        assertThat(asked).isNotDone();
        return asked;
    }

    private static void signal(String signal, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static WorkerProcess onOneThread() {
        return Installed.writer(model(), WorkerSettings.defaults().withThreads(1, 1), InstantSource.system());
    }

    @Test
    void aProcessOverItsMemoryIsKilledAndSaysSo() {
        WorkerSettings small = WorkerSettings.defaults().withBounds(64, 0).withBackOff(PAUSE, PAUSE);
        try (WorkerProcess worker = Installed.writer(model(), small, clock)) {
            // loading may end before the watcher looks: then a later question meets the death
            await().atMost(MINUTE)
                    .untilAsserted(() -> assertThatExceptionOfType(ModelUnavailable.class)
                            .isThrownBy(() -> worker.score(LONG, LABELS, MINUTE))
                            .withMessageContaining("its bound is 64 MiB"));
        }
    }

    @Test
    void closingEndsTheProcess() throws ModelUnavailable {
        WorkerProcess worker = worker();
        worker.score(SHORT, LABELS, MINUTE);
        ProcessHandle process = ProcessHandle.of(worker.status().pid()).orElseThrow();
        worker.close();
        worker.close();
        assertThat(process.isAlive()).isFalse();
        assertThat(worker.status().state()).isEqualTo(WorkerStatus.State.CLOSED);
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.score(SHORT, LABELS, MINUTE))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    }

    @Test
    void closingDoesNotWaitForAStart() throws Exception {
        MemoryBudget budget = new MemoryBudget(2_000);
        try (WorkerProcess other = sharing(budget);
                WorkerProcess worker = sharing(budget)) {
            other.score(SHORT, LABELS, MINUTE);
            worker.score(SHORT, LABELS, MINUTE);
            long pid = other.status().pid();
            Duration before = processorTime(pid);
            CompletableFuture<ModelUnavailable> answering =
                    inBackground(() -> other.complete(SHORT, "root ::= [a-z ]{2000}", 512, Duration.ofSeconds(4)));
            await().atMost(MINUTE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> processorTime(pid).compareTo(before.plusMillis(20)) > 0);
            // it comes back, and leaves the processors to the other's answer meanwhile
            ProcessHandle.of(worker.status().pid()).orElseThrow().destroyForcibly();
            await().atMost(MINUTE).until(() -> worker.status().state() == WorkerStatus.State.STARTING);
            long start = System.nanoTime();
            worker.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
            assertThat(answering).as("it was still in the middle of it").isNotDone();
        }
    }

    private static WorkerProcess sharing(MemoryBudget budget) {
        return new WorkerProcess(
                model(),
                Installed.natives(ModelManifest.Format.GGUF),
                List.of(),
                WorkerSettings.defaults(),
                budget,
                InstantSource.system());
    }

    @Test
    void aQuestionStillLoadingAtItsDeadlineIsNotAnsweredButLoadingGoesOn() throws ModelUnavailable {
        try (WorkerProcess worker = worker()) {
            assertThatExceptionOfType(ModelUnavailable.class)
                    .isThrownBy(() -> worker.score(SHORT, LABELS, Duration.ofMillis(5)))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.NOT_RUNNING));
            assertThat(worker.score(SHORT, LABELS, MINUTE).scores()).hasSize(2);
            assertThat(worker.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void theChildDiesWithItsParentEvenInTheMiddleOfAnAnswer() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ShortLivedParent.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            long childPid = Long.parseLong(parent.inputReader().readLine());
            ProcessHandle child = ProcessHandle.of(childPid).orElseThrow();
            Duration before = processorTime(childPid);
            await().atMost(MINUTE).until(() -> processorTime(childPid).compareTo(before.plusSeconds(1)) > 0);
            parent.destroyForcibly();
            child.onExit().get(10, TimeUnit.SECONDS);
            assertThat(child.isAlive()).isFalse();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void damagedFilesAreRefusedBeforeAnyProcessStarts(@TempDir Path folder) throws Exception {
        Path good = model().file();
        refused(corruptHeader(good, folder.resolve("corrupt.gguf")), "has a corrupt header");
        refused(truncated(good, folder.resolve("truncated.gguf"), 50_000_000), "it is truncated");
        refused(truncated(good, folder.resolve("stub.gguf"), 100_000), "it is truncated");
        refused(Files.writeString(folder.resolve("page.gguf"), "<html>not found</html>"), "it is no GGUF file");
        refused(Files.createFile(folder.resolve("empty.gguf")), "it is truncated");
        refused(folder.resolve("missing.gguf"), "is missing");
    }

    @Test
    void damagedWeightsAreRefusedByTheirChecksum(@TempDir Path folder) throws Exception {
        Path damaged = Files.copy(model().file(), folder.resolve("damaged.gguf"));
        try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
            file.seek(60_000_000);
            file.write(1);
        }
        ModelManifest manifest = ModelManifest.ofFile(
                damaged,
                ModelManifest.Template.CHATML,
                2048,
                512,
                model().manifest().sha256());
        refused(InstalledModel.ofFile(manifest, damaged), "manifest says b179c9523d0e6a0f");
    }

    private void refused(Path file, String why) {
        ModelManifest manifest = ModelManifest.ofFile(file, ModelManifest.Template.CHATML, 2048, 512, null);
        refused(InstalledModel.ofFile(manifest, file), why);
    }

    private void refused(InstalledModel model, String why) {
        try (WorkerProcess worker = Installed.writer(model, WorkerSettings.defaults(), clock)) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatExceptionOfType(ModelUnavailable.class)
                        .isThrownBy(() -> worker.score(SHORT, LABELS, MINUTE))
                        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
                        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"))
                        .withMessageContaining(why)
                        .withMessageContaining(model.file().toString());
            }
            assertThat(worker.status().starts()).isZero();
            assertThat(worker.status().state()).isEqualTo(WorkerStatus.State.REFUSED);
        }
    }

    private static Path corruptHeader(Path good, Path bad) throws IOException {
        Files.copy(good, bad);
        try (RandomAccessFile file = new RandomAccessFile(bad.toFile(), "rw")) {
            file.seek(8);
            file.write(new byte[] {-1, -1, -1, -1, -1, -1, -1, 127});
        }
        return bad;
    }

    private static Path truncated(Path good, Path bad, long bytes) throws IOException {
        Files.copy(good, bad);
        try (RandomAccessFile file = new RandomAccessFile(bad.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return bad;
    }

    private WorkerProcess worker() {
        return Installed.writer(model(), WorkerSettings.defaults().withBackOff(PAUSE, PAUSE.multipliedBy(4)), clock);
    }

    private static InstalledModel model() {
        return Installed.model(Catalogue.DEFAULT_LANGUAGE_MODEL);
    }

    private static CompletableFuture<ModelUnavailable> askInBackground(WorkerProcess worker, Prompt prompt) {
        return inBackground(() -> worker.score(prompt, LABELS, MINUTE));
    }

    private interface Ask {
        Object ask() throws ModelUnavailable;
    }

    private static CompletableFuture<ModelUnavailable> inBackground(Ask ask) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        throw new IllegalStateException("it was answered: " + ask.ask());
                    } catch (ModelUnavailable e) {
                        return e;
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static Duration processorTime(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }
}
