package io.penstock.daemon.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperatingPointsTest {
    private final OperatingPoints points = new OperatingPoints("power", List.of(20.0, 40.0), Duration.ZERO);

    @Test
    void aValueLiesInThePartAboveTheEdgeItReaches() {
        assertThat(points.of(-5)).isZero();
        assertThat(points.of(20)).isEqualTo(1);
        assertThat(points.of(39.9)).isEqualTo(1);
        assertThat(points.of(4000)).isEqualTo(2);
    }

    @Test
    void aValueThatDancesOnAnEdgeStaysWhereItWas() {
        assertThat(points.of(20.3, 0)).isZero();
        assertThat(points.of(19.7, 1)).isEqualTo(1);
        assertThat(points.of(20.5, 0)).isEqualTo(1);
        assertThat(points.of(41, 0)).as("two parts on is no dance").isEqualTo(2);
    }

    @Test
    void partsAreNamedWithTheirUnit() {
        assertThat(points.name(0, "kW")).isEqualTo("below 20 kW");
        assertThat(points.name(1, "kW")).isEqualTo("20 to 40 kW");
        assertThat(points.name(2, "1")).isEqualTo("40 and more");
    }

    @Test
    void edgesThatDoNotRiseAreRefused() {
        for (List<Double> edges :
                List.of(List.<Double>of(), List.of(2.0, 2.0), List.of(3.0, 1.0), List.of(Double.NaN))) {
            assertThatThrownBy(() -> new OperatingPoints("power", edges, Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
