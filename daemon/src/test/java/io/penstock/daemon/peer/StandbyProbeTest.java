package io.penstock.daemon.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.ServerKind;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StandbyProbeTest {
    private static final Instant NOON = Instant.parse("2026-11-02T12:00:00Z");

    @Test
    void aClockThatIsSetBackDoesNotEndTheTinyQuestions() {
        AtomicReference<Instant> now = new AtomicReference<>(NOON);
        // port 9 discards, and nothing listens there
        HttpWire.Target nobody =
                new HttpWire.Target(URI.create("http://127.0.0.1:9"), null, Duration.ofSeconds(1), 65_536);
        StandbySettings settings = new StandbySettings(
                "b",
                ServerKind.PENSTOCK,
                TestPeer.MODEL,
                nobody,
                new PeerTls(List.of(), null, null, null, null),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1));
        try (Standby standby = new Standby(settings, now::get)) {
            assertThat(standby.probe()).isInstanceOf(Standby.Probe.Down.class);
            assertThat(standby.probe()).as("not yet").isNull();
            now.set(NOON.plusSeconds(5));
            assertThat(standby.probe()).as("its pause is over").isNotNull();
            now.set(NOON.minus(Duration.ofDays(1)));
            assertThat(standby.probe()).as("a day before").isNotNull();
            assertThat(standby.probe()).as("not yet").isNull();
        }
    }
}
