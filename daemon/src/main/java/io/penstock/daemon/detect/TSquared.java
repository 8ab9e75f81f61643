package io.penstock.daemon.detect;

import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Hotelling's T-squared of a vector against a covariance, over the channels that have a value. Not thread-safe. */
final class TSquared {
    private static final int MOST_PATTERNS = 64;

    private final double[][] covariance;
    /** By the channels that are present: few patterns come again and again. */
    private final Map<BitSet, Cholesky> factors = new HashMap<>();

    /** @param covariance channel by channel, positive definite; belongs to this from now on */
    TSquared(double[][] covariance) {
        this.covariance = covariance;
    }

    /**
     * @param vector the deviations
     * @param present the channels that count
     * @param taking how many channels the answer is scaled to
     * @return 0 where no channel counts
     */
    double of(double[] vector, BitSet present, int taking) {
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
            factors.put((BitSet) present.clone(), factor);
        }
        double[] x = new double[n];
        int place = 0;
        for (int c = present.nextSetBit(0); c >= 0; c = present.nextSetBit(c + 1)) {
            x[place++] = vector[c];
        }
        return factor.distance(x) * taking / n;
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

    void write(DataOutputStream out) throws IOException {
        for (double[] row : covariance) {
            Snapshot.doubles(out, row);
        }
    }

    /** @param channels of the covariance that was written */
    static TSquared read(DataInputStream in, int channels) throws IOException {
        double[][] covariance = new double[channels][channels];
        for (double[] row : covariance) {
            Snapshot.doubles(in, row);
        }
        return new TSquared(covariance);
    }
}
