package io.penstock.daemon.route;

import io.penstock.daemon.route.Calibration.Labelled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** From a routes file and labelled texts to the file that routes better. */
public final class Calibrator {
    /** A mode other than margin must beat it by this much balanced accuracy on the same texts to be chosen. */
    private static final double WORTH = 0.003;

    private Calibrator() {}

    /**
     * @param routes the file to write, with mode and threshold
     * @param measured on texts that had no part in the scores they got
     * @param reasons in plain words
     */
    public record Calibrated(Routes routes, Calibration measured, List<String> reasons) {
        public Calibrated {
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * The routes with the labelled texts learned: a route's become its samples, those of no route become rejects.
     *
     * @throws IllegalArgumentException for a text of a route the file does not have
     */
    public static Routes learn(Routes routes, List<Labelled> labelled, boolean samplesToo) {
        Map<String, List<String>> grown = new HashMap<>();
        routes.routes().forEach(route -> grown.put(route.name(), new ArrayList<>(route.samples())));
        List<String> rejects = new ArrayList<>(routes.rejects());
        for (Labelled text : labelled) {
            boolean stranger = text.route().isEmpty() || text.route().equals(routes.fallback());
            List<String> into = stranger ? rejects : grown.get(text.route());
            if (into == null) {
                throw new IllegalArgumentException("no route '" + text.route() + "' in the routes file, which has "
                        + String.join(", ", grown.keySet()));
            }
            if ((stranger || samplesToo) && !into.contains(text.text())) {
                into.add(text.text());
            }
        }
        List<Route> learned = routes.routes().stream()
                .map(route -> new Route(
                        route.name(), grown.getOrDefault(route.name(), List.of()), route.patterns(), route.model()))
                .toList();
        return new Routes(routes.statedMode(), routes.threshold(), routes.fallback(), learned, rejects);
    }

    /**
     * Chooses the threshold, and the mode where none is given: margin, or logistic where every route has enough samples and it
     * measures better.
     *
     * @param routes with the rejects, and the labelled texts where they were {@link #learn learned}
     * @param queries labelled texts of routes that are not among the samples; empty: each sample is left out in turn
     * @param vectors of all texts
     * @throws IllegalArgumentException when there is too little to measure
     */
    public static Calibrated calibrate(
            Routes routes,
            Optional<Mode> mode,
            List<Labelled> queries,
            List<String> negatives,
            Map<String, float[]> vectors) {
        SampleSpace space = new SampleSpace(routes, negatives, vectors);
        List<String> reasons = new ArrayList<>();
        Mode chosen = mode.orElse(Mode.MARGIN);
        Calibration best = measure(chosen, space, queries, vectors);
        reasons.add(chosen.word() + ": " + say(best));
        if (mode.isEmpty() && enough(routes)) {
            Calibration logistic = measure(Mode.LOGISTIC, space, queries, vectors);
            reasons.add(Mode.LOGISTIC.word() + ": " + say(logistic));
            if (logistic.balanced() > best.balanced() + WORTH) {
                chosen = Mode.LOGISTIC;
                best = logistic;
            }
        }
        reasons.add("chosen: " + chosen.word());
        return new Calibrated(routes.withThreshold(chosen, best.threshold()), best, reasons);
    }

    private static boolean enough(Routes routes) {
        return routes.routes().stream()
                .allMatch(route -> route.samples().isEmpty() || route.samples().size() >= Mode.ENOUGH_SAMPLES);
    }

    private static Calibration measure(
            Mode mode, SampleSpace space, List<Labelled> queries, Map<String, float[]> vectors) {
        return Calibration.measure(space, SemanticRouter.scoring(mode, space, true), queries, vectors);
    }

    private static String say(Calibration c) {
        return String.format(
                Locale.ROOT,
                "threshold %.3f keeps %.1f %% of %d texts of a route and rejects %.1f %% of %d of none (balanced %.1f %%)",
                c.threshold(),
                100 * c.kept(),
                c.belonging(),
                100 * c.rejected(),
                c.strangers(),
                100 * c.balanced());
    }
}
