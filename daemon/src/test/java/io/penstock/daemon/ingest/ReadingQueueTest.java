package io.penstock.daemon.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadingQueueTest {
    private static final ChannelId CHANNEL = new ChannelId("a", "b");

    private static Delivery of(int readings) {
        Reading reading = new Reading.Scalar(CHANNEL, 1, 1, Quality.GOOD, 1);
        return new Delivery(Collections.nCopies(readings, reading), () -> {});
    }

    @Test
    void aFullQueueRefusesAfterItsPatienceAndCountsIt() {
        ReadingQueue queue = new ReadingQueue(10, Duration.ofMillis(5));
        assertThat(queue.offer(of(8))).isTrue();
        assertThat(queue.offer(of(3))).isFalse();
        assertThat(queue.offer(of(2))).isTrue();
        assertThat(queue.counts()).isEqualTo(new ReadingQueue.Counts(10, 10, 1));
    }

    @Test
    void aSourceThatWaitsGoesOnWhenTheLaneTakes() throws Exception {
        ReadingQueue queue = new ReadingQueue(10, Duration.ofMinutes(1));
        queue.offer(of(10));
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> queue.offer(of(10)));
        assertThat(queue.take(10, Duration.ZERO, Duration.ofSeconds(10))).hasSize(1);
        assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aDeliveryLargerThanTheQueueIsTakenWhenTheQueueIsEmpty() throws Exception {
        ReadingQueue queue = new ReadingQueue(10, Duration.ZERO);
        assertThat(queue.offer(of(25))).isTrue();
        assertThat(queue.take(10, Duration.ZERO, Duration.ZERO)).hasSize(1);
    }

    @Test
    void aBatchHoldsNoMoreThanAsked() throws Exception {
        ReadingQueue queue = new ReadingQueue(100, Duration.ZERO);
        for (int i = 0; i < 10; i++) {
            queue.offer(of(3));
        }
        List<Delivery> batch = queue.take(10, Duration.ZERO, Duration.ZERO);
        assertThat(batch).hasSize(3);
        assertThat(queue.counts().waiting()).isEqualTo(21);
    }

    @Test
    void aBatchIsTakenWithoutWaitingOnlyWhereAWholeOneIsThere() {
        ReadingQueue queue = new ReadingQueue(100, Duration.ZERO);
        queue.offer(of(3));
        queue.offer(of(6));
        assertThat(queue.takeFull(10)).isEmpty();
        assertThat(queue.counts().waiting()).isEqualTo(9);
        queue.offer(of(1));
        assertThat(queue.takeFull(10)).hasSize(3);
        assertThat(queue.takeFull(10)).isEmpty();
    }

    @Test
    void aClosedQueueRefusesButGivesWhatItHolds() throws Exception {
        ReadingQueue queue = new ReadingQueue(100, Duration.ofMinutes(1));
        queue.offer(of(3));
        queue.close();
        assertThat(queue.offer(of(1))).isFalse();
        assertThat(queue.take(10, Duration.ofMinutes(1), Duration.ofMinutes(1))).hasSize(1);
        assertThat(queue.take(10, Duration.ofMinutes(1), Duration.ofMinutes(1))).isEmpty();
    }
}
