package io.penstock.daemon.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The vectors of a routes file: samples by route, and the background (shipped negatives, then the file's rejects) that belongs to
 * no route. Cosines are taken with any one sample or background text left out, so that a file can be measured on itself.
 */
final class SampleSpace {
    /** Nothing is left out. */
    static final int NONE = -1;

    /** How many nearest samples or background texts are averaged. */
    private static final int NEAREST_SAMPLES = 3;

    private static final int NEAREST_BACKGROUND = 5;

    /** Weight of the nearest samples beside the centroid; measured best between 0 and 0.5 on 11 draws of the shared sets. */
    private static final double NEAREST_WEIGHT = 0.3;

    private final List<Route> routes;
    private final float[][][] samples;
    private final double[][] sums;
    private final float[][] background;
    private final int shipped;
    private final double usualBackground;

    /** A sample, or no sample: what is left out of a measurement. */
    record Left(int route, int sample, int background) {
        static final Left OUT_NOTHING = new Left(NONE, NONE, NONE);

        static Left outSample(int route, int sample) {
            return new Left(route, sample, NONE);
        }

        static Left outBackground(int index) {
            return new Left(NONE, NONE, index);
        }
    }

    SampleSpace(Routes file, List<String> negatives, Map<String, float[]> vectors) {
        routes = file.routes().stream()
                .filter(route -> !route.samples().isEmpty())
                .toList();
        samples = new float[routes.size()][][];
        sums = new double[routes.size()][];
        for (int r = 0; r < samples.length; r++) {
            samples[r] = lookUp(routes.get(r).samples(), vectors);
            sums[r] = new double[samples[r][0].length];
            for (float[] sample : samples[r]) {
                for (int i = 0; i < sample.length; i++) {
                    sums[r][i] += sample[i];
                }
            }
        }
        List<String> all = new ArrayList<>(negatives);
        all.addAll(file.rejects());
        background = lookUp(all, vectors);
        shipped = negatives.size();
        double sum = 0;
        for (int b = 0; b < shipped; b++) {
            sum += backgroundCosine(background[b], b);
        }
        usualBackground = shipped == 0 ? 0 : sum / shipped;
    }

    private static float[][] lookUp(List<String> texts, Map<String, float[]> vectors) {
        float[][] found = new float[texts.size()][];
        for (int i = 0; i < found.length; i++) {
            float[] vector = vectors.get(texts.get(i));
            if (vector == null) {
                throw new IllegalArgumentException("no vector for the text: " + texts.get(i));
            }
            found[i] = vector;
        }
        return found;
    }

    int size() {
        return samples.length;
    }

    Route route(int index) {
        return routes.get(index);
    }

    float[][] samples(int route) {
        return samples[route];
    }

    float[][] background() {
        return background;
    }

    /** How many of the background are the shipped negatives: they come first. */
    int shipped() {
        return shipped;
    }

    /** Cosine with the mean of a route's samples; -1 where the only sample is left out. */
    double centroidCosine(int route, float[] vector, Left left) {
        double[] sum = sums[route];
        float[] out = left.route() == route ? samples[route][left.sample()] : null;
        double dot = 0;
        double norm = 0;
        for (int i = 0; i < sum.length; i++) {
            double mean = out == null ? sum[i] : sum[i] - out[i];
            dot += mean * vector[i];
            norm += mean * mean;
        }
        return norm < 1e-12 ? -1 : dot / Math.sqrt(norm);
    }

    /** Centroid cosine mixed with the mean cosine of the nearest samples: a route may have more than one way to say a thing. */
    double nearness(int route, float[] vector, Left left) {
        int skip = left.route() == route ? left.sample() : NONE;
        return (1 - NEAREST_WEIGHT) * centroidCosine(route, vector, left)
                + NEAREST_WEIGHT * nearestMean(samples[route], vector, skip, NEAREST_SAMPLES);
    }

    /** How much nearer than usual the text lies to what belongs nowhere; 0 for a usual text of no route, or without a background. */
    double backgroundExcess(float[] vector, Left left) {
        return background.length == 0 ? 0 : backgroundCosine(vector, left.background()) - usualBackground;
    }

    private double backgroundCosine(float[] vector, int skip) {
        return nearestMean(background, vector, skip, NEAREST_BACKGROUND);
    }

    private static double nearestMean(float[][] among, float[] vector, int skip, int count) {
        double[] best = new double[count];
        int filled = 0;
        for (int i = 0; i < among.length; i++) {
            if (i == skip) {
                continue;
            }
            double cosine = dot(among[i], vector);
            int at = filled;
            while (at > 0 && best[at - 1] < cosine) {
                if (at < count) {
                    best[at] = best[at - 1];
                }
                at--;
            }
            if (at < count) {
                best[at] = cosine;
                filled = Math.min(count, filled + 1);
            }
        }
        double sum = 0;
        for (int i = 0; i < filled; i++) {
            sum += best[i];
        }
        return filled == 0 ? -1 : sum / filled;
    }

    /** The sample of a route nearest to the text. */
    String nearestSample(int route, float[] vector) {
        int best = 0;
        double cosine = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < samples[route].length; i++) {
            double here = dot(samples[route][i], vector);
            if (here > cosine) {
                cosine = here;
                best = i;
            }
        }
        return routes.get(route).samples().get(best);
    }

    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
