package io.penstock.sensors.reading;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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

    @Test
    void escapesAndBidiMarksAreNotLogged() {
        Logger logger = (Logger) LoggerFactory.getLogger("hostile");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        String hostile = "\u001b[31m\u202e\u2066\r\n\u2028\u0007".repeat(8_000);
        new RejectLog("plant", InstantSource.fixed(Instant.EPOCH), logger).reject(hostile, RejectReason.TOPIC, hostile);
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .satisfies(line -> assertThat(line).hasSizeLessThan(1_000).matches("[ -~]+"));
    }
}
