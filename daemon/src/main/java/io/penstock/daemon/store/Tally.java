package io.penstock.daemon.store;

import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;

/**
 * What is known of one channel's readings in one stretch of time. A waveform counts by the RMS of its samples, mean removed. Adding
 * allocates nothing.
 */
final class Tally {
    private static final float NO_WAVE = -1;

    private long count;
    private long bad;
    private double total;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;
    private double last;
    private long lastMicros = Long.MIN_VALUE;
    private double peak = NO_WAVE;
    private double kurtosis = NO_WAVE;

    void add(Reading reading, long micros) {
        if (reading.quality() == Quality.BAD) {
            bad++;
            return;
        }
        switch (reading) {
            case Reading.Scalar scalar -> add(scalar.value(), micros);
            case Reading.Waveform wave -> add(wave.samples(), micros);
        }
    }

    private void add(double value, long micros) {
        if (!Double.isFinite(value)) {
            bad++;
            return;
        }
        count++;
        total += value;
        least = Math.min(least, value);
        most = Math.max(most, value);
        if (micros >= lastMicros) {
            last = value;
            lastMicros = micros;
        }
    }

    private void add(float[] samples, long micros) {
        double sum = 0;
        for (float sample : samples) {
            sum += sample;
        }
        double mean = sum / samples.length;
        double squares = 0;
        double fourths = 0;
        double largest = 0;
        for (float sample : samples) {
            double off = sample - mean;
            double square = off * off;
            squares += square;
            fourths += square * square;
            largest = Math.max(largest, Math.abs(off));
        }
        double variance = squares / samples.length;
        if (!Double.isFinite(variance)) {
            bad++;
            return;
        }
        add(Math.sqrt(variance), micros);
        peak = Math.max(peak, largest);
        kurtosis = Math.max(kurtosis, variance > 0 ? fourths / samples.length / (variance * variance) : 0);
    }

    void add(Tally other) {
        count += other.count;
        bad += other.bad;
        total += other.total;
        least = Math.min(least, other.least);
        most = Math.max(most, other.most);
        if (other.count > 0 && other.lastMicros >= lastMicros) {
            last = other.last;
            lastMicros = other.lastMicros;
        }
        peak = Math.max(peak, other.peak);
        kurtosis = Math.max(kurtosis, other.kurtosis);
    }

    long count() {
        return count;
    }

    long bad() {
        return bad;
    }

    double total() {
        return total;
    }

    double least() {
        return least;
    }

    double most() {
        return most;
    }

    double last() {
        return last;
    }

    long lastMicros() {
        return lastMicros;
    }

    /** Whether a waveform is in it. */
    boolean ofWaveforms() {
        return peak >= 0;
    }

    double peak() {
        return peak;
    }

    double kurtosis() {
        return kurtosis;
    }
}
