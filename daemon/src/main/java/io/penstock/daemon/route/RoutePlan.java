package io.penstock.daemon.route;

import java.util.List;

/**
 * Who answers, and why: stored with every diagnosis.
 *
 * @param route the route's name
 * @param tier which tier decided
 * @param model the manifest name of the model to ask; empty when rules alone answer
 * @param score of the route, 0..1; NaN where a rule decided
 * @param runnerUp the next best route; empty where there is none
 * @param margin score less the runner-up's; NaN where there is none
 * @param threshold the score had to reach; NaN where a rule decided
 * @param nearest the nearest sample of the route, or the pattern that matched
 * @param reasons in plain words, in the order they were weighed
 */
public record RoutePlan(
        String route,
        Tier tier,
        String model,
        double score,
        String runnerUp,
        double margin,
        double threshold,
        String nearest,
        List<String> reasons) {
    /** In order of cost. */
    public enum Tier {
        RULE,
        SEMANTIC,
        FALLBACK
    }

    public RoutePlan {
        reasons = List.copyOf(reasons);
    }
}
