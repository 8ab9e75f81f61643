package io.penstock.daemon.eval;

import io.penstock.daemon.check.Confidence.Features;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Fits a confidence on cases whose answer is known: a logistic model of the features with a ridge that keeps it tame where cases are few,
 * then isotonic regression of its score (pool adjacent violators), each step drawn towards a half by two imagined cases.
 */
final class ConfidenceFit {
    private static final double RIDGE = 1;
    private static final int ROUNDS = 60;
    /** What doubtful data costs, in log odds: a judgement, not fitted. */
    private static final double DOUBT = -1;

    /** Two steps nearer together than this many cases are one. */
    private static final int LEAST_STEP = 12;

    /** A diagnosis before a model is asked, and whether what it names, or holds likeliest, was right. */
    record Known(Features features, boolean right) {}

    /** A step of the isotonic regression. */
    private record Step(double middle, double right, int cases) {
        double rate() {
            return right / cases;
        }

        double shown() {
            return (right + 1) / (cases + 2);
        }
    }

    final double[] weights = new double[6];
    final List<Double> scores = new ArrayList<>();
    final List<Double> probabilities = new ArrayList<>();

    ConfidenceFit(List<Known> known) {
        logistic(known);
        isotonic(known);
    }

    /** Newton's method on the penalised likelihood; the intercept is not penalised. */
    private void logistic(List<Known> known) {
        for (int round = 0; round < ROUNDS; round++) {
            double[][] hessian = new double[6][7];
            for (int i = 1; i < 6; i++) {
                hessian[i][i] = RIDGE;
                hessian[i][6] = -RIDGE * weights[i];
            }
            for (Known one : known) {
                double[] x = inputs(one.features());
                double p = 1 / (1 + Math.exp(-dot(x)));
                for (int i = 0; i < 6; i++) {
                    hessian[i][6] += x[i] * ((one.right() ? 1 : 0) - p);
                    for (int j = 0; j < 6; j++) {
                        hessian[i][j] += x[i] * x[j] * p * (1 - p);
                    }
                }
            }
            double[] step = solved(hessian);
            for (int i = 0; i < 6; i++) {
                weights[i] += step[i];
            }
        }
        for (int i = 0; i < 6; i++) {
            weights[i] = rounded(weights[i]);
        }
        weights[4] = DOUBT;
    }

    private static double[] inputs(Features f) {
        // of doubt a set made by a generator knows nothing: data there is doubtful by chance
        return new double[] {1, f.score(), f.margin(), f.retrieval(), 0, f.unsure()};
    }

    private double dot(double[] x) {
        double sum = 0;
        for (int i = 0; i < 6; i++) {
            sum += weights[i] * x[i];
        }
        return sum;
    }

    /** Gauss with pivots. */
    private static double[] solved(double[][] m) {
        int n = m.length;
        for (int c = 0; c < n; c++) {
            int pivot = c;
            for (int r = c + 1; r < n; r++) {
                pivot = Math.abs(m[r][c]) > Math.abs(m[pivot][c]) ? r : pivot;
            }
            double[] row = m[pivot];
            m[pivot] = m[c];
            m[c] = row;
            for (int r = 0; r < n; r++) {
                if (r != c) {
                    double part = m[r][c] / m[c][c];
                    for (int k = c; k <= n; k++) {
                        m[r][k] -= part * m[c][k];
                    }
                }
            }
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = m[i][n] / m[i][i];
        }
        return x;
    }

    private void isotonic(List<Known> known) {
        List<Known> sorted = new ArrayList<>(known);
        sorted.sort(Comparator.comparingDouble((Known one) -> dot(inputs(one.features())))
                .thenComparing(one -> one.right() ? 1 : 0));
        List<Step> steps = new ArrayList<>();
        for (int from = 0; from < sorted.size(); from += LEAST_STEP) {
            // a rest too small to be a step of its own joins the last
            int to = sorted.size() - from < 2 * LEAST_STEP ? sorted.size() : from + LEAST_STEP;
            List<Known> some = sorted.subList(from, to);
            steps.add(new Step(
                    some.stream()
                            .mapToDouble(one -> dot(inputs(one.features())))
                            .average()
                            .orElseThrow(),
                    some.stream().filter(Known::right).count(),
                    some.size()));
            while (steps.size() > 1
                    && steps.getLast().rate() <= steps.get(steps.size() - 2).rate()) {
                Step last = steps.removeLast();
                Step before = steps.removeLast();
                int cases = last.cases() + before.cases();
                steps.add(new Step(
                        (last.middle() * last.cases() + before.middle() * before.cases()) / cases,
                        last.right() + before.right(),
                        cases));
            }
            if (to == sorted.size()) {
                break;
            }
        }
        for (Step step : steps) {
            scores.add(rounded(step.middle()));
            // never below the step before it: imagined cases weigh more in a small one
            double least = probabilities.isEmpty() ? 0 : probabilities.getLast();
            probabilities.add(Math.max(least, rounded(step.shown())));
        }
    }

    private static double rounded(double value) {
        return Math.rint(value * 1e3) / 1e3;
    }

    /** The fitted part of a confidence file. */
    String toml() {
        return String.format(
                Locale.ROOT,
                """
                [features]
                intercept = %.3f
                score = %.3f
                margin = %.3f
                retrieval = %.3f
                doubt = %.3f
                unsure = %.3f

                [steps]
                scores = %s
                probabilities = %s
                """,
                weights[0],
                weights[1],
                weights[2],
                weights[3],
                weights[4],
                weights[5],
                scores,
                probabilities);
    }
}
