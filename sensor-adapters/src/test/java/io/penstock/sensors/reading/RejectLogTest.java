package io.penstock.sensors.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RejectLogTest {
    private final RejectLog rejects =
            new RejectLog("plant", InstantSource.fixed(Instant.EPOCH), LoggerFactory.getLogger(RejectLogTest.class));

    @Test
    void rejectsAreCountedByReason() {
        rejects.reject("a", RejectReason.TIME, "found 0");
        rejects.reject("b", RejectReason.TIME, "found 1");
        rejects.reject("c", RejectReason.UNIT, "found kW");
        assertThat(rejects.counts())
                .containsOnlyKeys(RejectReason.values())
                .containsEntry(RejectReason.TIME, 2L)
                .containsEntry(RejectReason.UNIT, 1L)
                .containsEntry(RejectReason.SIZE, 0L);
        assertThat(rejects.count()).isEqualTo(3);
        assertThat(new SourceHealth(SourceHealth.State.RUNNING, "", 0, rejects.counts(), 0).rejected())
                .isEqualTo(3);
    }
}
