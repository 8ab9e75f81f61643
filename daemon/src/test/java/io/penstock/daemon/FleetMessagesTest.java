package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.fleet.CaseKey;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.FleetMessages;
import io.penstock.daemon.uplink.Summary;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a hub publishes, held against its schemas. */
class FleetMessagesTest {
    private static final long MINUTES = 466_000;
    private final FleetMessages messages = new FleetMessages("penstock/hub/v1");

    private static FleetCase told(Severity severity, boolean closed) {
        return new FleetCase(
                "works",
                new CaseKey(1, 0, (int) (MINUTES % 4_096), MINUTES),
                "unit/1",
                1_795_000_000_000_000L,
                7,
                closed,
                severity,
                "imbalance",
                0.6667,
                List.of(new Summary.Evidence("kurtosis_high", "1", 12.3)),
                1_795_000_100_000_000L);
    }

    private static JsonNode valid(FleetMessages.Message message) throws Exception {
        String text = new String(message.payload(), StandardCharsets.UTF_8);
        assertThat(Schemas.complaints(text)).as(text).isEmpty();
        return new ObjectMapper().readTree(text);
    }

    @Test
    void aCaseIsAnEventWithItsEvidence() throws Exception {
        FleetMessages.Message event = messages.caseEvent(told(Severity.WARNING, false));
        JsonNode json = valid(event);
        assertThat(event.topic()).isEqualTo("penstock/hub/v1/works/unit%2F1/case");
        assertThat(event.retained()).isFalse();
        assertThat(json.path("case").asText()).isEqualTo("unit/1-20261120T144000Z");
        assertThat(json.path("confidence").asDouble()).isEqualTo(0.67);
        assertThat(json.at("/evidence/0/value").asDouble()).isEqualTo(12.3);
        assertThat(valid(messages.caseEvent(told(Severity.WARNING, true)))
                        .path("state")
                        .asText())
                .isEqualTo("closed");
    }

    @Test
    void anAssetsStateIsItsWorstOpenCaseAndOkWithoutOne() throws Exception {
        FleetMessages.Message worst = messages.state(
                "works",
                "unit/1",
                List.of(told(Severity.ALARM, false), told(Severity.ADVISORY, false)),
                Instant.parse("2026-11-20T10:00:00Z"));
        assertThat(worst.retained()).isTrue();
        assertThat(valid(worst).path("state").asText()).isEqualTo("alarm");
        JsonNode well = valid(messages.state("works", "unit/1", List.of(), Instant.parse("2026-11-20T10:00:00Z")));
        assertThat(well.path("state").asText()).isEqualTo("ok");
        assertThat(well.has("case")).isFalse();
    }

    @Test
    void aSiteIsHeardOrSilentSinceItsLastFrame() throws Exception {
        FleetMessages.Message heard = messages.site("works", false, Instant.parse("2026-11-20T10:00:00Z"));
        assertThat(heard.topic()).isEqualTo("penstock/hub/v1/works/$node/status");
        assertThat(valid(heard).has("heard")).isFalse();
        assertThat(valid(messages.site("works", true, Instant.parse("2026-11-20T10:00:00Z")))
                        .path("heard")
                        .asText())
                .isEqualTo("2026-11-20T10:00:00Z");
        assertThat(valid(messages.site("works", true, Instant.EPOCH)).has("heard"))
                .isFalse();
        assertThat(messages.schemas()).hasSize(3).allMatch(FleetMessages.Message::retained);
    }
}
