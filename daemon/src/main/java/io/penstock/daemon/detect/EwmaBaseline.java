package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Healthy mean, spread and limit of each channel's smoothed value. Frozen once fitted. */
final class EwmaBaseline implements HealthyPoints.Baseline {
    private static final double MOST_CORRELATED = 0.99;
    /** What was seen while healthy is no alarm when it comes a little larger. */
    private static final double OVER_SEEN = 1.5;

    private final double[] mean;
    private final double[] spread;
    /** In spreads. */
    private final double[] limit;

    private final double[] gain;

    /** How it is learned from state vectors of these channels. */
    record Learning(List<Channel> channels, EwmaSettings settings) implements HealthyPoints.Learning<EwmaBaseline> {
        @Override
        public EwmaBaseline fit(List<double[]> rows) {
            return EwmaBaseline.fit(rows, channels, settings);
        }

        @Override
        public EwmaBaseline read(DataInputStream in) throws IOException {
            EwmaBaseline baseline = new EwmaBaseline(channels.size());
            baseline.read(in);
            return baseline;
        }
    }

    private EwmaBaseline(int channels) {
        mean = new double[channels];
        spread = new double[channels];
        limit = new double[channels];
        gain = new double[channels];
    }

    private static EwmaBaseline fit(List<double[]> rows, List<Channel> channels, EwmaSettings settings) {
        StateBaseline state = StateBaseline.fit(rows, channels, settings.state());
        int d = channels.size();
        EwmaBaseline fitted = new EwmaBaseline(d);
        for (int c = 0; c < d; c++) {
            fitted.mean[c] = state.mean()[c];
            fitted.spread[c] = state.spread()[c];
            fitted.gain[c] = state.gain()[c];
            if (!Double.isNaN(fitted.spread[c])) {
                double[] z = new double[rows.size()];
                for (int r = 0; r < z.length; r++) {
                    z[r] = (rows.get(r)[c] - fitted.mean[c]) / fitted.spread[c];
                }
                fitted.limit[c] = Math.max(
                        settings.limit() * deviation(z, settings.lambda()), OVER_SEEN * reach(z, settings.lambda()));
            }
        }
        return fitted;
    }

    /**
     * Standard deviation of the smoothed value of a first-order autoregressive series (Schmid 1997), and of the mean it is held
     * against, which is itself an estimate; in spreads.
     */
    private static double deviation(double[] z, double lambda) {
        int n = 0;
        double squares = 0;
        double products = 0;
        int pairs = 0;
        for (int i = 0; i < z.length; i++) {
            if (!Double.isNaN(z[i])) {
                n++;
                squares += z[i] * z[i];
                if (i > 0 && !Double.isNaN(z[i - 1])) {
                    products += z[i] * z[i - 1];
                    pairs++;
                }
            }
        }
        double variance = n > 0 ? squares / n : 0;
        double phi = pairs > 0 && variance > 0 ? Math.clamp(products / pairs / variance, 0, MOST_CORRELATED) : 0;
        double kept = phi * (1 - lambda);
        double smoothed = lambda / (2 - lambda) * (1 + kept) / (1 - kept);
        double ofMean = n > 0 ? Math.min(1, (1 + phi) / (1 - phi) / n) : 1;
        return Math.sqrt(smoothed + ofMean);
    }

    /** How far the smoothed value strayed while healthy, in spreads. */
    private static double reach(double[] z, double lambda) {
        double smoothed = 0;
        double most = 0;
        for (double value : z) {
            if (!Double.isNaN(value)) {
                smoothed += lambda * (value - smoothed);
                most = Math.max(most, Math.abs(smoothed));
            }
        }
        return most;
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
        return limit[channel];
    }

    @Override
    public void write(DataOutputStream out) throws IOException {
        for (double[] values : Arrays.asList(mean, spread, limit, gain)) {
            Snapshot.doubles(out, values);
        }
    }

    private void read(DataInputStream in) throws IOException {
        for (double[] values : Arrays.asList(mean, spread, limit, gain)) {
            Snapshot.doubles(in, values);
        }
    }
}
