package io.penstock.daemon.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The features against values that do not come from this code: closed forms always, and SciPy where {@code python3} (or the
 * interpreter that the environment variable {@code PENSTOCK_PYTHON} names) has it.
 */
class IndependentFeaturesTest {
    private static final double RATE = 12_800;
    private static final int LENGTH = 8192;
    private static final double SHAFT = 25;

    @TempDir
    Path folder;

    private final Asset asset = Signals.asset(60 * SHAFT);

    private VibrationFeatures analyse(float[] samples) {
        return new VibrationAnalysis().analyse(asset, Signals.channel("g"), samples, RATE, SHAFT);
    }

    /** Whole periods, so that the closed forms hold exactly. */
    private static float[] periodic(double hertz, DoubleUnaryOperator wave) {
        float[] samples = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            double turns = hertz * (i + 0.5) / RATE;
            samples[i] = (float) wave.applyAsDouble(turns - Math.floor(turns));
        }
        return samples;
    }

    @Test
    void aSineHasTheMomentsAndTheVelocityOfTheTextbook() {
        double hertz = 50;
        VibrationFeatures sine = analyse(periodic(hertz, t -> 0.3 * Math.sin(2 * Math.PI * t)));
        assertThat(sine.rms()).isCloseTo(0.3 / Math.sqrt(2), withinPercentage(0.01));
        assertThat(sine.kurtosis()).isCloseTo(1.5, within(1e-3));
        assertThat(sine.crest()).isCloseTo(Math.sqrt(2), withinPercentage(0.1));
        // a / (2 pi f), in mm/s
        double expected = 0.3 / Math.sqrt(2) * 9806.65 / (2 * Math.PI * hertz);
        assertThat(sine.velocityRms()).isCloseTo(expected, withinPercentage(0.5));
    }

    @Test
    void aSquareATriangleAndAUniformHaveTheirKurtosisAndCrest() {
        VibrationFeatures square = analyse(periodic(50, t -> t < 0.5 ? 1 : -1));
        assertThat(square.kurtosis()).isCloseTo(1, within(1e-6));
        assertThat(square.crest()).isCloseTo(1, within(1e-6));

        VibrationFeatures triangle = analyse(periodic(50, t -> 1 - 4 * Math.abs(t - 0.5)));
        assertThat(triangle.kurtosis()).isCloseTo(9.0 / 5, within(5e-3));
        assertThat(triangle.crest()).isCloseTo(Math.sqrt(3), withinPercentage(1));
    }

    @Test
    void gaussianNoiseHasAKurtosisOfThree() {
        double sum = 0;
        for (int seed = 0; seed < 20; seed++) {
            double kurtosis = analyse(Signals.noise(LENGTH, 0.1, seed)).kurtosis();
            // its own standard error is sqrt(24 / n) = 0.054
            assertThat(kurtosis).isCloseTo(3, within(0.27));
            sum += kurtosis;
        }
        assertThat(sum / 20).isCloseTo(3, within(0.05));
    }

    @Test
    void scipyFindsTheSameMomentsVelocityAndEnvelopeLines() throws Exception {
        double outer = Signals.BEARING.outerOrder() * SHAFT;
        float[] machine = Signals.noise(LENGTH, 0.02, 5);
        for (double[] line : new double[][] {{0.10, SHAFT}, {0.05, 2 * SHAFT}, {0.08, 160}, {0.20, 325}, {0.3, 2000}}) {
            machine = Signals.plus(machine, line[0], line[1], RATE);
        }
        float[] knocking = Signals.knocks(Signals.noise(LENGTH, 0.02, 6), outer, 0, 0.8, RATE, 7);
        float[] shaken = Signals.plus(knocking, 0.2, SHAFT, RATE);

        compare(machine, true, List.of());
        compare(Signals.noise(LENGTH, 0.3, 8), false, List.of());
        compare(shaken, true, List.of(outer, 2 * outer, 3 * outer));
    }

    /** @param steady lines far above the noise: their velocity does not depend on the estimate */
    private void compare(float[] samples, boolean steady, List<Double> lines) throws Exception {
        Map<String, Double> scipy = scipy(samples, lines);
        VibrationFeatures ours = analyse(samples);
        assertThat(ours.rms()).isCloseTo(scipy(scipy, "rms"), withinPercentage(1e-4));
        assertThat(ours.kurtosis()).isCloseTo(scipy(scipy, "kurtosis"), withinPercentage(1e-4));
        assertThat(ours.crest()).isCloseTo(scipy(scipy, "crest"), withinPercentage(1e-4));
        assertThat(ours.velocityRms()).isCloseTo(scipy(scipy, "velocity_by_density"), withinPercentage(0.5));
        if (steady) {
            // a filter and an integral in time against a spectrum: the edges differ by some percent
            assertThat(ours.velocityRms()).isCloseTo(scipy(scipy, "velocity_rms"), withinPercentage(3));
        }
        for (double line : lines) {
            EnvelopeSpectrum spectrum = new VibrationAnalysis()
                    .envelope(asset, Signals.channel("g"), samples, RATE, SHAFT)
                    .orElseThrow();
            double found = scipy(scipy, named("line_", line));
            assertThat(strongestNear(spectrum, line)).isCloseTo(found, within(1.01 * spectrum.hertzPerBin()));
        }
    }

    @Test
    void scipyFindsTheSameOrdersMainsLineHighBandModulationSpeedAndGearLines() throws Exception {
        double shaft = 25.04;
        double mesh = 23 * shaft;
        float[] noise = Signals.noise(LENGTH, 0.05, 21);
        for (int i = 0; i < noise.length; i++) {
            noise[i] *= (float) (1 + 0.6 * Math.cos(2 * Math.PI * 7 * shaft * i / RATE));
        }
        float[] machine = Signals.meshing(noise, mesh, 0.1, shaft, 0.5, RATE);
        for (double[] line : new double[][] {{0.2, shaft}, {0.1, 2 * shaft}, {0.15, 3 * shaft}, {0.1, 120}}) {
            machine = Signals.plus(machine, line[0], line[1], RATE);
        }
        Asset geared = Signals.geared(60 * SHAFT, 60);
        Channel channel = Signals.channel("g");
        VibrationFeatures ours = new VibrationAnalysis().analyse(geared, channel, machine, RATE, SHAFT);
        List<GearSpectrum.Line> gear = new VibrationAnalysis()
                .gearSpectrum(geared, channel, machine, RATE, SHAFT)
                .orElseThrow()
                .lines(Signals.GEAR, VibrationFeatures.GearScore.Part.PINION);
        List<Double> asked = new ArrayList<>(List.of(shaft, 2 * shaft, 3 * shaft, 120.0));
        gear.forEach(line -> asked.add(line.hertz()));
        Map<String, Double> scipy = scipy(machine, asked);

        assertThat(ours.shaftHz()).isCloseTo(scipy(scipy, "shaft"), within(0.03));
        assertThat(ours.highBandRms()).isCloseTo(scipy(scipy, "high_band"), withinPercentage(4));
        assertThat(ours.bladePassModulation()).isCloseTo(scipy(scipy, "modulation"), within(0.08));
        for (int order = 1; order <= 3; order++) {
            double wanted = order;
            double velocity = ours.orders().stream()
                    .filter(o -> o.order() == wanted)
                    .findFirst()
                    .orElseThrow()
                    .velocity();
            assertThat(velocity)
                    .as("order %d", order)
                    .isCloseTo(scipy(scipy, named("fit_", order * shaft)), withinPercentage(3));
        }
        assertThat(ours.lineTwiceVelocity()).isCloseTo(scipy(scipy, named("fit_", 120)), withinPercentage(3));
        for (GearSpectrum.Line line : gear) {
            assertThat(line.db())
                    .as(line.name())
                    .isCloseTo(Math.clamp(scipy(scipy, named("level_", line.hertz())), 0, 40), within(0.2));
        }
    }

    private static String named(String prefix, double hertz) {
        return prefix
                + new java.math.BigDecimal(String.format(Locale.ROOT, "%.6g", hertz))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    private static double scipy(Map<String, Double> values, String name) {
        return Objects.requireNonNull(values.get(name), name + " in " + values);
    }

    private static double strongestNear(EnvelopeSpectrum spectrum, double hertz) {
        double[] levels = spectrum.levels(false);
        int best = (int) Math.round(hertz / spectrum.hertzPerBin());
        for (int k = 2; k < levels.length; k++) {
            boolean near = Math.abs(k * spectrum.hertzPerBin() - hertz) <= 0.02 * hertz;
            best = near && levels[k] > levels[best] ? k : best;
        }
        return best * spectrum.hertzPerBin();
    }

    private Map<String, Double> scipy(float[] samples, List<Double> lines) throws Exception {
        String python = Objects.requireNonNullElse(System.getenv("PENSTOCK_PYTHON"), "python3");
        Assumptions.assumeTrue(
                run(List.of(python, "-c", "import numpy, scipy")) != null,
                "not compared with SciPy: " + python + " has no scipy; to have it: pip install scipy (in a virtual"
                        + " environment whose bin/python PENSTOCK_PYTHON names)");
        Path script = folder.resolve("features.py");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("features.py"))) {
            Files.write(script, in.readAllBytes());
        }
        ByteBuffer bytes = ByteBuffer.allocate(samples.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(samples);
        Path wave = Files.write(folder.resolve("wave.f32"), bytes.array());
        Stream<String> asked = lines.stream().map(line -> String.format(Locale.ROOT, "%.6g", line));
        List<String> printed = run(Stream.concat(
                        Stream.of(
                                python, script.toString(), wave.toString(), Double.toString(RATE), "500", "25.04", "7"),
                        asked)
                .toList());
        assertThat(printed).as("features.py ran").isNotNull();
        Map<String, Double> values = new HashMap<>();
        for (String line : Objects.requireNonNull(printed)) {
            String[] pair = line.split(" ", 2);
            values.put(pair[0], Double.parseDouble(pair[1]));
        }
        return values;
    }

    /** What it printed; null where it could not be started or failed. */
    private @org.jspecify.annotations.Nullable List<String> run(List<String> command)
            throws InterruptedException, IOException {
        Path out = folder.resolve("out.txt");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(folder.resolve("err.txt").toFile())
                    .start();
        } catch (IOException missing) {
            return null;
        }
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return null;
        }
        return process.exitValue() == 0 ? Files.readAllLines(out) : null;
    }
}
