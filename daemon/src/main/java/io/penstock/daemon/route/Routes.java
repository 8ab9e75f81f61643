package io.penstock.daemon.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a routes file says.
 *
 * @param statedMode empty where the file leaves it open
 * @param threshold what a score must reach, on the mode's own scale; empty where it is to be found from the samples
 * @param fallback the name given to what no route takes
 * @param routes in file order
 * @param rejects texts that must fall back, learned from labelled queries
 */
public record Routes(
        Optional<Mode> statedMode,
        OptionalDouble threshold,
        String fallback,
        List<Route> routes,
        List<String> rejects) {
    /** The threshold of {@link Mode#CENTROID} where the file states none. */
    public static final double CENTROID_THRESHOLD = 0.7;

    /** The fallback's name where the file states none. */
    public static final String FALLBACK = "fallback_general";

    public Routes {
        routes = List.copyOf(routes);
        rejects = List.copyOf(rejects);
        if (routes.isEmpty()) {
            throw new IllegalArgumentException("a routes file needs at least one route");
        }
    }

    public Mode mode() {
        return statedMode.orElse(Mode.MARGIN);
    }

    public Routes withThreshold(Mode mode, double value) {
        return new Routes(Optional.of(mode), OptionalDouble.of(value), fallback, routes, rejects);
    }

    /** Routes with some samples, and fewer than any mode should have. */
    public List<String> thin() {
        return routes.stream()
                .filter(route -> !route.samples().isEmpty() && route.samples().size() < Mode.ENOUGH_SAMPLES)
                .map(Route::name)
                .toList();
    }

    /** Every text whose vector the router needs, once each, without the shipped negatives. */
    public List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (Route route : routes) {
            texts.addAll(route.samples());
        }
        texts.addAll(rejects);
        return texts.stream().distinct().toList();
    }
}
