package io.penstock.daemon.window;

import io.penstock.daemon.asset.Bearing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How clearly each element of a bearing speaks in an envelope spectrum. An element's lines stand at fixed multiples of one
 * fundamental (Randall and Antoni 2011, Mechanical Systems and Signal Processing 25(2), 485-520): harmonics of the outer ring's
 * ball pass frequency; those of the inner ring with sidebands one shaft turn away, as the fault passes through the load zone;
 * even multiples of the ball spin frequency with sidebands one cage turn away. Slip moves the fundamental by a percent or so,
 * and all its harmonics with it: they are looked for together, never one by one, so that noise has no free choice.
 */
final class ElementLines {
    /** The most slip may move a fundamental, as a part of it. */
    private static final double SLIP = 0.012;

    /** A single line counts no further than this, so that one foreign line cannot make a family. */
    private static final double CLIP_DB = 24;

    /** What lines that only one whitening shows lose: by this much its noise is louder than that of both together. */
    private static final double ONE_WAY_DB = 2;

    /**
     * The cage's own lines count less: they also stand beside every fault that turns with the cage, which is far more common,
     * and near zero frequency the floor under them is known worst.
     */
    private static final double CAGE_WEIGHT = 0.8;

    /**
     * One line of a pattern, at {@code harmonic * fundamental + shaft * shaftHz + cage * cageHz}.
     *
     * @param twin whether a second one stands mirrored on the harmonic's other side
     */
    private record Line(double harmonic, double shaft, double cage, double weight, boolean twin) {}

    private static final List<Line> OUTER =
            List.of(new Line(1, 0, 0, 1, false), new Line(2, 0, 0, 1, false), new Line(3, 0, 0, 0.5, false));
    private static final List<Line> INNER =
            List.of(new Line(1, 0, 0, 1, false), new Line(2, 0, 0, 0.7, false), new Line(1, 1, 0, 0.6, true));
    private static final List<Line> BALL =
            List.of(new Line(2, 0, 0, 1, false), new Line(4, 0, 0, 0.7, false), new Line(2, 0, 1, 0.6, true));
    private static final List<Line> CAGE =
            List.of(new Line(1, 0, 0, 1, false), new Line(2, 0, 0, 0.7, false), new Line(3, 0, 0, 0.5, false));

    private ElementLines() {}

    private static List<Line> pattern(String fault) {
        return switch (fault) {
            case "bearing_outer_race" -> OUTER;
            case "bearing_inner_race" -> INNER;
            case "bearing_ball" -> BALL;
            case "bearing_cage" -> CAGE;
            default -> throw new IllegalArgumentException("no pattern of lines for " + fault);
        };
    }

    /** What a score's frequencies are multiples of: they are told at the pattern's first line. */
    private static double fundamental(VibrationFeatures.ElementScore score) {
        return score.measuredHz() / pattern(score.fault()).getFirst().harmonic;
    }

    private static double cageHz(Bearing bearing, VibrationFeatures.ElementScore score, double shaftHz) {
        return bearing.cageOrder() * shaftHz * score.measuredHz() / score.expectedHz();
    }

    /** The whitening in which a score was reached. */
    static Envelope.Way way(Bearing bearing, VibrationFeatures.ElementScore score, Envelope envelope, double shaftHz) {
        List<Line> pattern = pattern(score.fault());
        double cageHz = cageHz(bearing, score, shaftHz);
        double both = family(pattern, fundamental(score), shaftHz, cageHz, envelope, Envelope.Way.BOTH);
        double evened = family(pattern, fundamental(score), shaftHz, cageHz, envelope, Envelope.Way.EVENED);
        return evened - ONE_WAY_DB > both ? Envelope.Way.EVENED : Envelope.Way.BOTH;
    }

    /** The lines behind a score, in order of frequency. */
    static List<EnvelopeSpectrum.Line> lines(
            Bearing bearing, VibrationFeatures.ElementScore score, Envelope envelope, double shaftHz) {
        String name = switch (score.fault()) {
            case "bearing_outer_race" -> "BPFO";
            case "bearing_inner_race" -> "BPFI";
            case "bearing_ball" -> "BSF";
            default -> "FTF";
        };
        Envelope.Way way = way(bearing, score, envelope, shaftHz);
        double cageHz = cageHz(bearing, score, shaftHz);
        List<EnvelopeSpectrum.Line> lines = new ArrayList<>();
        for (Line line : pattern(score.fault())) {
            String harmonic = name + " " + (int) line.harmonic + "x";
            double centre = line.harmonic * fundamental(score);
            double aside = line.shaft * shaftHz + line.cage * cageHz;
            String step = line.shaft > 0 ? "fr" : line.cage > 0 ? "FTF" : "";
            lines.add(found(harmonic + (step.isEmpty() ? "" : "+" + step), centre + aside, shaftHz, envelope, way));
            if (line.twin) {
                lines.add(found(harmonic + "-" + step, centre - aside, shaftHz, envelope, way));
            }
        }
        lines.sort(Comparator.comparingDouble(EnvelopeSpectrum.Line::hertz));
        return lines;
    }

