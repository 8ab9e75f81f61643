package io.penstock.daemon.eval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Two models on the same golden cases, case by case.
 *
 * @param reference what the other is held against
 * @param candidate asked the same cases
 */
public record ModelComparison(EvaluationReport reference, EvaluationReport candidate) {
    private static final int RESAMPLES = 2_000;

    public ModelComparison {
        if (!ids(reference).equals(ids(candidate))) {
            throw new IllegalArgumentException("the two reports are not of the same cases");
        }
    }

    /**
     * How much more the candidate got right, as a share of the cases in which a case was opened, so that it could be asked at all.
     *
     * @param cases how many
     * @param value right answers of the candidate less those of the reference, over cases; below 0 it is worse
     * @param low, with {@code high} the 95 % interval of 2,000 resamples of the cases (paired bootstrap, seeded)
     */
    public record Difference(int cases, double value, double low, double high) {
        /** Whether a loss of this share or more can be excluded. */
        public boolean excludesLossOf(double share) {
            return cases > 0 && low > -share;
        }
    }

    /** One contender's difference over the cases that fit. */
    public Difference difference(Contender contender, Predicate<GoldenCase> which) {
        List<Integer> gains = new ArrayList<>();
        Map<String, CaseResult> others = byId(reference);
        for (CaseResult result : candidate.results()) {
            CaseResult other = others.get(result.golden().id());
            if (other != null && result.opened() && which.test(result.golden())) {
                gains.add((result.right(contender) ? 1 : 0) - (other.right(contender) ? 1 : 0));
            }
        }
        int n = gains.size();
        if (n == 0) {
            return new Difference(0, Double.NaN, Double.NaN, Double.NaN);
        }
        Random random = new Random(1);
        double[] drawn = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            int sum = 0;
            for (int k = 0; k < n; k++) {
                sum += gains.get(random.nextInt(n));
            }
            drawn[i] = (double) sum / n;
        }
        java.util.Arrays.sort(drawn);
        return new Difference(
                n,
                gains.stream().mapToInt(Integer::intValue).sum() / (double) n,
                drawn[(int) (0.025 * RESAMPLES)],
                drawn[(int) (0.975 * RESAMPLES)]);
    }

    /** Cases in which a contender's answer is another one, right or wrong: {@code id: was -> is}. */
    public List<String> flips(Contender contender) {
        List<String> flips = new ArrayList<>();
        Map<String, CaseResult> others = byId(reference);
        for (CaseResult result : candidate.results()) {
            CaseResult other = others.get(result.golden().id());
            String was = other == null ? "" : answer(other, contender);
            String is = answer(result, contender);
            if (!was.equals(is)) {
                flips.add(result.golden().id() + ": " + was + " -> " + is);
            }
        }
        return flips;
    }

    /** Cases in which the model could be asked. */
    public int asked() {
        return (int) candidate.results().stream().filter(CaseResult::opened).count();
    }

    private static String answer(CaseResult result, Contender contender) {
        return result.of(contender).map(CaseResult.Verdict::answer).orElse("");
    }

    private static Map<String, CaseResult> byId(EvaluationReport report) {
        Map<String, CaseResult> byId = new HashMap<>();
        report.results().forEach(result -> byId.put(result.golden().id(), result));
        return byId;
    }

    private static List<String> ids(EvaluationReport report) {
        return report.results().stream().map(result -> result.golden().id()).toList();
    }
}
