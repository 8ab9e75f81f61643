package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VibrationAnalysisTest {
    private static final double RATE = 12_800;
    private static final int WINDOW = 8192;
    private static final double SHAFT = 12.5;

    private final VibrationAnalysis analysis = new VibrationAnalysis();
    private final Asset pump = Signals.asset(750);

    private VibrationFeatures features(float[] samples) {
        return analysis.analyse(pump, Signals.channel("g"), samples, RATE, SHAFT);
    }

    private static float[] lively(long seed) {
        float[] samples = Signals.plus(Signals.noise(WINDOW, 0.05, seed), 0.02, SHAFT, RATE);
        return Signals.knocks(samples, Signals.BEARING.outerOrder() * SHAFT, 0, 0.8, RATE, seed);
    }

    @ParameterizedTest
    @CsvSource({"25, 8192", "99.3, 8192", "160.7, 8192", "400, 4096", "833.1, 10000", "50, 49152"})
    void sineOfKnownAmplitudeGivesItsVelocity(double hertz, int length) {
        float[] sine = Signals.plus(new float[length], 1, hertz, RATE);

        double expected = 1000 * 9.80665 / (2 * Math.PI * hertz) / Math.sqrt(2);
        assertThat(features(sine).velocityRms()).isCloseTo(expected, Percentage.withPercentage(1));
        assertThat(features(sine).rms()).isCloseTo(Math.sqrt(0.5), Percentage.withPercentage(1));
        assertThat(features(sine).kurtosis()).isCloseTo(1.5, Percentage.withPercentage(1));
        assertThat(features(sine).crest()).isCloseTo(Math.sqrt(2), Percentage.withPercentage(1));
    }

    @Test
    void velocityLooksBetweenTenAndAThousandHertzOnly() {
        float[] outside = Signals.plus(Signals.plus(new float[WINDOW], 1, 4, RATE), 1, 1100, RATE);

        // the tone at 4 Hz alone is 276 mm/s
        assertThat(features(outside).velocityRms()).isLessThan(0.5);
    }

    @Test
    void gravityAndMetresPerSecondSquaredGiveTheSameVelocity() {
        float[] inG = lively(1);
        float[] inMetres = new float[inG.length];
        for (int i = 0; i < inG.length; i++) {
            inMetres[i] = (float) (inG[i] * VibrationAnalysis.STANDARD_GRAVITY);
        }

        double metres = analysis.analyse(pump, Signals.channel("m/s2"), inMetres, RATE, SHAFT)
                .velocityRms();
        assertThat(metres).isCloseTo(features(inG).velocityRms(), within(1e-5));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void scaleMovesAmplitudesAndNothingElse(long seed) {
        float[] samples = lively(seed);
        float[] triple = new float[samples.length];
        for (int i = 0; i < samples.length; i++) {
            triple[i] = 3 * samples[i];
        }
        VibrationFeatures one = features(samples);
        VibrationFeatures three = features(triple);

        Percentage exact = Percentage.withPercentage(0.01);
        assertThat(three.rms()).isCloseTo(3 * one.rms(), exact);
        assertThat(three.peak()).isCloseTo(3 * one.peak(), exact);
        assertThat(three.velocityRms()).isCloseTo(3 * one.velocityRms(), exact);
        assertThat(three.highBandRms()).isCloseTo(3 * one.highBandRms(), exact);
        assertThat(three.lineTwiceVelocity()).isCloseTo(3 * one.lineTwiceVelocity(), exact);
        for (int i = 0; i < one.orders().size(); i++) {
            assertThat(three.orders().get(i).velocity())
                    .isCloseTo(3 * one.orders().get(i).velocity(), exact);
        }
        assertThat(three.kurtosis()).isCloseTo(one.kurtosis(), exact);
        assertThat(three.crest()).isCloseTo(one.crest(), exact);
        assertThat(three.bladePassModulation()).isCloseTo(one.bladePassModulation(), exact);
        assertThat(three.shaftHz()).isCloseTo(one.shaftHz(), exact);
        assertThat(three.elements().getFirst().fault())
                .isEqualTo(one.elements().getFirst().fault());
        assertThat(three.elements().getFirst().db())
                .isCloseTo(one.elements().getFirst().db(), within(0.05));
    }

    @Test
    void aConstantOffsetChangesNothing() {
        float[] samples = lively(6);
        float[] moved = samples.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += 1;
        }
        VibrationFeatures before = features(samples);
        VibrationFeatures after = features(moved);

        assertThat(after.rms()).isCloseTo(before.rms(), within(1e-6));
        assertThat(after.peak()).isCloseTo(before.peak(), within(1e-6));
        assertThat(after.kurtosis()).isCloseTo(before.kurtosis(), within(1e-4));
        assertThat(after.crest()).isCloseTo(before.crest(), within(1e-4));
        assertThat(after.velocityRms()).isCloseTo(before.velocityRms(), within(1e-4));
        assertThat(after.highBandRms()).isCloseTo(before.highBandRms(), within(1e-6));
        assertThat(after.bladePassModulation()).isCloseTo(before.bladePassModulation(), within(1e-3));
        assertThat(after.lineTwiceVelocity()).isCloseTo(before.lineTwiceVelocity(), within(1e-4));
        assertThat(after.shaftHz()).isCloseTo(before.shaftHz(), within(1e-4));
        for (int i = 0; i < before.orders().size(); i++) {
            assertThat(after.orders().get(i).velocity())
                    .isCloseTo(before.orders().get(i).velocity(), within(1e-4));
        }
        assertThat(after.elements().getFirst().db())
                .isCloseTo(before.elements().getFirst().db(), within(0.05));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 777, 4096})
    void aLaterStartChangesNothingThatMatters(int shift) {
        float[] longer = Signals.knocks(
                Signals.plus(Signals.noise(2 * WINDOW, 0.05, 9), 0.02, SHAFT, RATE),
                Signals.BEARING.innerOrder() * SHAFT,
                SHAFT,
                1.5,
                RATE,
                9);
        VibrationFeatures early = features(Arrays.copyOf(longer, WINDOW));
        VibrationFeatures late = features(Arrays.copyOfRange(longer, shift, shift + WINDOW));

        Percentage near = Percentage.withPercentage(12);
        assertThat(late.rms()).isCloseTo(early.rms(), near);
        assertThat(late.velocityRms()).isCloseTo(early.velocityRms(), near);
        assertThat(late.highBandRms()).isCloseTo(early.highBandRms(), near);
        assertThat(late.elements().getFirst().fault()).isEqualTo("bearing_inner_race");
        assertThat(late.elements().getFirst().db())
                .isCloseTo(early.elements().getFirst().db(), within(4.0));
    }

    /** What stands still in time: lines and a steady modulation. Noise alone has its own scatter from window to window. */
    @ParameterizedTest
    @ValueSource(ints = {1, 777, 4096})
    void aLaterStartMovesNoLineAndNoModulation(int shift) {
        float[] longer = Signals.noise(2 * WINDOW, 0.02, 11);
        for (int i = 0; i < longer.length; i++) {
            longer[i] *= (float) (2 * (1 + 0.7 * Math.cos(2 * Math.PI * 13 * SHAFT * i / RATE)));
        }
        // the mains' line stands apart from every multiple of 12.5 Hz
        Asset mains =
                new Asset(pump.id(), pump.kind(), pump.ratedRpm(), pump.blades(), 53, pump.channels(), pump.bearings());
        for (double[] line : new double[][] {{0.1, SHAFT}, {0.05, 2 * SHAFT}, {0.2, 106}, {0.2, 13 * SHAFT}}) {
            longer = Signals.plus(longer, line[0], line[1], RATE);
        }
        VibrationFeatures early =
                analysis.analyse(mains, Signals.channel("g"), Arrays.copyOf(longer, WINDOW), RATE, SHAFT);
        VibrationFeatures late = analysis.analyse(
                mains, Signals.channel("g"), Arrays.copyOfRange(longer, shift, shift + WINDOW), RATE, SHAFT);

        assertThat(late.peak()).isCloseTo(early.peak(), Percentage.withPercentage(25));
        assertThat(late.crest()).isCloseTo(early.crest(), Percentage.withPercentage(25));
        assertThat(late.kurtosis()).isCloseTo(early.kurtosis(), Percentage.withPercentage(5));
        assertThat(late.shaftHz()).isCloseTo(early.shaftHz(), Percentage.withPercentage(0.2));
        assertThat(late.bladePassModulation()).isCloseTo(early.bladePassModulation(), within(0.1));
        assertThat(late.lineTwiceVelocity())
                .isPositive()
                .isCloseTo(early.lineTwiceVelocity(), Percentage.withPercentage(5));
        for (int i = 0; i < early.orders().size(); i++) {
            double order = early.orders().get(i).order();
            if (order == 1 || order == 2 || order == 13) {
                assertThat(late.orders().get(i).velocity())
                        .as("order %s", order)
                        .isCloseTo(early.orders().get(i).velocity(), Percentage.withPercentage(10));
            }
        }
    }

    @Test
    void highBandOfWhiteNoiseIsItsPartOfTheBand() {
        // 5000 Hz to 0.48 of the rate, of a band that ends at half the rate
        double part = (0.48 * RATE - 5000) / (RATE / 2);

        assertThat(features(Signals.noise(WINDOW, 0.1, 4)).highBandRms())
                .isCloseTo(0.1 * Math.sqrt(part), Percentage.withPercentage(8));
    }

    @ParameterizedTest
    @CsvSource({"0.3", "0.6", "0.9"})
    void bladePassModulationIsItsDepth(double depth) {
        float[] noise = Signals.noise(WINDOW, 0.1, 5);
        for (int i = 0; i < noise.length; i++) {
            noise[i] *= (float) (1 + depth * Math.cos(2 * Math.PI * 13 * SHAFT * i / RATE));
        }

        assertThat(features(noise).bladePassModulation()).isCloseTo(depth, within(0.1));
    }

    @Test
    void noiseWithoutModulationShowsHardlyAny() {
        assertThat(features(Signals.noise(WINDOW, 0.1, 5)).bladePassModulation())
                .isLessThan(0.15);
    }

    @Test
    void shaftOrdersHoldTheVelocityOfTheirLineAlone() {
        double peak = 0.1;
        float[] samples = Signals.plus(Signals.noise(WINDOW, 0.001, 1), peak, SHAFT, RATE);
        VibrationFeatures features = features(samples);

        double expected = 1000 * 9.80665 * peak / (2 * Math.PI * SHAFT) / Math.sqrt(2);
        assertThat(order(features, 1)).isCloseTo(expected, Percentage.withPercentage(2));
        assertThat(order(features, 0.5)).isLessThan(0.02 * expected);
        assertThat(order(features, 2)).isLessThan(0.02 * expected);
    }

    private static double order(VibrationFeatures features, double order) {
        return features.orders().stream()
                .filter(line -> line.order() == order)
                .findFirst()
                .orElseThrow()
                .velocity();
    }

    @Test
    void shaftSpeedIsReadFromItsOwnLines() {
        double truth = 29.71;
        float[] samples = Signals.noise(49_152, 0.01, 2);
        for (int order = 1; order <= 4; order++) {
            samples = Signals.plus(samples, 0.01, order * truth, 12_000);
        }
        VibrationFeatures features =
                analysis.analyse(Signals.asset(1772), Signals.channel("g"), samples, 12_000, Double.NaN);

        assertThat(features.shaftHz()).isCloseTo(truth, within(0.01));
    }

    @Test
    void withoutAClearLineTheMeasuredSpeedStays() {
        assertThat(analysis.analyse(pump, Signals.channel("g"), Signals.noise(WINDOW, 0.1, 3), RATE, 12.43)
                        .shaftHz())
                .isEqualTo(12.43);
    }

    @Test
    void aMachineThatStandsHasNoOrdersAndNoElements() {
        VibrationFeatures features =
                analysis.analyse(pump, Signals.channel("g"), Signals.noise(WINDOW, 0.1, 3), RATE, 0);

        assertThat(features.shaftHz()).isNaN();
        assertThat(features.orders()).isEmpty();
        assertThat(features.elements()).isEmpty();
    }

    @Test
    void twiceTheMainsLineIsUnknownWhereTheShaftsOwnSecondOrderHidesIt() {
        float[] samples = Signals.plus(Signals.noise(WINDOW, 0.01, 3), 0.1, 100, RATE);
        Asset twoPole = Signals.asset(2985);

        assertThat(analysis.analyse(twoPole, Signals.channel("g"), samples, RATE, 49.75)
                        .lineTwiceVelocity())
                .isNaN();
        assertThat(features(samples).lineTwiceVelocity())
                .isCloseTo(1000 * 9.80665 * 0.1 / (2 * Math.PI * 100) / Math.sqrt(2), Percentage.withPercentage(3));
    }

    @ParameterizedTest
    @CsvSource({
        "bearing_outer_race, 12.5, 12800, 8192",
        "bearing_inner_race, 12.5, 12800, 8192",
        "bearing_ball, 12.5, 12800, 8192",
        "bearing_outer_race, 29.5, 12000, 49152",
        "bearing_inner_race, 29.5, 12000, 49152",
        "bearing_ball, 29.5, 12000, 49152",
        "bearing_outer_race, 25, 25600, 16384",
        "bearing_inner_race, 25, 25600, 16384",
        "bearing_ball, 25, 25600, 16384"
    })
    void knocksAtAnElementsRateNameThatElement(String fault, double shaft, double rate, int length) {
        double order = switch (fault) {
            case "bearing_outer_race" -> Signals.BEARING.outerOrder();
            case "bearing_inner_race" -> Signals.BEARING.innerOrder();
            default -> 2 * Signals.BEARING.ballOrder();
        };
        double swing = switch (fault) {
            case "bearing_outer_race" -> 0;
            case "bearing_inner_race" -> shaft;
            default -> Signals.BEARING.cageOrder() * shaft;
        };
        for (long seed = 1; seed <= 10; seed++) {
            float[] samples = Signals.knocks(
                    Signals.plus(Signals.noise(length, 0.05, seed), 0.02, shaft, rate),
                    // the elements slip a little
                    order * shaft * 0.995,
                    swing,
                    1,
                    rate,
                    seed);
            ElementScore best = analysis.analyse(Signals.asset(60 * shaft), Signals.channel("g"), samples, rate, shaft)
                    .elements()
                    .getFirst();

            assertThat(best.fault()).as("seed %d", seed).isEqualTo(fault);
            assertThat(best.db()).as("seed %d", seed).isGreaterThan(10);
            assertThat(best.measuredHz()).as("seed %d", seed).isCloseTo(order * shaft, Percentage.withPercentage(1.5));
        }
    }

    @Test
    void knocksThatDoNotSlipAtAllAreHeardToo() {
        double rate = 12_000;
        double hertz = Signals.BEARING.outerOrder() * 29.5;
        float[] samples = Signals.noise(24_000, 0.05, 7);
        for (int i = 0; i < samples.length; i++) {
            double since = i / rate % (1 / hertz);
            samples[i] += (float) (Math.exp(-1000 * since) * Math.sin(2 * Math.PI * 3000 * since));
        }
        ElementScore best = analysis.analyse(Signals.asset(1770), Signals.channel("g"), samples, rate, 29.5)
                .elements()
                .getFirst();

        assertThat(best.fault()).isEqualTo("bearing_outer_race");
        assertThat(best.db()).isGreaterThan(10);
    }

    @Test
    void whiteNoiseNeverSpeaks() {
        double loudest = 0;
        for (long seed = 0; seed < 1000; seed++) {
            loudest = Math.max(
                    loudest,
                    features(Signals.noise(WINDOW, 0.1, seed))
                            .elements()
                            .getFirst()
                            .db());
        }

        assertThat(loudest).isLessThan(10);
    }

    @Test
    void shaftLinesAloneNeverSpeak() {
        for (long seed = 0; seed < 100; seed++) {
            float[] samples = Signals.noise(WINDOW, 0.01, seed);
            for (int half = 1; half <= 20; half++) {
                samples = Signals.plus(samples, 0.05, half * SHAFT / 2, RATE);
            }
            assertThat(features(samples).elements().getFirst().db())
                    .as("seed %d", seed)
                    .isLessThan(10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 257, 1009, 8191, 12_345})
    void anyLengthGivesFiniteFeatures(int length) {
        VibrationFeatures features = features(Signals.noise(length, 0.1, length));

        assertThat(features.velocityRms()).isPositive().isFinite();
        assertThat(features.highBandRms()).isPositive().isFinite();
        assertThat(features.elements())
                .allSatisfy(score -> assertThat(score.db()).isFinite());
    }

    @Test
    void aConstantSignalIsNoCrash() {
        float[] constant = new float[WINDOW];
        Arrays.fill(constant, 0.25f);

        assertThat(features(constant).rms()).isZero();
        assertThat(features(constant).kurtosis()).isZero();
        assertThat(features(constant).elements())
                .allSatisfy(score -> assertThat(score.db()).isLessThan(10));
    }

    @Test
    void theSameSamplesGiveTheSameFeaturesWhateverCameBefore() {
        VibrationFeatures alone = new VibrationAnalysis().analyse(pump, Signals.channel("g"), lively(3), RATE, SHAFT);
        features(lively(4));
        features(Signals.noise(1000, 5, 1));

        assertThat(features(lively(3))).isEqualTo(alone);
    }

    @Test
    void whatIsNoWaveformIsRefusedWithAReason() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> features(new float[10]))
                .withMessageContaining("10 samples");
        float[] broken = Signals.noise(WINDOW, 1, 1);
        broken[77] = Float.NaN;
        assertThatIllegalArgumentException().isThrownBy(() -> features(broken)).withMessageContaining("finite");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> analysis.analyse(pump, Signals.channel("V"), new float[WINDOW], RATE, SHAFT))
                .withMessageContaining("unit is \"V\"");
    }
}
