package io.penstock.daemon.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who answers, and why: stored with every diagnosis.
 *
 * @param route the route's name
 * @param tier which tier decided
 * @param model the manifest name of the model to ask; empty when rules alone answer
 * @param score what was held against the threshold, on the mode's scale (a cosine in mode centroid; cosine, lead and
 *     background together in the others, about -1..2); NaN where a rule decided
 * @param runnerUp the next best route, for the fallback the route that came nearest; empty where there is none
 * @param margin lead of the best route's nearness over the second's; NaN where there is none
 * @param threshold the score had to reach; NaN where a rule decided
 * @param nearest the nearest sample of the route, or the pattern that matched
 * @param reasons in plain words, in the order they were weighed
 * @param text what was routed: of a case its symptoms in words, of a text its first {@value #LONGEST_TEXT} characters; empty in plans
 *     stored before it was kept
 * @param signals how much is asked for and what it holds; {@link Signals#UNKNOWN} in plans stored before there were any
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
        List<String> reasons,
        @Nullable String text,
        @Nullable Signals signals) {
    private static final int LONGEST_TEXT = 2_000;

    /** In order of cost. */
    public enum Tier {
        RULE,
        SEMANTIC,
        FALLBACK
    }

    public RoutePlan {
        reasons = List.copyOf(reasons);
        text = text == null ? "" : text.substring(0, Math.min(text.length(), LONGEST_TEXT));
        signals = signals == null ? Signals.UNKNOWN : signals;
    }

    @Override
    public String text() {
        return Objects.requireNonNull(text);
    }

    @Override
    public Signals signals() {
        return Objects.requireNonNull(signals);
    }

    /** The same of a text with these signals, and their reasons beside the others. */
    RoutePlan of(String routed, Signals told) {
        List<String> all = new ArrayList<>(reasons);
        all.addAll(told.reasons());
        return new RoutePlan(route, tier, model, score, runnerUp, margin, threshold, nearest, all, routed, told);
    }

    /** The same for another model, for other reasons. */
    RoutePlan with(String otherModel, List<String> otherReasons) {
        return new RoutePlan(
                route, tier, otherModel, score, runnerUp, margin, threshold, nearest, otherReasons, text, signals);
    }

    /** The same plan with what came of it. */
    public RoutePlan because(List<String> more) {
        List<String> all = new ArrayList<>(reasons);
        all.addAll(more);
        return new RoutePlan(route, tier, model, score, runnerUp, margin, threshold, nearest, all, text, signals);
    }
}
