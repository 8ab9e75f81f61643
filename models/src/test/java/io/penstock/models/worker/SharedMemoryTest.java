package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.penstock.models.language.Completion;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Several real workers in too little memory for all of them. */
class SharedMemoryTest {
    private static final Prompt PROMPT = new Prompt("Name the fault.", "Noise is very high.");
    private static final List<String> LABELS = List.of("cavitation", "imbalance");

    private final MemoryBudget budget = new MemoryBudget(1_100);

    @Test
    void workersStartWhenAskedAndTheLongestUnusedMakesRoomForTheNext() throws Exception {
        try (WorkerProcess first = worker(false);
                WorkerProcess second = worker(false);
                WorkerProcess third = worker(false)) {
            assertThat(first.status().state()).isEqualTo(WorkerStatus.State.STOPPED);
            first.score(PROMPT, LABELS, MINUTE);
            second.score(PROMPT, LABELS, MINUTE);
            first.score(PROMPT, LABELS, MINUTE);
            third.score(PROMPT, LABELS, MINUTE);
            assertThat(second.status().state()).isEqualTo(WorkerStatus.State.STOPPED);
            assertThat(second.status().evictions()).isEqualTo(1);
            assertThat(second.status().deaths()).as("it was asked to end").isZero();
            assertThat(first.status().state()).isEqualTo(WorkerStatus.State.RUNNING);

            second.score(PROMPT, LABELS, MINUTE);
            assertThat(first.status().evictions()).isEqualTo(1);
            assertThat(third.status().evictions()).isZero();
        }
    }

    @Test
    void aPinnedOneAndOneInTheMiddleOfAnAnswerKeepTheirRoom() throws Exception {
        try (WorkerProcess pinned = worker(true);
                WorkerProcess busy = worker(false);
                WorkerProcess late = worker(false)) {
            pinned.score(PROMPT, LABELS, MINUTE);
            busy.score(PROMPT, LABELS, MINUTE);
            ProcessHandle process = ProcessHandle.of(busy.status().pid()).orElseThrow();
            Duration before = process.info().totalCpuDuration().orElseThrow();
            CompletableFuture<Completion> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return busy.complete(
                            new Prompt("Go on.", "high noise ".repeat(120)), "root ::= [a-z ]{800}", 120, MINUTE);
                } catch (ModelUnavailable e) {
                    throw new IllegalStateException(e);
                }
            });
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> process.info().totalCpuDuration().orElseThrow().compareTo(before.plusMillis(30)) > 0);
            assertThatExceptionOfType(ModelUnavailable.class)
                    .isThrownBy(() -> late.score(PROMPT, LABELS, MINUTE))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.NO_ROOM))
                    .withMessageContaining("while others answer");
            assertThat(answer.join().generatedTokens()).isPositive();
            late.score(PROMPT, LABELS, MINUTE);
            assertThat(busy.status().evictions()).isEqualTo(1);
            assertThat(pinned.status().evictions()).isZero();
        }
    }

    private WorkerProcess worker(boolean pinned) {
        return new WorkerProcess(
                Installed.model(Catalogue.DEFAULT_LANGUAGE_MODEL),
                Installed.natives(ModelManifest.Format.GGUF),
                List.of(),
                WorkerSettings.defaults().withBounds(512, 0).withPinned(pinned),
                budget,
                InstantSource.system());
    }
}
