package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrderStatisticTest {
    @Test
    void theMedianIsWhatSortingGives() {
        Random random = new Random(7);
        for (int count = 1; count < 300; count++) {
            double[] values = new double[count + 3];
            for (int i = 0; i < values.length; i++) {
                values[i] = count % 3 == 0 ? random.nextInt(4) : random.nextGaussian();
            }
            double[] sorted = Arrays.copyOf(values, count);
            Arrays.sort(sorted);
            assertThat(OrderStatistic.median(values, count)).isEqualTo(sorted[count / 2]);
        }
    }

    @Test
    void valuesInOrderInReverseAndAllAlikeHaveTheirMedian() {
        assertThat(OrderStatistic.median(new double[] {1, 2, 3, 4}, 4)).isEqualTo(3);
        assertThat(OrderStatistic.median(new double[] {5, 4, 3, 2, 1}, 5)).isEqualTo(3);
        assertThat(OrderStatistic.median(new double[] {2, 2, 2, 2}, 4)).isEqualTo(2);
    }
}
