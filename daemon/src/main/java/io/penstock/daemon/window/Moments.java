package io.penstock.daemon.window;

/**
 * What a waveform's samples say without their order.
 *
 * @param rms root mean square, mean removed
 * @param peak largest magnitude, mean removed
 * @param kurtosis fourth standardised moment, 3 for a Gaussian; 0 for a constant
 */
record Moments(double mean, double rms, double peak, double kurtosis) {
    static Moments of(float[] samples, String channel) {
        double sum = 0;
        for (float sample : samples) {
            sum += sample;
        }
        if (!Double.isFinite(sum)) {
            throw new IllegalArgumentException(
                    "channel " + channel + ": the waveform holds a sample that is no finite number");
        }
        double mean = sum / samples.length;
        double peak = 0;
        double second = 0;
        double fourth = 0;
        for (float sample : samples) {
            double value = sample - mean;
            double square = value * value;
            second += square;
            fourth += square * square;
            peak = Math.max(peak, Math.abs(value));
        }
        second /= samples.length;
        fourth /= samples.length;
        return new Moments(mean, Math.sqrt(second), peak, second > 0 ? fourth / (second * second) : 0);
    }

    /** Peak over RMS; 0 for a constant. */
    double crest() {
        return rms > 0 ? peak / rms : 0;
    }
}
