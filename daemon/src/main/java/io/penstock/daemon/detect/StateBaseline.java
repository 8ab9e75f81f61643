package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What healthy looks like: mean, spread and covariance of the state vectors, and how far the smoothed vector strayed while
 * healthy. Frozen once fitted.
 */
final class StateBaseline implements HealthyPoints.Baseline {
    /** Where neither resolution nor noise is known, a constant channel may stray this share of its value. */
    private static final double RELATIVE_FLOOR = 1e-3;

    private static final int MOST_PATTERNS = 64;
    /** Vectors of a block whose mean tells wandering from noise, and how many blocks it takes to tell at all. */
    private static final int BLOCK = 40;

    private static final int FEWEST_BLOCKS = 8;
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

    private final double[][] covariance;
    private double limit;
    private double steadyLimit;
    private final Map<BitSet, Cholesky> factors = new HashMap<>();

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
        covariance = new double[channels][channels];
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
        for (int c = 0; c < d; c++) {
            fitted.gain[c] = Math.min(settings.followMost(), settings.follow() * fitted.wander(rows, c));
        }
        fitted.correlate(rows, settings);
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
     * Steady gain of a local level model (Harvey 1989) of the channel: 0 for noise about a level that stood still. Moments of
     * block means, where they are significantly more than the noise within the blocks explains.
     */
    private double wander(List<double[]> rows, int c) {
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
        double noise = 2 * within / BLOCK * (1 + 2 * Math.sqrt(2.0 / blocks));
        double walk = Math.max(0, between - noise) / BLOCK;
        double ratio = walk / Math.max(within, 1e-6);
        return (Math.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2;
    }

    /**
     * Covariance of the smoothed vectors, scaled to what white noise would give one: a channel that wanders while healthy (a
     * temperature) strays farther when smoothed than a noisy one, and counts for less. A short baseline holds few independent
     * smoothed vectors and leans on the covariance of the plain ones.
     */
    private void correlate(List<double[]> rows, StateSettings settings) {
        int d = mean.length;
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
    }

    private void bound(List<double[]> rows, StateSettings settings) {
        int d = mean.length;
        double[] smoothed = new double[d];
        double[] followed = new double[d];
        double[] squares = new double[rows.size()];
        double[] steady = new double[rows.size()];
        double[][] strays = new double[d][rows.size()];
        for (int r = 0; r < rows.size(); r++) {
            double[] z = deviation(rows.get(r), settings.cap());
            minus(z, followed);
            smooth(smoothed, z, settings.lambda());
            squares[r] = distance(smoothed, rows.get(r));
            steady[r] = steadyDistance(smoothed, rows.get(r));
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
        steadyLimit = Math.max(settings.factor() * quantile(steady, settings.quantile()), noise);
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
        BitSet present = new BitSet(row.length);
        int taking = 0;
        for (int c = 0; c < row.length; c++) {
            if (!Double.isNaN(spread[c])) {
                taking++;
                if (!Double.isNaN(row[c])) {
                    present.set(c);
                }
            }
        }
        int n = present.cardinality();
        if (n == 0) {
            return 0;
        }
        Cholesky factor = factors.get(present);
        if (factor == null) {
            if (factors.size() >= MOST_PATTERNS) {
                factors.clear();
            }
            factor = new Cholesky(part(present, n));
            factors.put(present, factor);
        }
        double[] x = new double[n];
        int place = 0;
        for (int c = present.nextSetBit(0); c >= 0; c = present.nextSetBit(c + 1)) {
            x[place++] = smoothed[c];
        }
        return factor.distance(x) * taking / n;
    }

    /** The same over the channels that stood still while healthy, scaled as the whole; 0 where none did. */
    double steadyDistance(double[] smoothed, double[] row) {
        double[] still = row.clone();
        for (int c = 0; c < still.length; c++) {
            still[c] = wanders[c] ? Double.NaN : still[c];
        }
        return distance(smoothed, still);
    }

    private double[][] part(BitSet present, int n) {
        double[][] part = new double[n][n];
        int i = 0;
        for (int a = present.nextSetBit(0); a >= 0; a = present.nextSetBit(a + 1)) {
            int j = 0;
            for (int b = present.nextSetBit(0); b >= 0; b = present.nextSetBit(b + 1)) {
                part[i][j++] = covariance[a][b];
            }
            i++;
        }
        return part;
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
        for (double[] row : covariance) {
            Snapshot.doubles(out, row);
        }
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
        for (double[] row : covariance) {
            Snapshot.doubles(in, row);
        }
        for (int c = 0; c < wanders.length; c++) {
            wanders[c] = in.readBoolean();
        }
        limit = in.readDouble();
        steadyLimit = in.readDouble();
    }
}
