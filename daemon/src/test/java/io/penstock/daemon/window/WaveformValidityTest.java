package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.window.WaveformValidity.Verdict;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaveformValidityTest {
    private static float[] wave(IntToDoubleFunction f) {
        float[] samples = new float[8192];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) f.applyAsDouble(i);
        }
        return samples;
    }

    /** As a converter of that many levels to 10 gives it. */
    private static double step(double value, int levels) {
        return Math.rint(value * levels / 10) * 10 / levels;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.4, 0.8, 1.6, 2.4})
    void aWaveformCutOffAtOneEndOrBothIsClipped(double end) {
        Random random = new Random(3);
        assertThat(WaveformValidity.judge(wave(i -> Math.clamp(random.nextGaussian(), -end, end))))
                .isEqualTo(Verdict.CLIPPED);
        assertThat(WaveformValidity.judge(wave(i -> Math.max(random.nextGaussian(), -end))))
                .isEqualTo(Verdict.CLIPPED);
        assertThat(WaveformValidity.judge(wave(i -> step(Math.min(random.nextGaussian(), end), 512))))
                .as("through a converter")
                .isEqualTo(Verdict.CLIPPED);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 200, 512, 4096, 65536})
    void aSineAndNoiseThroughAConverterAreNotClipped(int levels) {
        Random random = new Random(levels);
        for (int period : new int[] {16, 64, 250, 256, 1000}) {
            assertThat(WaveformValidity.judge(wave(i -> step(4 * Math.sin(2 * Math.PI * i / period), levels))))
                    .as("period %d", period)
                    .isEqualTo(Verdict.GOOD);
        }
        assertThat(WaveformValidity.judge(wave(i -> step(random.nextGaussian(), levels))))
                .isEqualTo(Verdict.GOOD);
    }

    @Test
    void twoLevelsAreTooFewToTellAndAFlatOrBrokenWaveformIsNoWaveform() {
        assertThat(WaveformValidity.judge(wave(i -> i % 2))).isEqualTo(Verdict.GOOD);
        assertThat(WaveformValidity.judge(wave(i -> 7))).isEqualTo(Verdict.UNUSABLE);
        assertThat(WaveformValidity.judge(wave(i -> i == 9 ? Double.NaN : i))).isEqualTo(Verdict.UNUSABLE);
        assertThat(WaveformValidity.judge(new float[255])).isEqualTo(Verdict.UNUSABLE);
    }

    @Test
    void theExtremeIsWhereItWasCutOff() {
        assertThat(WaveformValidity.extreme(new float[] {1, -16, 3})).isEqualTo(-16);
    }
}
