package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What healthy looks like: mean, spread and covariance of the state vectors, and how far the smoothed vector strayed while
 * healthy. Frozen once fitted.
 */
final class StateBaseline implements HealthyPoints.Baseline {
    /** Where neither resolution nor noise is known, a constant channel may stray this share of its value. */
    private static final double RELATIVE_FLOOR = 1e-3;

    /** Vectors of a block whose mean tells wandering from noise, and how many blocks it takes to tell at all. */
    private static final int BLOCK = 40;

    private static final int FEWEST_BLOCKS = 8;
    /** Of what takes more than this part of it a baseline has seen too little to call it unusual. */
    private static final int LASTING_SHARE = 3;
    /** After so many vectors the length of a baseline is no excuse any more. */
    private static final int MOST_LASTING = 600;
    /** So many independent smoothed vectors weigh as much as the plain covariance of all vectors. */
    private static final double PRIOR_VECTORS = 4;
    /** Standard normal quantile of one false alarm in 100,000 independent vectors. */
    private static final double RARE = 4.26;

    private final double[] mean;
    private final double[] spread;
    private final double[] gain;
    /** The smoothed vector, and what was followed, at the end of the baseline. */
    private final double[] last;

    private final double[] followedAtEnd;
    private final double[] reach;
    /**
     * Whether most of a channel's healthy variance is slow against the baseline (a temperature): it was too short to show how far that
     * channel goes.
     */
    private final boolean[] wanders;

    private TSquared whole;
    private TSquared steady;
    private double limit;
    private double steadyLimit;

    /** How it is learned from state vectors of these channels. */
    record Learning(List<Channel> channels, StateSettings settings) implements HealthyPoints.Learning<StateBaseline> {
        @Override
        public StateBaseline fit(List<double[]> rows) {
            return StateBaseline.fit(rows, channels, settings);
        }

        @Override
        public StateBaseline read(DataInputStream in) throws IOException {
            StateBaseline baseline = new StateBaseline(channels.size());
            baseline.read(in);
            return baseline;
        }
    }

    private StateBaseline(int channels) {
        mean = new double[channels];
        spread = new double[channels];
        last = new double[channels];
        followedAtEnd = new double[channels];
        reach = new double[channels];
        gain = new double[channels];
        wanders = new boolean[channels];
        whole = new TSquared(new double[channels][channels]);
        steady = whole;
    }

    /**
     * @param rows state vectors, NaN where no valid value was known
     */
    static StateBaseline fit(List<double[]> rows, List<Channel> channels, StateSettings settings) {
        int d = channels.size();
        StateBaseline fitted = new StateBaseline(d);
        for (int c = 0; c < d; c++) {
            fitted.scale(rows, c, channels.get(c).resolution());
        }
        double[] walk = new double[d];
        for (int c = 0; c < d; c++) {
            walk[c] = fitted.wander(rows, c, settings);
        }
        double[][] covariance = fitted.correlate(rows, settings);
        fitted.whole = new TSquared(covariance);
        fitted.steady = new TSquared(outlasting(covariance, walk, rows.size(), settings));
        fitted.bound(rows, settings);
        return fitted;
    }

    private void scale(List<double[]> rows, int c, double resolution) {
        int n = 0;
        double sum = 0;
        double step = Double.POSITIVE_INFINITY;
        double before = Double.NaN;
        for (double[] row : rows) {
            double x = row[c];
            if (!Double.isNaN(x)) {
                n++;
                sum += x;
                double change = Math.abs(x - before);
                if (change > 0) {
                    step = Math.min(step, change);
                }
                before = x;
            }
        }
        if (n < Math.max(2, rows.size() / 2)) {
            mean[c] = Double.NaN;
            spread[c] = Double.NaN;
            return;
        }
        mean[c] = sum / n;
        double squares = 0;
        for (double[] row : rows) {
            if (!Double.isNaN(row[c])) {
                squares += (row[c] - mean[c]) * (row[c] - mean[c]);
            }
        }
        double sd = Math.sqrt(squares / (n - 1));
        // a quantised channel cannot be known better than its own step
        double quantum = step < Double.POSITIVE_INFINITY ? step / 2 : 0;
        double floor = Math.max(resolution, quantum);
        if (!(Math.max(sd, floor) > 0)) {
            floor = Math.max(Math.abs(mean[c]) * RELATIVE_FLOOR, 1e-9);
        }
        spread[c] = Math.max(sd, floor);
    }

