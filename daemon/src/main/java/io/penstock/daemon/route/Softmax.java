package io.penstock.daemon.route;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Multinomial logistic regression: C = 10, classes weighted to equal sums, squared weights penalised, trained by L-BFGS (Nocedal
 * and Wright, Numerical Optimization, algorithm 7.4) from zero. Deterministic.
 */
final class Softmax {
    private static final double C = 10;
    private static final int MOST_STEPS = 150;
    private static final int MEMORY = 10;

    private final int classes;
    private final int inputs;
    /** By class: weights, then the intercept. */
    private final double[] weights;

    private Softmax(int classes, int inputs, double[] weights) {
        this.classes = classes;
        this.inputs = inputs;
        this.weights = weights;
    }

    private record Step(double[] moved, double[] turned, double rho) {}

    static Softmax train(double[][] x, int[] y, int classes) {
        int width = x[0].length + 1;
        double[] share = shares(y, classes);
        double[] w = new double[classes * width];
        double[] gradient = new double[w.length];
        double loss = loss(x, y, share, classes, w, gradient);
        ArrayDeque<Step> memory = new ArrayDeque<>();
        for (int step = 0; step < MOST_STEPS && norm(gradient) > 1e-4 * C; step++) {
            double[] direction = direction(gradient, memory);
            double slope = dot(direction, gradient);
            double length = memory.isEmpty() ? 1 / Math.max(1, norm(gradient)) : 1;
            double[] next = new double[w.length];
            double[] nextGradient = new double[w.length];
            double nextLoss = Double.POSITIVE_INFINITY;
            for (int halved = 0; halved < 30; halved++, length /= 2) {
                for (int i = 0; i < w.length; i++) {
                    next[i] = w[i] + length * direction[i];
                }
                nextLoss = loss(x, y, share, classes, next, nextGradient);
                if (nextLoss <= loss + 1e-4 * length * slope) {
                    break;
                }
            }
            if (!(nextLoss < loss)) {
                break;
            }
            remember(memory, w, next, gradient, nextGradient);
            boolean still = loss - nextLoss < 1e-9 * Math.max(1, loss);
            w = next;
            gradient = nextGradient;
            loss = nextLoss;
            if (still) {
                break;
            }
        }
        return new Softmax(classes, width - 1, w);
    }

    /** Weight of one example of each class: the classes weigh the same, the average example 1. */
    private static double[] shares(int[] y, int classes) {
        double[] count = new double[classes];
        for (int label : y) {
            count[label]++;
        }
        double[] share = new double[classes];
        for (int k = 0; k < classes; k++) {
            share[k] = count[k] == 0 ? 0 : y.length / (classes * count[k]);
        }
        return share;
    }

    private static double loss(double[][] x, int[] y, double[] share, int classes, double[] w, double[] gradient) {
        int width = x[0].length + 1;
        Arrays.fill(gradient, 0);
        double loss = 0;
        double[] p = new double[classes];
        for (int n = 0; n < x.length; n++) {
            logits(w, x[n], p);
            double log = logSum(p, SampleSpace.NONE);
            double weight = C * share[y[n]];
            loss += weight * (log - p[y[n]]);
            for (int k = 0; k < classes; k++) {
                double error = weight * (Math.exp(p[k] - log) - (k == y[n] ? 1 : 0));
                if (Math.abs(error) > 1e-12) {
                    int at = k * width;
                    double[] row = x[n];
                    for (int i = 0; i < row.length; i++) {
                        gradient[at + i] += error * row[i];
                    }
                    gradient[at + width - 1] += error;
                }
            }
        }
        for (int k = 0; k < classes; k++) {
            for (int i = 0; i < width - 1; i++) {
                double weight = w[k * width + i];
                loss += weight * weight / 2;
                gradient[k * width + i] += weight;
            }
        }
        return loss;
    }

    private static void logits(double[] w, double[] x, double[] out) {
        int width = x.length + 1;
        for (int k = 0; k < out.length; k++) {
            int at = k * width;
            double sum = w[at + width - 1];
            for (int i = 0; i < x.length; i++) {
                sum += w[at + i] * x[i];
            }
            out[k] = sum;
        }
    }

    private static double[] direction(double[] gradient, ArrayDeque<Step> memory) {
        double[] q = gradient.clone();
        double[] alpha = new double[memory.size()];
        int at = memory.size();
        for (Iterator<Step> newest = memory.descendingIterator(); newest.hasNext(); ) {
            Step step = newest.next();
            at--;
            alpha[at] = step.rho() * dot(step.moved(), q);
            addTo(q, step.turned(), -alpha[at]);
        }
        if (!memory.isEmpty()) {
            Step last = memory.getLast();
            scale(q, 1 / (last.rho() * dot(last.turned(), last.turned())));
        }
        for (Step step : memory) {
            double beta = step.rho() * dot(step.turned(), q);
            addTo(q, step.moved(), alpha[at] - beta);
            at++;
        }
        scale(q, -1);
        return q;
    }

    private static void remember(
            ArrayDeque<Step> memory, double[] w, double[] next, double[] gradient, double[] nextGradient) {
        double[] moved = next.clone();
        addTo(moved, w, -1);
        double[] turned = nextGradient.clone();
        addTo(turned, gradient, -1);
        double curvature = dot(moved, turned);
        if (curvature > 1e-12) {
            if (memory.size() == MEMORY) {
                memory.removeFirst();
            }
            memory.addLast(new Step(moved, turned, 1 / curvature));
        }
    }

    double[] logits(double[] x) {
        if (x.length != inputs) {
            throw new IllegalArgumentException("a vector of " + x.length + " numbers, trained on " + inputs);
        }
        double[] out = new double[classes];
        logits(weights, x, out);
        return out;
    }

    /** Natural logarithm of the odds of a class against all others together. */
    static double logOdds(double[] logits, int label) {
        return logits[label] - logSum(logits, label);
    }

    private static double logSum(double[] logits, int without) {
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < logits.length; k++) {
            max = k == without ? max : Math.max(max, logits[k]);
        }
        double sum = 0;
        for (int k = 0; k < logits.length; k++) {
            sum += k == without ? 0 : Math.exp(logits[k] - max);
        }
        return max + Math.log(sum);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    private static void addTo(double[] a, double[] b, double factor) {
        for (int i = 0; i < a.length; i++) {
            a[i] += factor * b[i];
        }
    }

    private static void scale(double[] a, double factor) {
        for (int i = 0; i < a.length; i++) {
            a[i] *= factor;
        }
    }
}
