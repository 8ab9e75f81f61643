package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BackOffTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration MIN = Duration.ofSeconds(1);
    private static final Duration MAX = Duration.ofSeconds(5);

    @Test
    void theFirstFailureCostsNoPauseAndEachFurtherOneInARowDoublesItUpToTheBound() {
        BackOff backOff = BackOff.NONE;
        assertThat(backOff.allows(NOW)).isTrue();
        backOff = backOff.afterFailure(NOW, MIN, MAX);
        assertThat(backOff.allows(NOW)).isTrue();
        for (int seconds : new int[] {1, 2, 4, 5, 5}) {
            backOff = backOff.afterFailure(NOW, MIN, MAX);
            assertThat(backOff.notBefore()).isEqualTo(NOW.plusSeconds(seconds));
            assertThat(backOff.allows(NOW.plusSeconds(seconds).minusNanos(1))).isFalse();
            assertThat(backOff.allows(NOW.plusSeconds(seconds))).isTrue();
        }
    }

    @Test
    void aHundredFailuresStillWaitNoLongerThanTheBound() {
        BackOff backOff = BackOff.NONE;
        for (int i = 0; i < 100; i++) {
            backOff = backOff.afterFailure(NOW, MIN, MAX);
        }
        assertThat(backOff.notBefore()).isEqualTo(NOW.plus(MAX));
    }

    @Test
    void aRefusalWaitsTheLongestPauseAtOnce() {
        assertThat(BackOff.NONE.afterRefusal(NOW, MAX).notBefore()).isEqualTo(NOW.plus(MAX));
    }
}
