package io.penstock.daemon.route;

import io.penstock.daemon.route.SampleSpace.Left;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A multinomial classifier with a reject class (the background) picks the route; its log-odds are added to the margin score.
 * Leaving a text out uses the one of {@value #FOLDS} classifiers that never saw it.
 */
final class LogisticScoring implements Scoring {
    static final int FOLDS = 5;

    /** As measured with the margin mode's score: 50 units of log-odds weigh as much as 1 of cosine. */
    private static final double ODDS_WEIGHT = 0.02;

    /** Taken off where classifier and margin name different routes. */
    private static final double DISAGREEMENT = 0.05;

    /** Vectors are centred, brought back to unit length and stretched by this, for C = 10 to be a fair penalty. */
    private static final double STRETCH = 4;

    private final SampleSpace space;
    private final Margin margin;
    private final double[] mean;
    private final Softmax whole;
    private final List<Softmax> folds = new ArrayList<>();

    /** Trains at once. Without {@code folds} nothing can be left out; with them it takes six times as long. */
    LogisticScoring(SampleSpace space, boolean withFolds) {
        this.space = space;
        this.margin = new Margin(space);
        this.mean = mean(space);
        this.whole = train(any -> false);
        for (int fold = 0; withFolds && fold < FOLDS; fold++) {
            int kept = fold;
            folds.add(train(index -> index % FOLDS == kept));
        }
    }

    private static double[] mean(SampleSpace space) {
        float[][] background = space.background();
        double[] mean = new double[space.samples(0)[0].length];
        for (int b = 0; b < space.shipped(); b++) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += background[b][i] / space.shipped();
            }
        }
        return mean;
    }

    private Softmax train(IntPredicate leftOut) {
        List<double[]> inputs = new ArrayList<>();
        List<Integer> classes = new ArrayList<>();
        for (int r = 0; r < space.size(); r++) {
            add(space.samples(r), r, leftOut, inputs, classes);
        }
        add(space.background(), space.size(), leftOut, inputs, classes);
        return Softmax.train(
                inputs.toArray(double[][]::new),
                classes.stream().mapToInt(Integer::intValue).toArray(),
                space.size() + 1);
    }

    private void add(float[][] vectors, int label, IntPredicate leftOut, List<double[]> inputs, List<Integer> classes) {
        for (int i = 0; i < vectors.length; i++) {
            if (!leftOut.test(i)) {
                inputs.add(centred(vectors[i]));
                classes.add(label);
            }
        }
    }

    private double[] centred(float[] vector) {
        double[] out = new double[vector.length];
        double norm = 0;
        for (int i = 0; i < out.length; i++) {
            out[i] = vector[i] - mean[i];
            norm += out[i] * out[i];
        }
        double factor = norm < 1e-12 ? 0 : STRETCH / Math.sqrt(norm);
        for (int i = 0; i < out.length; i++) {
            out[i] *= factor;
        }
        return out;
    }

    @Override
    public Standing stand(float[] vector, Left left) {
        Softmax classifier = whole;
        if (left.sample() != SampleSpace.NONE) {
            classifier = folds.get(left.sample() % FOLDS);
        } else if (left.background() != SampleSpace.NONE) {
            classifier = folds.get(left.background() % FOLDS);
        }
        double[] logits = classifier.logits(centred(vector));
        int best = 0;
        for (int r = 1; r < space.size(); r++) {
            if (logits[r] > logits[best]) {
                best = r;
            }
        }
        Standing byMargin = margin.stand(vector, left);
        double score = byMargin.score() + ODDS_WEIGHT * Softmax.logOdds(logits, best);
        if (byMargin.route() == best) {
            return new Standing(best, score, byMargin.cosine(), byMargin.runnerUp(), byMargin.lead());
        }
        double cosine = space.nearness(best, vector, left);
        return new Standing(best, score - DISAGREEMENT, cosine, byMargin.route(), cosine - byMargin.cosine());
    }
}
