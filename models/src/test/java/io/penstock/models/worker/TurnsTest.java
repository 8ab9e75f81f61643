package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.models.language.Urgency;
import io.penstock.models.worker.Turns.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Turns turns = new Turns();
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    @Test
    void theMostUrgentGoesFirstAndOfEqualsTheOneThatCameFirst() throws Exception {
        assertThat(turns.take(Urgency.EVALUATION, 0)).isEqualTo(Turn.MINE);
        List<CompletableFuture<Void>> all = List.of(
                inBackground("measured", Urgency.EVALUATION),
                inBackground("asked", Urgency.QUESTION),
                inBackground("warned", Urgency.WARNING),
                inBackground("alarmed", Urgency.ALARM),
                inBackground("alarmed later", Urgency.ALARM));
        turns.give();
        all.forEach(CompletableFuture::join);
        assertThat(order).containsExactly("alarmed", "alarmed later", "warned", "asked", "measured");
        assertThat(turns.takeIdle()).isTrue();
    }

    @Test
    void whoComesTooLateLosesNobodysTurn() throws Exception {
        assertThat(turns.takeIdle()).isTrue();
        assertThat(turns.take(Urgency.ALARM, 1)).isEqualTo(Turn.LATE);
        assertThat(turns.takeIdle()).isFalse();
        turns.give();
        assertThat(turns.take(Urgency.ADVISORY, 0)).isEqualTo(Turn.MINE);
    }

    @Test
    void oneMoreThanMayWaitSendsTheLeastUrgentAway() throws Exception {
        assertThat(turns.takeIdle()).isTrue();
        CompletableFuture<Turn> least = CompletableFuture.supplyAsync(() -> taken(Urgency.EVALUATION));
        await().until(() -> turns.waiting() == 1);
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (int i = 1; i < Turns.MOST_WAITING; i++) {
            others.add(inBackground("warned", Urgency.WARNING));
        }
        assertThat(least).isNotDone();
        others.add(inBackground("alarmed", Urgency.ALARM));
        assertThat(least.join()).isEqualTo(Turn.CROWDED_OUT);
        assertThat(turns.waiting()).isEqualTo(Turns.MOST_WAITING);
        turns.give();
        others.forEach(CompletableFuture::join);
        assertThat(order).hasSize(Turns.MOST_WAITING).startsWith("alarmed");
    }

    /** Waits until it stands in the queue, so that the order of coming is known. */
    private CompletableFuture<Void> inBackground(String name, Urgency urgency) {
        int before = turns.waiting();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            taken(urgency);
            order.add(name);
            turns.give();
            done.complete(null);
        });
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> turns.waiting() == Math.min(before + 1, Turns.MOST_WAITING) && threadIsIn(before));
        return done;
    }

    private boolean threadIsIn(int before) {
        return turns.waiting() > before || before == Turns.MOST_WAITING;
    }

    private Turn taken(Urgency urgency) {
        try {
            return turns.take(urgency, MINUTE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
