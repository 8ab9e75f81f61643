package io.penstock.daemon.detect;

import io.penstock.daemon.window.Snapshot;
import io.penstock.daemon.window.VibrationFeatures;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is healthy on one channel at one operating point: median and robust spread of each feature over the first waveforms, then
 * frozen. A fault that grows is never learned as normal.
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
    /** From here on the levels of the channel's own bearings and gears, see {@link VibrationReference}. */
    static final int SIZE = BLADE_PASS + 1;

    /** Fewer waveforms have no spread worth the name. */
    private static final int LEAST = 5;

    /** Makes the median absolute deviation of a Gaussian its standard deviation. */
    private static final double MAD_TO_SIGMA = 1.4826;

    private final int wanted;
    private final int size;
    private final List<double[]> learning = new ArrayList<>();
    private double[] median = new double[0];
    private double[] spread = new double[0];
    private int waveforms;
    private long frozenMicros;

    /**
     * @param wanted waveforms it is learned from
     * @param size features of a waveform
     */
    VibrationBaseline(int wanted, int size) {
        this.wanted = wanted;
        this.size = size;
    }

    /**
     * The features in their places; NaN where one is unknown.
     *
     * @param size how long the vector is, {@link #SIZE} or more
     */
    static double[] vector(VibrationFeatures features, int size) {
        double[] vector = new double[size];
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

    /** Waveforms it was learned from, or has seen so far. */
    int waveforms() {
        return known() ? waveforms : learning.size();
    }

    /** Source time of the last waveform it was learned from; 0 while it is not. */
    long frozenMicros() {
        return known() ? frozenMicros : 0;
    }

    void learn(double[] vector, long timeMicros) {
        learning.add(vector);
        frozenMicros = timeMicros;
        if (learning.size() >= wanted) {
            fit();
        }
    }

    /** Learns no more: what is half learned is frozen as it is, or dropped where too little was seen. */
    void freeze() {
        if (!known() && learning.size() >= LEAST) {
            fit();
        }
        learning.clear();
    }

    private void fit() {
        waveforms = learning.size();
        median = new double[size];
        spread = new double[size];
        for (int feature = 0; feature < size; feature++) {
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
        out.writeInt(waveforms());
        out.writeLong(frozenMicros);
        for (double[] row : known() ? List.of(median, spread) : learning) {
            Snapshot.doubles(out, row);
        }
    }

    void read(DataInputStream in) throws IOException {
        boolean known = in.readBoolean();
        waveforms = in.readInt();
        frozenMicros = in.readLong();
        if (waveforms < 0 || waveforms > wanted) {
            throw new IllegalArgumentException(
                    "vibration snapshot: a baseline of " + waveforms + " waveforms, expected up to " + wanted);
        }
        if (known) {
            median = row(in);
            spread = row(in);
            return;
        }
        for (int i = 0; i < waveforms; i++) {
            learning.add(row(in));
        }
    }

    private double[] row(DataInputStream in) throws IOException {
        double[] row = new double[size];
        Snapshot.doubles(in, row);
        return row;
    }
}
