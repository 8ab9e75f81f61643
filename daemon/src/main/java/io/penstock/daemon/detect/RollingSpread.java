package io.penstock.daemon.detect;

import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Median and median absolute deviation of the newest values, kept sorted. */
final class RollingSpread {
    private static final double MAD_TO_SIGMA = 1.4826;

    private final double[] ring;
    private final double[] sorted;
    private int filled;
    private int next;

    RollingSpread(int window) {
        ring = new double[window];
        sorted = new double[window];
    }

    int size() {
        return filled;
    }

    void add(double value) {
        if (filled == ring.length) {
            int at = Arrays.binarySearch(sorted, 0, filled, ring[next]);
            System.arraycopy(sorted, at + 1, sorted, at, filled - at - 1);
            filled--;
        }
        int found = Arrays.binarySearch(sorted, 0, filled, value);
        int at = found >= 0 ? found : -found - 1;
        System.arraycopy(sorted, at, sorted, at + 1, filled - at);
        sorted[at] = value;
        filled++;
        ring[next] = value;
        next = (next + 1) % ring.length;
    }

    double median() {
        return filled == 0 ? Double.NaN : (sorted[(filled - 1) / 2] + sorted[filled / 2]) / 2;
    }

    /** Robust standard deviation: 1.4826 times the median absolute deviation. */
    double spread() {
        if (filled == 0) {
            return Double.NaN;
        }
        double median = median();
        // the deviations grow outwards on both sides of the median: merge them until half are passed
        int left = (filled - 1) / 2;
        int right = left + 1;
        double deviation = 0;
        for (int passed = 0; passed <= filled / 2; passed++) {
            double down = left >= 0 ? median - sorted[left] : Double.POSITIVE_INFINITY;
            double up = right < filled ? sorted[right] - median : Double.POSITIVE_INFINITY;
            if (down <= up) {
                deviation = down;
                left--;
            } else {
                deviation = up;
                right++;
            }
        }
        return MAD_TO_SIGMA * deviation;
    }

    /** The value below which the share {@code q} of the values lies. */
    double quantile(double q) {
        return filled == 0 ? Double.NaN : sorted[Math.clamp((int) (q * filled), 0, filled - 1)];
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(filled);
        out.writeInt(next);
        Snapshot.doubles(out, Arrays.copyOf(ring, filled < ring.length ? filled : ring.length));
    }

    void read(DataInputStream in) throws IOException {
        filled = Math.clamp(in.readInt(), 0, ring.length);
        next = Math.floorMod(in.readInt(), ring.length);
        double[] values = new double[filled];
        Snapshot.doubles(in, values);
        System.arraycopy(values, 0, ring, 0, filled);
        System.arraycopy(values, 0, sorted, 0, filled);
        Arrays.sort(sorted, 0, filled);
    }
}
