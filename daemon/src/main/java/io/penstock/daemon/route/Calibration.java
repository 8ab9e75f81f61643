package io.penstock.daemon.route;

import io.penstock.daemon.route.SampleSpace.Left;
import io.penstock.daemon.route.Scoring.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * Finds the threshold that keeps most of what belongs and rejects most of what does not, weighing both the same.
 *
 * @param threshold on the mode's scale
 * @param kept share of the texts of a route that reach the right one, 0..1
 * @param rejected share of the texts of no route that fall back, 0..1
 * @param belonging how many texts of a route were measured
 * @param strangers how many texts of no route were measured
 * @param confusions routes whose texts went to another, most first, before the threshold
 */
public record Calibration(
        double threshold, double kept, double rejected, int belonging, int strangers, List<Confusion> confusions) {
    /**
     * The step from rejected to kept is taken as this wide when the threshold is chosen, in units of score: with some 50 texts a
     * side the raw share jumps by points from one text to the next, and the highest jump is luck.
     */
    static final double BLUR = 0.04;

    /** Fewer texts of no route than this are topped up with the shipped negatives. */
    static final int ENOUGH_STRANGERS = 20;

    private static final int GRID = 600;

    /** Texts of one route that another route took. */
    public record Confusion(String route, String takenBy, int count) {
        @Override
        public String toString() {
            return count + " of " + route + " went to " + takenBy;
        }
    }

    /** A text with the route it belongs to; an empty route: it belongs nowhere. */
    public record Labelled(String text, String route) {}

    public Calibration {
        confusions = List.copyOf(confusions);
    }

    /** In one line: what is kept and rejected, and which routes are hard to tell apart, the worst three. */
    public String summary() {
        String said = String.format(
                Locale.ROOT,
                "left out one by one, %.0f %% of %d samples come back to their route, and %.0f %% of %d other texts to none",
                100 * kept,
                belonging,
                100 * rejected,
                strangers);
        return confusions.isEmpty()
                ? said
                : said + "; hard to tell apart: "
                        + confusions.stream().limit(3).map(Confusion::toString).collect(Collectors.joining(", "));
    }

    public double balanced() {
        return (kept + rejected) / 2;
    }

    /** A measured score. */
    record Scored(double score, boolean right) {}

    /**
     * Each sample held against the rest, and the rejects (the shipped negatives where there are too few) against all samples.
     *
     * @throws IllegalArgumentException when there is nothing to hold against
     */
    static Calibration leaveOneOut(SampleSpace space, Scoring scoring) {
        return measure(space, scoring, List.of(), Map.of());
    }

    /**
     * As {@link #leaveOneOut}, with labelled texts that are no samples in place of the left-out samples.
     *
     * @param queries texts with their route; those of no route must be the file's rejects already
     */
    static Calibration measure(
            SampleSpace space, Scoring scoring, List<Labelled> queries, Map<String, float[]> vectors) {
        List<Scored> belonging = new ArrayList<>();
        Map<String, Integer> taken = new TreeMap<>();
        for (int r = 0; queries.isEmpty() && r < space.size(); r++) {
            float[][] samples = space.samples(r);
            for (int s = 0; samples.length > 1 && s < samples.length; s++) {
                Standing standing = scoring.stand(samples[s], Left.outSample(r, s));
                note(space, space.route(r).name(), standing, belonging, taken);
            }
        }
        for (Labelled query : queries) {
            float[] vector = vectors.get(query.text());
            if (vector == null) {
                throw new IllegalArgumentException("no vector for the text: " + query.text());
            }
            note(space, query.route(), scoring.stand(vector, Left.OUT_NOTHING), belonging, taken);
        }
        List<Double> strangers = new ArrayList<>();
        float[][] background = space.background();
        boolean own = background.length - space.shipped() >= ENOUGH_STRANGERS;
        for (int b = own ? space.shipped() : 0; b < background.length; b++) {
            strangers.add(scoring.stand(background[b], Left.outBackground(b)).score());
        }
        return choose(belonging, strangers, confusions(taken));
    }

    private static void note(
            SampleSpace space, String route, Standing standing, List<Scored> belonging, Map<String, Integer> taken) {
        String went = space.route(standing.route()).name();
        belonging.add(new Scored(standing.score(), went.equals(route)));
        if (!went.equals(route)) {
            taken.merge(route + "\n" + went, 1, Integer::sum);
        }
    }

    private static List<Confusion> confusions(Map<String, Integer> taken) {
        List<Confusion> confusions = new ArrayList<>();
        taken.forEach((pair, count) -> {
            int cut = pair.indexOf('\n');
            confusions.add(new Confusion(pair.substring(0, cut), pair.substring(cut + 1), count));
        });
        confusions.sort(Comparator.comparingInt(Confusion::count).reversed());
        return confusions;
    }

    static Calibration choose(List<Scored> belonging, List<Double> strangers, List<Confusion> confusions) {
        if (belonging.isEmpty() || strangers.isEmpty()) {
            throw new IllegalArgumentException("calibrated on " + belonging.size() + " texts of a route and "
                    + strangers.size() + " of none; both are needed: at least two samples a route, and negatives");
        }
        double[] all = DoubleStream.concat(
                        belonging.stream().mapToDouble(Scored::score),
                        strangers.stream().mapToDouble(Double::doubleValue))
                .toArray();
        double low = Arrays.stream(all).min().orElse(0);
        double high = Arrays.stream(all).max().orElse(1);
        double threshold = low;
        double best = -1;
        for (int g = 0; g <= GRID; g++) {
            double at = low + (high - low) * g / GRID;
            double share = blurred(belonging, strangers, at);
            if (share > best + 1e-12) {
                best = share;
                threshold = at;
            }
        }
        double chosen = threshold;
        double kept = belonging.stream()
                        .filter(text -> text.right() && text.score() >= chosen)
                        .count()
                / (double) belonging.size();
        double rejected = strangers.stream().filter(score -> score < chosen).count() / (double) strangers.size();
        return new Calibration(chosen, kept, rejected, belonging.size(), strangers.size(), confusions);
    }

    /** Mean of kept and rejected, 0..1, each text counted by how far it lies on its side. */
    static double blurred(List<Scored> belonging, List<Double> strangers, double threshold) {
        double kept = 0;
        for (Scored text : belonging) {
            kept += text.right() ? side(text.score() - threshold) : 0;
        }
        double rejected = 0;
        for (double score : strangers) {
            rejected += side(threshold - score);
        }
        return (kept / belonging.size() + rejected / strangers.size()) / 2;
    }

    private static double side(double distance) {
        return 1 / (1 + Math.exp(-distance / BLUR));
    }
}
