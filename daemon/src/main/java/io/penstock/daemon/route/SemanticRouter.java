package io.penstock.daemon.route;

import io.penstock.daemon.route.RoutePlan.Tier;
import io.penstock.daemon.route.SampleSpace.Left;
import io.penstock.daemon.route.Scoring.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Routes a text by its vector. Built once from a routes file and the vectors of its texts; then a pure function, safe for any
 * number of threads.
 */
public final class SemanticRouter {
    private final Routes routes;
    private final SampleSpace space;
    private final Scoring scoring;
    private final double threshold;
    private final String thresholdFrom;

    private SemanticRouter(Routes routes, SampleSpace space, Scoring scoring, double threshold, String thresholdFrom) {
        this.routes = routes;
        this.space = space;
        this.scoring = scoring;
        this.threshold = threshold;
        this.thresholdFrom = thresholdFrom;
    }

    /**
     * @param negatives texts that belong to no route, for example {@link ShippedRoutes#negatives()}
     * @param vectors of every text in {@link Routes#texts()} and {@code negatives}, unit length
     * @throws IllegalArgumentException when a vector is missing, or no route has samples
     */
    public static SemanticRouter of(Routes routes, List<String> negatives, Map<String, float[]> vectors) {
        if (!anySamples(routes)) {
            throw new IllegalArgumentException(
                    "no route has samples: patterns alone decide, no semantic router is needed");
        }
        SampleSpace space = new SampleSpace(routes, negatives, vectors);
        if (routes.threshold().isPresent()) {
            return new SemanticRouter(
                    routes,
                    space,
                    scoring(routes.mode(), space, false),
                    routes.threshold().getAsDouble(),
                    "the routes file");
        }
        if (routes.mode() == Mode.CENTROID) {
            return new SemanticRouter(
                    routes,
                    space,
                    scoring(Mode.CENTROID, space, false),
                    Routes.CENTROID_THRESHOLD,
                    "the mode's default");
        }
        Scoring scoring = scoring(routes.mode(), space, true);
        return new SemanticRouter(
                routes,
                space,
                scoring,
                Calibration.leaveOneOut(space, scoring).threshold(),
                "leaving each sample out, against the shipped negatives");
    }

    static boolean anySamples(Routes routes) {
        return routes.routes().stream().anyMatch(route -> !route.samples().isEmpty());
    }

    static Scoring scoring(Mode mode, SampleSpace space, boolean leavesOut) {
        return switch (mode) {
            case CENTROID -> new Scoring.Centroid(space);
            case MARGIN -> new Scoring.Margin(space);
            case LOGISTIC -> new LogisticScoring(space, leavesOut);
        };
    }

    public double threshold() {
        return threshold;
    }

    public Routes routes() {
        return routes;
    }

    /** Each sample routed with itself left out: which routes are hard to tell apart. */
    public Calibration leaveOneOut() {
        Scoring leaving = scoring instanceof LogisticScoring ? scoring(Mode.LOGISTIC, space, true) : scoring;
        return Calibration.leaveOneOut(space, leaving);
    }

    /**
     * Where a text goes: the best route where its score reaches the threshold, else the fallback with what it came near to.
     *
     * @param vector of the text, unit length, from the model that made the samples' vectors
     */
    public RoutePlan decide(float[] vector) {
        Standing standing = scoring.stand(vector, Left.OUT_NOTHING);
        Route best = space.route(standing.route());
        String second = standing.runnerUp() == SampleSpace.NONE
                ? ""
                : space.route(standing.runnerUp()).name();
        double margin = second.isEmpty() ? Double.NaN : standing.lead();
        boolean reached = standing.score() >= threshold;
        String nearest = space.nearestSample(standing.route(), vector);
        List<String> reasons = new ArrayList<>();
        reasons.add(say(
                "mode %s: %s scores %.3f (cosine %.3f%s)",
                routes.mode().word(),
                best.name(),
                standing.score(),
                standing.cosine(),
                second.isEmpty() ? "" : say(", %.3f ahead of %s", standing.lead(), second)));
        reasons.add(say("%s the threshold %.3f from %s", reached ? "reaches" : "below", threshold, thresholdFrom));
        if (!reached) {
            reasons.add("no route takes it: " + routes.fallback());
        }
        return new RoutePlan(
                reached ? best.name() : routes.fallback(),
                reached ? Tier.SEMANTIC : Tier.FALLBACK,
                reached ? best.model() : "",
                standing.score(),
                reached ? second : best.name(),
                margin,
                threshold,
                nearest,
                reasons,
                "",
                Signals.UNKNOWN);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
