package io.penstock.daemon.detect;

import io.penstock.daemon.window.VibrationFeatures;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is healthy on one channel: median and robust spread of each feature over the first waveforms, then frozen. A fault that
 * grows is never learned as normal.
 */
final class VibrationBaseline {
    /** Orders with a place of their own in the vector; blade pass comes after them. */
    static final double[] ORDERS = {0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6};

    static final int VELOCITY = 0;
    static final int ACCELERATION = 1;
    static final int KURTOSIS = 2;
    static final int CREST = 3;
    static final int HIGH_BAND = 4;
    static final int MODULATION = 5;
    static final int LINE_TWICE = 6;
    static final int FIRST_ORDER = 7;
    static final int BLADE_PASS = FIRST_ORDER + ORDERS.length;
    private static final int SIZE = BLADE_PASS + 1;

    /** Makes the median absolute deviation of a Gaussian its standard deviation. */
    private static final double MAD_TO_SIGMA = 1.4826;

    private final int wanted;
    private final List<double[]> learning = new ArrayList<>();
    private double[] median = new double[0];
    private double[] spread = new double[0];

    VibrationBaseline(int wanted) {
        this.wanted = wanted;
    }

    /** The features in their places; NaN where one is unknown. */
    static double[] vector(VibrationFeatures features) {
        double[] vector = new double[SIZE];
        Arrays.fill(vector, Double.NaN);
        vector[VELOCITY] = features.velocityRms();
        vector[ACCELERATION] = features.rms();
        vector[KURTOSIS] = features.kurtosis();
        vector[CREST] = features.crest();
        vector[HIGH_BAND] = features.highBandRms();
        vector[MODULATION] = features.bladePassModulation();
        vector[LINE_TWICE] = features.lineTwiceVelocity();
        for (VibrationFeatures.Order order : features.orders()) {
            int place = Arrays.binarySearch(ORDERS, order.order());
            vector[place >= 0 ? FIRST_ORDER + place : BLADE_PASS] = order.velocity();
        }
        return vector;
    }

    boolean known() {
        return median.length > 0;
    }

    /** Healthy median of a feature; NaN while it is being learned or where the feature is unknown. */
    double median(int feature) {
        return known() ? median[feature] : Double.NaN;
    }

    /** Robust standard deviation of a feature. */
    double spread(int feature) {
        return known() ? spread[feature] : Double.NaN;
    }

    void learn(double[] vector) {
        learning.add(vector);
        if (learning.size() < wanted) {
            return;
        }
        median = new double[SIZE];
        spread = new double[SIZE];
        for (int feature = 0; feature < SIZE; feature++) {
            double[] values = new double[learning.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = learning.get(i)[feature];
            }
            median[feature] = middle(values);
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.abs(values[i] - median[feature]);
            }
            spread[feature] = MAD_TO_SIGMA * middle(values);
        }
        learning.clear();
    }

    private static double middle(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted); // NaN last
        int count = sorted.length;
        while (count > 0 && Double.isNaN(sorted[count - 1])) {
            count--;
        }
        if (count == 0) {
            return Double.NaN;
        }
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeBoolean(known());
        out.writeInt(known() ? 2 : learning.size());
        for (double[] row : known() ? List.of(median, spread) : learning) {
            for (double value : row) {
                out.writeDouble(value);
            }
        }
    }

    void read(DataInputStream in) throws IOException {
        boolean known = in.readBoolean();
        int rows = in.readInt();
        if (rows < 0 || rows > Math.max(2, wanted)) {
            throw new IllegalArgumentException(
                    "vibration snapshot: " + rows + " baseline rows, expected up to " + wanted);
        }
        for (int i = 0; i < rows; i++) {
            double[] row = new double[SIZE];
            for (int k = 0; k < SIZE; k++) {
                row[k] = in.readDouble();
            }
            if (!known) {
                learning.add(row);
            } else if (i == 0) {
                median = row;
            } else {
                spread = row;
            }
        }
    }
}
