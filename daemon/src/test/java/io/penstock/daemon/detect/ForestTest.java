package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ForestTest {
    /** Between two whole states the vectors seen since make the same forest of the last one. */
    @Test
    void aForestRestoredAnywhereGoesOnAsTheOneItWasWrittenFrom() throws Exception {
        Random random = new Random(5);
        Forest live = new Forest(2, OnsetSettings.standard());
        for (int step = 1; step <= 400; step++) {
            double[] values = {random.nextGaussian(), step > 300 ? 5 : random.nextGaussian()};
            live.process(values, step);
            if (step % 37 == 0) {
                Forest restored = new Forest(2, OnsetSettings.standard());
                restored.restore(live.state());
                Forest again = new Forest(2, OnsetSettings.standard());
                again.restore(restored.state());
                Forest whole = new Forest(2, OnsetSettings.standard());
                whole.restore(live.state());
                double[] next = {0.5, -0.5};
                double score = whole.process(next, step + 1).getRCFScore();
                assertThat(restored.process(next, step + 1).getRCFScore()).isEqualTo(score);
                assertThat(again.process(next, step + 1).getRCFScore()).isEqualTo(score);
            }
        }
        assertThat(live.state().length).isLessThan(2_000_000);
    }

    @Test
    void itScoresAsAForestThatWasNeverWritten() throws Exception {
        Random random = new Random(6);
        Forest live = new Forest(3, OnsetSettings.standard());
        Forest never = new Forest(3, OnsetSettings.standard());
        for (int step = 1; step <= 300; step++) {
            double[] values = {random.nextGaussian(), random.nextGaussian(), Math.sin(step)};
            double score = never.process(values, step).getRCFScore();
            assertThat(live.process(values, step).getRCFScore())
                    .as("step %d", step)
                    .isEqualTo(score);
            if (step % 50 == 20) {
                byte[] state = live.state();
                live = new Forest(3, OnsetSettings.standard());
                live.restore(state);
            }
        }
    }
}
