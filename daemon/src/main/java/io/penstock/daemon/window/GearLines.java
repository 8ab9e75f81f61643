package io.penstock.daemon.window;

import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import java.util.ArrayList;
import java.util.List;

/**
 * How clearly a pair of gear wheels speaks in a spectrum (ISO 13373-3; Randall 2011, Vibration-based Condition Monitoring, 5.4).
 * Teeth that come into mesh stand at the gear mesh frequency and its harmonics; wear raises these. What is wrong once a turn, a
 * cracked or broken tooth or an eccentric wheel, modulates the mesh and stands beside each harmonic at multiples of that wheel's own
 * speed. Every healthy gear has such lines, so a level says something beside its healthy one only.
 *
 * <p>The speed is known to a few parts in a thousand, which at a mesh of sixty orders is several bins: the mesh frequency is looked for
 * near its place by all harmonics together, and the wheels' speeds follow from it and their teeth.
 */
final class GearLines {
    /** How far the mesh may lie from where the speed puts it, as a part of it. */
    private static final double REACH = 0.005;

    private static final int HARMONICS = 3;
    private static final double[] HARMONIC_WEIGHT = {1, 0.7, 0.5};
    /** Sidebands at one and two turns. */
    private static final double[] SIDE_WEIGHT = {1, 0.5};

    /** A single line counts no further than this, so that one foreign line cannot make a family. */
    private static final double CLIP_DB = 40;

    /** A Hann line covers three bins: sidebands nearer than this leave no surroundings to stand out of. */
    static final double LEAST_BINS_APART = 6;

    /** Half the width over which surroundings are taken, bins. */
    private static final int AROUND_BINS = 60;

    /** A line where it was looked for. */
    record Line(String name, double hertz, double db) {}

    private final Spectrum spectrum;
    private final double shaftHz;
    private final double[] scratch;

    /** @param scratch room for twice {@value #AROUND_BINS} values */
    GearLines(Spectrum spectrum, double shaftHz, double[] scratch) {
        this.spectrum = spectrum;
        this.shaftHz = shaftHz;
        this.scratch = scratch;
    }

    /** Scores of each gear: its mesh, then its two wheels; none for a gear whose mesh lies outside of the spectrum. */
    List<GearScore> score(List<Gear> gears) {
        List<GearScore> scores = new ArrayList<>(3 * gears.size());
        for (Gear gear : gears) {
            double expected = gear.meshOrder() * shaftHz;
            if (!readable(expected * (1 + REACH)) || expected < 10 * spectrum.hertzPerBin()) {
                continue;
            }
            double mesh = meshHz(gear, expected);
            scores.add(new GearScore(gear.id(), GearScore.Part.MESH, meshDb(mesh), expected, mesh, Double.NaN));
            scores.add(wheel(gear, Gear.Side.PINION, expected, mesh));
            scores.add(wheel(gear, Gear.Side.WHEEL, expected, mesh));
        }
        return scores;
    }

    private GearScore wheel(Gear gear, Gear.Side side, double expected, double mesh) {
        double turnHz = mesh / gear.teeth(side);
        GearScore.Part part = side == Gear.Side.PINION ? GearScore.Part.PINION : GearScore.Part.WHEEL;
        boolean apart = turnHz >= LEAST_BINS_APART * spectrum.hertzPerBin();
        double db = apart ? sidebands(mesh, turnHz) : Double.NaN;
        double ratio = apart ? sidebandRatio(mesh, turnHz) : Double.NaN;
        return new GearScore(gear.id(), part, db, expected / gear.teeth(side), turnHz, ratio);
    }

