package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.window.SourceClock.Trust;
import org.junit.jupiter.api.Test;

/** A device that sends once a second, received 0.2 s later. */
class SourceClockTest {
    private static final long NOW = 1_800_000_000_000_000L;
    private static final long SECOND = 1_000_000L;

    private final SourceClock clock = new SourceClock();

    /** Judges a reading of the n-th second whose device's clock is off by so many seconds. */
    private long at(int second, double offSeconds) {
        long right = NOW + second * SECOND;
        return clock.judge(right + Math.round(offSeconds * SECOND), right + SECOND / 5) - NOW;
    }

    @Test
    void aClockThatRunsBehindOrSlightlyAheadIsTrusted() {
        assertThat(at(0, -3600)).isEqualTo(-3600 * SECOND);
        assertThat(at(3700, 59)).isEqualTo(3759 * SECOND);
        assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
    }

    @Test
    void aClockBefore2020IsUnsetAndTheReceiveTimeStandsInUntilItIsSet() {
        assertThat(clock.judge(5 * SECOND, NOW)).isEqualTo(NOW);
        assertThat(clock.trust()).isEqualTo(Trust.UNSET);
        assertThat(clock.judge(-5, NOW + 7)).isEqualTo(NOW + 7);
        assertThat(clock.trust()).isEqualTo(Trust.UNSET);
        assertThat(at(1, 0)).isEqualTo(SECOND);
        assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
    }

    @Test
    void aClockMoreThanAMinuteAheadIsSuspect() {
        assertThat(at(0, 61)).isEqualTo(SECOND / 5);
        assertThat(clock.trust()).isEqualTo(Trust.SUSPECT);
        // what it showed while it was ahead is no time it must catch up with
        assertThat(at(1, 0)).isEqualTo(SECOND);
        assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
    }

    @Test
    void aStepBackIsSuspectOnceConfirmedAndUntilTheClockHasCaughtUp() {
        for (int s = 0; s < 50; s++) {
            at(s, 0);
        }
        for (int s = 50; s < 69; s++) {
            at(s, -600);
            assertThat(clock.trust()).as("second %d", s).isEqualTo(Trust.TRUSTED);
        }
        assertThat(at(69, -600)).isEqualTo(69 * SECOND + SECOND / 5);
        assertThat(clock.trust()).isEqualTo(Trust.SUSPECT);
        for (int s = 70; s < 649; s++) {
            at(s, -600);
            assertThat(clock.trust()).as("second %d", s).isEqualTo(Trust.SUSPECT);
        }
        assertThat(at(649, -600)).isEqualTo(49 * SECOND);
        assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
    }

    @Test
    void lateReadingsAmongLiveOnesAndABacklogAreNoStep() {
        for (int s = 0; s < 100; s++) {
            at(s, 0);
            at(s, -30);
            assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
        }
        // an hour's backlog within a second
        for (int s = 0; s < 3600; s++) {
            clock.judge(NOW + (s - 3600) * SECOND, NOW + 100 * SECOND + s * 100L);
            assertThat(clock.trust()).as("backlog %d", s).isEqualTo(Trust.TRUSTED);
        }
    }

    @Test
    void aDeviceThatGivesNoTimeIsNeverDoubted() {
        assertThat(clock.judge(5, 5)).isEqualTo(5);
        assertThat(clock.judge(1_400_000_000_000_000L, 1_400_000_000_000_000L)).isEqualTo(1_400_000_000_000_000L);
        assertThat(clock.trust()).isEqualTo(Trust.TRUSTED);
    }
}
