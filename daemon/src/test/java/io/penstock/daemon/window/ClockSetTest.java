package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClockSetTest {
    private static final long NOW = 1_795_600_000_000_000L;
    private static final long BY = NOW - 120_000_000L;

    @Test
    void aMomentByTheUnsetClockMovesAndOneThatWasRightStays() {
        ClockSet set = new ClockSet(BY, NOW);
        assertThat(set.moved(100_000_000L)).isEqualTo(NOW - 20_000_000L);
        assertThat(set.moved(NOW - 500_000L)).isEqualTo(NOW - 500_000L);
    }

    @Test
    void whatNeverWasStaysNever() {
        assertThat(new ClockSet(BY, NOW).moved(Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void afterASmallCorrectionATimeOfASensorsOwnStays() {
        assertThat(new ClockSet(30_000_000L, NOW).moved(NOW - 100_000L)).isEqualTo(NOW - 100_000L);
    }
}