    /** The lines behind a gear's scores, in order of frequency. */
    List<Line> lines(Gear gear, double meshHz, GearScore.Part part) {
        List<Line> lines = new ArrayList<>();
        for (int harmonic = 1; harmonic <= HARMONICS; harmonic++) {
            double centre = harmonic * meshHz;
            if (!readable(centre)) {
                break;
            }
            String name = "GMF " + harmonic + "x";
            if (part != GearScore.Part.MESH) {
                double turnHz = meshHz / gear.teeth(part == GearScore.Part.PINION ? Gear.Side.PINION : Gear.Side.WHEEL);
                String step = part == GearScore.Part.PINION ? "fp" : "fw";
                lines.add(new Line(name + "-" + step, centre - turnHz, level(centre - turnHz)));
                lines.add(new Line(name, centre, level(centre)));
                lines.add(new Line(name + "+" + step, centre + turnHz, level(centre + turnHz)));
            } else {
                lines.add(new Line(name, centre, level(centre)));
            }
        }
        return lines;
    }

    private double meshHz(Gear gear, double expected) {
        // no further than half way to the first sideband, or that is taken for the mesh
        double slowest = expected / gear.wheelTeeth();
        double reach = Math.min(REACH * expected, 0.4 * Math.max(slowest, 2 * spectrum.hertzPerBin()));
        double step = spectrum.hertzPerBin() / 4;
        int steps = (int) Math.ceil(reach / step);
        double best = expected;
        double most = -1;
        for (int i = -steps; i <= steps; i++) {
            double mesh = expected + (steps == 0 ? 0 : reach * i / steps);
            double sum = 0;
            for (int harmonic = 1; harmonic <= HARMONICS && readable(harmonic * mesh); harmonic++) {
                sum += Math.log(power(harmonic * mesh) + Double.MIN_NORMAL) * HARMONIC_WEIGHT[harmonic - 1];
            }
            if (most == -1 || sum > most) {
                most = sum;
                best = mesh;
            }
        }
        return best;
    }

    private double meshDb(double mesh) {
        double sum = 0;
        double weights = 0;
        for (int harmonic = 1; harmonic <= HARMONICS && readable(harmonic * mesh); harmonic++) {
            sum += HARMONIC_WEIGHT[harmonic - 1] * level(harmonic * mesh);
            weights += HARMONIC_WEIGHT[harmonic - 1];
        }
        return sum / weights;
    }

    private double sidebands(double mesh, double turnHz) {
        double sum = 0;
        double weights = 0;
        for (int harmonic = 1; harmonic <= HARMONICS && readable(harmonic * mesh + 2 * turnHz); harmonic++) {
            for (int turn = 1; turn <= SIDE_WEIGHT.length; turn++) {
                double weight = HARMONIC_WEIGHT[harmonic - 1] * SIDE_WEIGHT[turn - 1];
                sum += weight / 2 * level(harmonic * mesh - turn * turnHz);
                sum += weight / 2 * level(harmonic * mesh + turn * turnHz);
                weights += weight;
            }
        }
        return weights > 0 ? sum / weights : Double.NaN;
    }

    /** Sum of the amplitudes of three sidebands to each side over the amplitude of the mesh line. */
    private double sidebandRatio(double mesh, double turnHz) {
        double centre = Math.sqrt(power(mesh));
        double sum = 0;
        for (int turn = 1; turn <= 3; turn++) {
            sum += Math.sqrt(power(mesh - turn * turnHz)) + Math.sqrt(power(mesh + turn * turnHz));
        }
        return centre > 0 ? sum / centre : Double.NaN;
    }

    private boolean readable(double hertz) {
        return hertz < (spectrum.size() - 3) * spectrum.hertzPerBin();
    }

    /** The higher one of the bins below and above. */
    private double power(double hertz) {
        return spectrum.power()[bin(hertz)];
    }

    private int bin(double hertz) {
        int below = Math.clamp((int) Math.floor(hertz / spectrum.hertzPerBin()), 1, spectrum.size() - 2);
        return spectrum.power()[below] >= spectrum.power()[below + 1] ? below : below + 1;
    }

    private double level(double hertz) {
        if (hertz < 3 * spectrum.hertzPerBin()) {
            return 0;
        }
        double db = spectrum.prominence(bin(hertz), AROUND_BINS * spectrum.hertzPerBin(), scratch);
        return Math.clamp(db, 0, CLIP_DB);
    }
}
