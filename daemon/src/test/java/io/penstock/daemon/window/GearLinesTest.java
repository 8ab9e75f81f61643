package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import io.penstock.daemon.window.VibrationFeatures.GearScore.Part;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pinion of 23 teeth at 25 turns a second: teeth meet 575 times a second, the wheel of 71 turns 8.1 times. */
class GearLinesTest {
    private static final double RATE = 12_800;
    private static final int WINDOW = 8192;
    private static final int LONG = 4 * WINDOW;
    private static final double SHAFT = 25;
    private static final double MESH = 23 * SHAFT;
    private static final double WHEEL = MESH / 71;

    private final VibrationAnalysis analysis = new VibrationAnalysis();
    private final Asset drive = Signals.geared(60 * SHAFT, 50);

    private List<GearScore> gears(float[] samples, double shaftHz) {
        return analysis.analyse(drive, Signals.channel("g"), samples, RATE, shaftHz)
                .gears();
    }

    private static GearScore part(List<GearScore> scores, Part part) {
        return scores.stream().filter(score -> score.part() == part).findFirst().orElseThrow();
    }

    @Test
    void aGearOfTheOtherShaftHasItsMeshWhereRatioAndTeethPutIt() {
        assertThat(new Gear("g", "c", 21, 84, Gear.Side.WHEEL, 1).meshOrder()).isEqualTo(84);
        assertThat(new Gear("g", "c", 21, 84, Gear.Side.PINION, 4).meshOrder()).isEqualTo(84);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Gear("g", "c", 84, 21, Gear.Side.PINION, 1))
                .withMessageContaining("84 teeth");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.003, -0.001, 0, 0.002, 0.003})
    void aSoundGearsMeshIsFoundWhereverTheSpeedPutsItAndItsSidebandsAreFaint(double off) {
        for (long seed = 0; seed < 10; seed++) {
            float[] sound = Signals.meshing(Signals.noise(LONG, 0.05, seed), MESH, 0.2, SHAFT, 0, RATE);
            List<GearScore> scores = gears(sound, SHAFT * (1 + off));

            assertThat(part(scores, Part.MESH).db()).isGreaterThan(20);
            assertThat(part(scores, Part.MESH).measuredHz()).isCloseTo(MESH, within(0.4));
            assertThat(part(scores, Part.PINION).db()).isLessThan(6);
            assertThat(part(scores, Part.WHEEL).db()).isLessThan(6);
            assertThat(part(scores, Part.PINION).sidebandRatio()).isLessThan(0.5);
        }
    }

    @ParameterizedTest
    @CsvSource({"PINION, 25", "WHEEL, 8.098591549"})
    void aBadToothStandsBesideTheMeshAtItsOwnWheelsTurn(Part part, double turnHz) {
        Part other = part == Part.PINION ? Part.WHEEL : Part.PINION;
        for (long seed = 0; seed < 10; seed++) {
            float[] bad = Signals.meshing(Signals.noise(LONG, 0.05, seed), MESH, 0.2, turnHz, 0.5, RATE);
            List<GearScore> scores = gears(bad, SHAFT * 1.001);

            assertThat(part(scores, part).db()).isGreaterThan(14);
            assertThat(part(scores, part).measuredHz()).isCloseTo(turnHz, within(0.02));
            assertThat(part(scores, other).db()).isLessThan(6);
        }
    }

    @Test
    void noiseNeverSpeaks() {
        for (long seed = 0; seed < 300; seed++) {
            assertThat(gears(Signals.noise(WINDOW, 0.1, seed), SHAFT))
                    .allSatisfy(score -> assertThat(Double.isNaN(score.db()) ? 0 : score.db())
                            .isLessThan(10));
        }
    }

    /** Every sideband is a multiple of the shaft too: a few strong harmonics of a loose machine end far below the mesh. */
    @Test
    void theShaftsOwnHarmonicsAreNoSidebands() {
        float[] loose = Signals.noise(WINDOW, 0.02, 3);
        for (int half = 1; half <= 16; half++) {
            loose = Signals.plus(loose, 0.1, half * SHAFT / 2, RATE);
        }
        assertThat(part(gears(loose, SHAFT), Part.PINION).db()).isLessThan(6);
    }

    @Test
    void aWheelThatTurnsTooSlowlyForTheWaveformsLengthIsUnknownAndNotZero() {
        float[] samples = Signals.meshing(Signals.noise(WINDOW, 0.05, 1), MESH, 0.2, WHEEL, 0.5, RATE);
        List<GearScore> scores = gears(samples, SHAFT);

        assertThat(part(scores, Part.WHEEL).db()).isNaN();
        assertThat(part(scores, Part.PINION).db()).isNotNaN();
    }

    @Test
    void aMeshBeyondTheSpectrumOrAMachineThatStandsHasNoScore() {
        Asset fast = Signals.geared(30_000, 50);
        assertThat(analysis.analyse(fast, Signals.channel("g"), Signals.noise(WINDOW, 1, 1), RATE, 500)
                        .gears())
                .isEmpty();
        assertThat(gears(Signals.noise(WINDOW, 1, 1), 0)).isEmpty();
    }

    private static float[] bad(long seed) {
        return Signals.meshing(Signals.noise(2 * LONG, 0.05, seed), MESH, 0.2, SHAFT, 0.4, RATE);
    }

    private void same(List<GearScore> one, List<GearScore> other, double db) {
        assertThat(other).hasSameSizeAs(one);
        for (int i = 0; i < one.size(); i++) {
            assertThat(other.get(i).db()).isCloseTo(one.get(i).db(), within(db));
            assertThat(other.get(i).measuredHz()).isCloseTo(one.get(i).measuredHz(), within(0.2));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 0.1, 3, 1e6})
    void scaleChangesNothing(double scale) {
        float[] samples = Arrays.copyOf(bad(5), LONG);
        float[] scaled = samples.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= (float) scale;
        }
        same(gears(samples, SHAFT), gears(scaled, SHAFT), 0.01);
    }

    @Test
    void aConstantOffsetChangesNothing() {
        float[] samples = Arrays.copyOf(bad(6), LONG);
        float[] moved = samples.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += 1;
        }
        same(gears(samples, SHAFT), gears(moved, SHAFT), 0.01);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 777, LONG / 2, LONG})
    void aLaterStartChangesNothingThatMatters(int shift) {
        for (long seed = 1; seed <= 5; seed++) {
            float[] samples = bad(seed);
            same(
                    gears(Arrays.copyOf(samples, LONG), SHAFT),
                    gears(Arrays.copyOfRange(samples, shift, shift + LONG), SHAFT),
                    3);
        }
    }

    @Test
    void theLinesToLookAtAreThoseThatCounted() {
        GearSpectrum spectrum = analysis.gearSpectrum(
                        drive, Signals.channel("g"), Arrays.copyOf(bad(7), LONG), RATE, SHAFT)
                .orElseThrow();
        List<GearSpectrum.Line> lines = spectrum.lines(Signals.GEAR, Part.PINION);

        assertThat(lines).extracting(GearSpectrum.Line::name).startsWith("GMF 1x-fp", "GMF 1x", "GMF 1x+fp");
        assertThat(lines.get(1).hertz()).isCloseTo(MESH, within(0.4));
        assertThat(lines.get(0).db()).isGreaterThan(15);
        double highest = Arrays.stream(spectrum.amplitudes()).max().orElseThrow();
        assertThat(highest).isCloseTo(0.2 / Math.sqrt(2), within(0.01));
    }
}