    private static EnvelopeSpectrum.Line found(
            String name, double hertz, double shaftHz, Envelope envelope, Envelope.Way way) {
        return new EnvelopeSpectrum.Line(name, hertz, level(hertz, shaftHz, envelope, way));
    }

    /** The highest envelope frequency the patterns of these bearings look at, in shaft orders. */
    static double highestOrder(List<Bearing> bearings) {
        double highest = 4;
        for (Bearing bearing : bearings) {
            highest = Math.max(highest, 3 * bearing.outerOrder());
            highest = Math.max(highest, 2 * bearing.innerOrder() + 1);
            highest = Math.max(highest, 4 * bearing.ballOrder() + 1);
        }
        return highest * (1 + 2 * SLIP);
    }

    /** Scores of every element of every bearing, best first. */
    static List<VibrationFeatures.ElementScore> score(List<Bearing> bearings, Envelope envelope, double shaftHz) {
        List<VibrationFeatures.ElementScore> scores = new ArrayList<>(4 * bearings.size());
        for (Bearing bearing : bearings) {
            double cage = bearing.cageOrder();
            scores.add(best(bearing, "bearing_outer_race", OUTER, bearing.outerOrder(), cage, 1, envelope, shaftHz));
            scores.add(best(bearing, "bearing_inner_race", INNER, bearing.innerOrder(), cage, 1, envelope, shaftHz));
            scores.add(best(bearing, "bearing_ball", BALL, bearing.ballOrder(), cage, 2, envelope, shaftHz));
            scores.add(best(bearing, "bearing_cage", CAGE, cage, cage, 1, envelope, shaftHz));
        }
        scores.sort(
                Comparator.comparingDouble(VibrationFeatures.ElementScore::db).reversed());
        return scores;
    }

    private static VibrationFeatures.ElementScore best(
            Bearing bearing,
            String fault,
            List<Line> pattern,
            double order,
            double cageOrder,
            int shown,
            Envelope envelope,
            double shaftHz) {
        double expected = order * shaftHz;
        double reach = SLIP * expected;
        double step = envelope.hertzPerBin() / 4;
        int steps = (int) Math.ceil(reach / step);
        double bestDb = Double.NEGATIVE_INFINITY;
        double bestHz = expected;
        for (int i = -steps; i <= steps; i++) {
            double fundamental = expected + (steps == 0 ? 0 : reach * i / steps);
            double cageHz = cageOrder * shaftHz * fundamental / expected;
            double db = Math.max(
                    family(pattern, fundamental, shaftHz, cageHz, envelope, Envelope.Way.BOTH),
                    family(pattern, fundamental, shaftHz, cageHz, envelope, Envelope.Way.EVENED) - ONE_WAY_DB);
            if (db > bestDb) {
                bestDb = db;
                bestHz = fundamental;
            }
        }
        double weight = fault.equals("bearing_cage") ? CAGE_WEIGHT : 1;
        return new VibrationFeatures.ElementScore(
                bearing.id(), fault, weight * bestDb, shown * expected, shown * bestHz);
    }

    private static double family(
            List<Line> pattern,
            double fundamental,
            double shaftHz,
            double cageHz,
            Envelope envelope,
            Envelope.Way way) {
        double sum = 0;
        double weights = 0;
        for (Line line : pattern) {
            double centre = line.harmonic * fundamental;
            double aside = line.shaft * shaftHz + line.cage * cageHz;
            double level = level(centre + aside, shaftHz, envelope, way);
            if (line.twin) {
                level = (level + level(centre - aside, shaftHz, envelope, way)) / 2;
            }
            sum += line.weight * level;
            weights += line.weight;
        }
        return sum / weights;
    }

    private static double level(double hertz, double shaftHz, Envelope envelope, Envelope.Way way) {
        double turns = Math.rint(hertz / shaftHz);
        if (Math.abs(hertz - turns * shaftHz) < envelope.hertzPerBin()) {
            return 0; // a multiple of the shaft speed belongs to the shaft
        }
        return Math.min(CLIP_DB, envelope.levelAt(hertz, way));
    }
}