    /** The deviation of a vector in spreads, capped; NaN where the channel takes no part or has no value. */
    double[] deviation(double[] row, double cap) {
        double[] z = new double[row.length];
        for (int c = 0; c < z.length; c++) {
            z[c] = Double.isNaN(spread[c]) || Double.isNaN(row[c])
                    ? Double.NaN
                    : Math.clamp((row[c] - mean[c]) / spread[c], -cap, cap);
        }
        return z;
    }

    /**
     * How a channel wandered: the steady gain of a local level model (Harvey 1989), 0 for noise about a level that stood still, and
     * whether wandering was most of what it did. Moments of block means, where they are significantly more than the noise within the
     * blocks explains.
     *
     * @return variance by which its level wanders in a vector, in squared spreads; what noise is expected to look like is taken off
     */
    private double wander(List<double[]> rows, int c, StateSettings settings) {
        int blocks = rows.size() / BLOCK;
        if (blocks < FEWEST_BLOCKS || Double.isNaN(spread[c])) {
            return 0;
        }
        double within = 0;
        double between = 0;
        double levels = 0;
        double before = Double.NaN;
        for (int b = 0; b < blocks; b++) {
            double sum = 0;
            double squares = 0;
            int n = 0;
            for (int r = b * BLOCK; r < (b + 1) * BLOCK; r++) {
                double z = (rows.get(r)[c] - mean[c]) / spread[c];
                if (!Double.isNaN(z)) {
                    sum += z;
                    squares += z * z;
                    n++;
                }
            }
            if (n < BLOCK / 2) {
                return 0;
            }
            double level = sum / n;
            within += Math.max(0, squares - n * level * level) / (n - 1) / blocks;
            levels += level * level / blocks;
            if (b > 0) {
                between += (level - before) * (level - before) / (blocks - 1);
            }
            before = level;
        }
        wanders[c] = levels > within;
        double noise = 2 * within / BLOCK;
        double significant = noise * (1 + 2 * Math.sqrt(2.0 / blocks));
        double ratio = Math.max(0, between - significant) / BLOCK / Math.max(within, 1e-6);
        double steadyGain = (Math.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2;
        gain[c] = Math.min(settings.followMost(), settings.follow() * steadyGain);
        return Math.max(0, between - noise) / BLOCK;
    }

    /**
     * Covariance of the smoothed vectors, scaled to what white noise would give one: a channel that wanders while healthy (a
     * temperature) strays farther when smoothed than a noisy one, and counts for less. A short baseline holds few independent
     * smoothed vectors and leans on the covariance of the plain ones.
     */
    private double[][] correlate(List<double[]> rows, StateSettings settings) {
        int d = mean.length;
        double[][] covariance = new double[d][d];
        double n = Math.max(1, rows.size() - 1);
        double scale = (2 - settings.lambda()) / settings.lambda();
        double independent = rows.size() / scale;
        double weight = independent / (independent + PRIOR_VECTORS);
        double[] smoothed = new double[d];
        for (double[] row : rows) {
            double[] z = deviation(row, settings.cap());
            smooth(smoothed, z, settings.lambda());
            for (int i = 0; i < d; i++) {
                for (int j = 0; j <= i; j++) {
                    double plain = z[i] * z[j];
                    covariance[i][j] += (weight * scale * smoothed[i] * smoothed[j]
                                    + (Double.isNaN(plain) ? 0 : (1 - weight) * plain))
                            / n;
                }
            }
        }
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < i; j++) {
                covariance[i][j] *= 1 - settings.shrink();
                covariance[j][i] = covariance[i][j];
            }
            covariance[i][i] += Math.max(settings.shrink(), 1e-3);
        }
        return covariance;
    }

    /** The covariance widened by what each level may wander on while a shift has to last. */
    private static double[][] outlasting(double[][] covariance, double[] walk, int vectors, StateSettings settings) {
        double[][] wider = new double[walk.length][];
        double scale = (2 - settings.lambda()) / settings.lambda();
        for (int c = 0; c < walk.length; c++) {
            wider[c] = covariance[c].clone();
            wider[c][c] += scale * walk[c] * lasting(vectors);
        }
        return wider;
    }

    /** For how many vectors a shift has to last until it is none of the strayings that a baseline of so many may not have seen. */
    static int lasting(int vectors) {
        return Math.min(MOST_LASTING, vectors / LASTING_SHARE);
    }

    private void bound(List<double[]> rows, StateSettings settings) {
        int d = mean.length;
        double[] smoothed = new double[d];
        double[] followed = new double[d];
        double[] squares = new double[rows.size()];
        double[] steadySquares = new double[rows.size()];
        double[][] strays = new double[d][rows.size()];
        for (int r = 0; r < rows.size(); r++) {
            double[] z = deviation(rows.get(r), settings.cap());
            minus(z, followed);
            smooth(smoothed, z, settings.lambda());
            squares[r] = distance(smoothed, rows.get(r));
            steadySquares[r] = steadyDistance(smoothed, rows.get(r));
            follow(followed, z, 1);
            for (int c = 0; c < d; c++) {
                strays[c][r] = Math.abs(smoothed[c]);
            }
        }
        double variance = settings.lambda() / (2 - settings.lambda());
        // what noise alone would reach: chi-squared (Wilson and Hilferty), widened for a mean that is itself an
        // estimate
        double taking = Math.max(1, d);
        double cube = 1 - 2 / (9 * taking) + RARE * Math.sqrt(2 / (9 * taking));
        double noise = taking * cube * cube * cube * (variance + 1.0 / rows.size());
        limit = Math.max(settings.factor() * quantile(squares, settings.quantile()), noise);
        steadyLimit = Math.max(settings.factor() * quantile(steadySquares, settings.quantile()), noise);
        for (int c = 0; c < d; c++) {
            reach[c] = Math.sqrt(settings.factor())
                    * Math.max(quantile(strays[c], settings.quantile()), 3 * Math.sqrt(variance));
        }
        System.arraycopy(smoothed, 0, last, 0, d);
        System.arraycopy(followed, 0, followedAtEnd, 0, d);
    }

    /** Takes what the baseline has followed off a deviation. */
    static void minus(double[] z, double[] followed) {
        for (int c = 0; c < z.length; c++) {
            z[c] -= followed[c];
        }
    }

    /** Lets the baseline follow a deviation by a share of its gain. */
    private void follow(double[] followed, double[] z, double share) {
        for (int c = 0; c < z.length; c++) {
            if (!Double.isNaN(z[c])) {
                followed[c] += share * gain[c] * z[c];
            }
        }
    }

    static void smooth(double[] smoothed, double[] z, double lambda) {
        for (int c = 0; c < z.length; c++) {
            if (!Double.isNaN(z[c])) {
                smoothed[c] += lambda * (z[c] - smoothed[c]);
            }
        }
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.clamp((int) Math.ceil(q * sorted.length) - 1, 0, sorted.length - 1)];
    }

    /** T-squared of the smoothed vector over the channels that have a value, scaled to all that take part. */
    double distance(double[] smoothed, double[] row) {
        return whole.of(smoothed, present(row), taking());
    }

    /** The same of the channels that stood still while healthy, by how far they may stray without being seen; 0 where none did. */
    double steadyDistance(double[] smoothed, double[] row) {
        BitSet still = present(row);
        for (int c = 0; c < wanders.length; c++) {
            if (wanders[c]) {
                still.clear(c);
            }
        }
        return steady.of(smoothed, still, taking());
    }

    private BitSet present(double[] row) {
        BitSet present = new BitSet(row.length);
        for (int c = 0; c < row.length; c++) {
            present.set(c, !Double.isNaN(spread[c]) && !Double.isNaN(row[c]));
        }
        return present;
    }

    private int taking() {
        int taking = 0;
        for (double each : spread) {
            taking += Double.isNaN(each) ? 0 : 1;
        }
        return taking;
    }

    @Override
    public double[] mean() {
        return mean;
    }

    @Override
    public double[] spread() {
        return spread;
    }

    @Override
    public double[] gain() {
        return gain;
    }

    @Override
    public double reach(int channel) {
        return reach[channel];
    }

    /** The smoothed vector at the end of the baseline. */
    double[] last() {
        return last;
    }

    /** What had been followed at the end of the baseline. */
    double[] followedAtEnd() {
        return followedAtEnd;
    }

    double limit() {
        return limit;
    }

    double steadyLimit() {
        return steadyLimit;
    }

    @Override
    public void write(DataOutputStream out) throws IOException {
        for (double[] values : List.of(mean, spread, last, followedAtEnd, reach, gain)) {
            Snapshot.doubles(out, values);
        }
        whole.write(out);
        steady.write(out);
        for (boolean each : wanders) {
            out.writeBoolean(each);
        }
        out.writeDouble(limit);
        out.writeDouble(steadyLimit);
    }

    private void read(DataInputStream in) throws IOException {
        for (double[] values : List.of(mean, spread, last, followedAtEnd, reach, gain)) {
            Snapshot.doubles(in, values);
        }
        whole = TSquared.read(in, mean.length);
        steady = TSquared.read(in, mean.length);
        for (int c = 0; c < wanders.length; c++) {
            wanders[c] = in.readBoolean();
        }
        limit = in.readDouble();
        steadyLimit = in.readDouble();
    }
}
