package io.penstock.daemon.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which findings become events. */
class AnomalyEventsTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final int MOST = 3;
    private final AnomalyEvents events = new AnomalyEvents();

    private static Finding finding(String symptom, boolean active, double second) {
        return new Finding(
                "unit-1",
                "flow",
                Finding.Tier.LIMIT,
                symptom,
                null,
                active,
                START + (long) (second * 1e6),
                9,
                "m3/s",
                5,
                "site",
                Double.NaN,
                Severity.WARNING,
                0.9,
                1,
                Quality.GOOD,
                7);
    }

    private List<String> told(AnomalyEvents by, Finding... findings) {
        List<String> told = new ArrayList<>();
        for (Finding finding : findings) {
            by.beginnings(List.of(finding), MOST)
                    .forEach(f -> told.add(f.symptom() + "@" + (f.timeMicros() - START) / 1_000_000));
        }
        return told;
    }

    @Test
    void aBeginningIsToldOnceUntilItHasEnded() {
        assertThat(told(
                        events,
                        finding("flow_high", true, 0),
                        finding("flow_high", true, 10),
                        finding("flow_low", true, 11),
                        finding("flow_high", false, 20),
                        finding("flow_high", true, 30)))
                .containsExactly("flow_high@0", "flow_low@11", "flow_high@30");
    }

    @Test
    void everySpikeIsToldAndTheNoisySensorIsNotToldAgain() {
        assertThat(told(
                        events,
                        finding(Finding.SPIKE, true, 1),
                        finding("sensor_spike", true, 2),
                        finding(Finding.SPIKE, true, 3)))
                .containsExactly("spike@1", "spike@3");
    }

    @Test
    void beyondSoManyOfAChannelInAMinuteTheyAreCounted() {
        for (int i = 0; i < 10; i++) {
            told(events, finding(Finding.SPIKE, true, i));
        }
        assertThat(events.told()).isEqualTo(3);
        assertThat(events.beyond()).isEqualTo(7);
        assertThat(told(events, finding(Finding.SPIKE, true, 60))).containsExactly("spike@60");
    }

    @Test
    void aRestartInBetweenTellsTheSame() {
        Finding[] before = {finding("flow_high", true, 0), finding(Finding.SPIKE, true, 1)};
        Finding[] after = {
            finding("flow_high", true, 2), finding(Finding.SPIKE, true, 3), finding(Finding.SPIKE, true, 4)
        };
        told(events, before);
        AnomalyEvents restored = new AnomalyEvents();
        restored.restore(events.snapshot());

        assertThat(told(restored, after)).isEqualTo(told(events, after)).containsExactly("spike@3");
        assertThatThrownBy(() -> restored.restore(new byte[] {1, 2, 3})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatBeganWhileNoneWereToldIsNotToldAsABeginningLater() {
        assertThat(events.beginnings(List.of(finding("flow_high", true, 0)), 0)).isEmpty();
        assertThat(events.beyond())
                .as("nothing is missing where none is wanted")
                .isZero();
        assertThat(told(events, finding("flow_high", true, 5), finding("flow_low", true, 6)))
                .containsExactly("flow_low@6");
    }
}
