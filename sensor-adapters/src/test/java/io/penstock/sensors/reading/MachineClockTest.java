package io.penstock.sensors.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class MachineClockTest {
    @Test
    void aClockAt1970IsTheLikelyCauseOfACertificateNotYetValid() {
        assertThat(MachineClock.cause(Instant.EPOCH.plusSeconds(60)))
                .contains("never set", "1970-01-01T00:01:00Z", "chrony", "systemd-timesyncd");
    }

    @Test
    void aClockThatMayBeRightIsNotAccused() {
        assertThat(MachineClock.isUnset(Instant.parse("2026-11-25T10:00:00Z"))).isFalse();
        assertThat(MachineClock.cause(Instant.parse("2026-11-25T10:00:00Z")))
                .contains("or wait")
                .doesNotContain("never");
    }
}
