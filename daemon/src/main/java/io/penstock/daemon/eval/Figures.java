package io.penstock.daemon.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * How one contender did on some cases.
 *
 * @param cases how many
 * @param accuracy share of answers that are accepted; {@code unsure} is accepted only where the case says so
 * @param coverage share of cases in which it named something
 * @param precision share of what it named that is accepted
 * @param forbidden answers that the case says must not be given
 * @param ece expected calibration error of what it named of opened cases, ten bins of equal width, 0..1
 * @param eceAll the same over all opened cases, for {@code unsure} of the guess behind it
 * @param brier mean squared distance of confidence from being right, over what it named of opened cases
 */
public record Figures(
        int cases,
        Share accuracy,
        Share coverage,
        Share precision,
        int forbidden,
        Estimate ece,
        Estimate eceAll,
        Estimate brier) {
    private static final int BINS = 10;
    private static final int RESAMPLES = 500;
    private static final double Z = 1.959964;

    /**
     * A share with its 95 % Wilson interval.
     *
     * @param of how many; 0 makes the share NaN
     */
    public record Share(int hits, int of) {
        public double value() {
            return of == 0 ? Double.NaN : (double) hits / of;
        }

        public double low() {
            return bound(-1);
        }

        public double high() {
            return bound(1);
        }

        private double bound(int side) {
            if (of == 0) {
                return Double.NaN;
            }
            double p = value();
            double middle = p + Z * Z / (2 * of);
            double reach = Z * Math.sqrt(p * (1 - p) / of + Z * Z / (4.0 * of * of));
            return Math.clamp((middle + side * reach) / (1 + Z * Z / of), 0, 1);
        }
    }

    /** A figure with the 95 % interval of 500 resamples of the cases (bootstrap, seeded); NaN where nothing was named. */
    public record Estimate(double value, double low, double high) {}

    /** What was said with which confidence, and whether it was right. */
    record Said(double confidence, boolean right) {}

    static Figures of(Contender contender, List<CaseResult> results) {
        int right = 0;
        int named = 0;
        int namedRight = 0;
        int forbidden = 0;
        List<Said> told = new ArrayList<>();
        List<Said> all = new ArrayList<>();
        for (CaseResult result : results) {
            CaseResult.Verdict verdict = result.of(contender).orElseThrow();
            boolean accepted = result.right(contender);
            right += accepted ? 1 : 0;
            forbidden += result.forbidden(contender) ? 1 : 0;
            if (verdict.named()) {
                named++;
                namedRight += accepted ? 1 : 0;
            }
            if (result.opened()) {
                boolean guessed =
                        verdict.named() ? accepted : result.golden().causes().contains(verdict.guess());
                all.add(new Said(verdict.confidence(), guessed));
                if (verdict.named()) {
                    told.add(new Said(verdict.confidence(), accepted));
                }
            }
        }
        return new Figures(
                results.size(),
                new Share(right, results.size()),
                new Share(named, results.size()),
                new Share(namedRight, named),
                forbidden,
                estimate(told, Figures::ece),
                estimate(all, Figures::ece),
                estimate(told, Figures::brier));
    }

    private static Estimate estimate(List<Said> said, java.util.function.ToDoubleFunction<List<Said>> figure) {
        if (said.isEmpty()) {
            return new Estimate(Double.NaN, Double.NaN, Double.NaN);
        }
        Random random = new Random(1);
        double[] drawn = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            List<Said> sample = new ArrayList<>(said.size());
            for (int k = 0; k < said.size(); k++) {
                sample.add(said.get(random.nextInt(said.size())));
            }
            drawn[i] = figure.applyAsDouble(sample);
        }
        java.util.Arrays.sort(drawn);
        return new Estimate(
                figure.applyAsDouble(said), drawn[(int) (0.025 * RESAMPLES)], drawn[(int) (0.975 * RESAMPLES)]);
    }

    /** Expected calibration error: in each bin of confidence, how far it is from the share that was right, by the bin's size. */
    static double ece(List<Said> said) {
        double[] off = new double[BINS];
        for (Said one : said) {
            int bin = Math.min(BINS - 1, (int) (BINS * one.confidence()));
            off[bin] += one.confidence() - (one.right() ? 1 : 0);
        }
        double sum = 0;
        for (double bin : off) {
            sum += Math.abs(bin);
        }
        return sum / said.size();
    }

    static double brier(List<Said> said) {
        return said.stream()
                .mapToDouble(one -> Math.pow(one.confidence() - (one.right() ? 1 : 0), 2))
                .average()
                .orElse(Double.NaN);
    }
}
