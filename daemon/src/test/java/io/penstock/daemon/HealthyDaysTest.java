package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Scalar;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Healthy machines through window, every detector and the case book: how many cases they open. The simulated unit is read every
 * 10 s and shaken every 10 min, its load changes every two hours between three operating points.
 */
class HealthyDaysTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final int STEP_SECONDS = 10;
    private static final double[] LOADS = {0.85, 0.6, 0.35, 0.6};
    private static final int HOURS_A_LOAD = 2;

    @TempDir
    Path folder;

    private List<String> simulate(long seed, int days, double warmByDay) throws Exception {
        LiveChain chain = LiveChain.ofUnit(folder, "28, 44", "5m");
        HydroUnit unit = new HydroUnit(seed, LOADS[0]);
        int hours = days * 24;
        for (int h = HOURS_A_LOAD; h < hours; h += HOURS_A_LOAD) {
            unit.changeLoad(LOADS[h / HOURS_A_LOAD % LOADS.length], h * 3600.0);
        }
        for (int second = 0; second < hours * 3600; second += STEP_SECONDS) {
            long time = START + second * 1_000_000L;
            double warm = warmByDay * Math.sin(2 * Math.PI * second / 86_400);
            for (Map.Entry<Scalar, Double> entry : unit.scalars(second).entrySet()) {
                boolean heat = entry.getKey() == Scalar.BEARING_TEMP_C || entry.getKey() == Scalar.OIL_TEMP_C;
                chain.accept(entry.getKey().channel(), time, entry.getValue() + (heat ? warm : 0));
            }
            if (second % 600 == 0) {
                chain.shake(unit, second, time);
            }
            chain.tick(time);
        }
        assertThat(chain.learned())
                .filteredOn(line -> line.detector().equals("state"))
                .as("every operating point was learned, so the silence means something")
                .allMatch(line -> line.learned());
        return chain.story(START);
    }

    @Test
    void aHealthyDayWithLoadChangesOpensNoCase() throws Exception {
        assertThat(simulate(1, 1, 0)).isEmpty();
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(longs = {2, 3, 4})
    void tenHealthyDaysWithLoadChangesOpenAtMostOneCase(long seed) throws Exception {
        assertThat(simulate(seed, 10, 0)).hasSizeLessThanOrEqualTo(1);
    }

    @Tag("slow")
    @Test
    void tenDaysThatWarmAndCoolTheMachineOpenAtMostOneCase() throws Exception {
        assertThat(simulate(5, 10, 1.5)).hasSizeLessThanOrEqualTo(1);
    }
}
