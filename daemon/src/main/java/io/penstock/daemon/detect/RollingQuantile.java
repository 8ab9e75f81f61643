package io.penstock.daemon.detect;

import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Quantiles of the newest values, kept sorted. */
final class RollingQuantile {
    private final double[] ring;
    private final double[] sorted;
    private int filled;
    private int next;

    RollingQuantile(int window) {
        ring = new double[window];
        sorted = new double[window];
    }

    int size() {
        return filled;
    }

    /** Takes a finite value in; the oldest goes when the window is full. */
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

    /** The value below which the share {@code q} of the values lies; NaN while there is none. */
    double quantile(double q) {
        return filled == 0 ? Double.NaN : sorted[Math.clamp((int) (q * filled), 0, filled - 1)];
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(filled);
        out.writeInt(next);
        Snapshot.doubles(out, Arrays.copyOf(ring, filled));
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
