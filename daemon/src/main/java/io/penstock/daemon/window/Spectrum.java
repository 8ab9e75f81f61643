package io.penstock.daemon.window;

import org.jtransforms.fft.DoubleFFT_1D;
import org.jtransforms.utils.CommonUtils;

/**
 * The spectrum of one waveform, in buffers that are used again for the next one of the same length. Bin {@code k} is at
 * {@code k * hertzPerBin}. Held twice: as it is (for whitening) and under a Hann window (for lines and bands); the window is
 * applied as a three-point convolution of the bins, which is exact and saves a second transform.
 */
final class Spectrum {
    /** Mean of the squared Hann window: turns a sum of squared bins into a mean square. */
    private static final double HANN_POWER = 0.375;

    static {
        // the threads JTransforms starts for long waveforms are no daemons and keep a finished command alive for a
        // minute
        CommonUtils.setThreadsBeginN_1D_FFT_2Threads(Long.MAX_VALUE);
        CommonUtils.setThreadsBeginN_1D_FFT_4Threads(Long.MAX_VALUE);
    }

    private final int length;
    private final DoubleFFT_1D transform;
    private final double[] bins;
    private final double[] hann;
    private final double[] power;
    private double hertzPerBin;

    /**
     * @param length samples, even
     */
    Spectrum(int length) {
        this.length = length;
        transform = new DoubleFFT_1D(length);
        bins = new double[length];
        hann = new double[length];
        power = new double[length / 2];
    }

    /** The largest even number up to {@code length} that has no prime factor above 5: transforms of such a length are fast. */
    static int fastLengthUpTo(int length) {
        int candidate = length & ~1;
        while (!isFast(candidate)) {
            candidate -= 2;
        }
        return candidate;
    }

    /** The smallest even number from {@code length} on that has no prime factor above 5. */
    static int fastLengthFrom(int length) {
        int candidate = (length + 1) & ~1;
        while (!isFast(candidate)) {
            candidate += 2;
        }
        return candidate;
    }

    private static boolean isFast(int length) {
        int rest = length;
        for (int prime : new int[] {2, 3, 5}) {
            while (rest > 1 && rest % prime == 0) {
                rest /= prime;
            }
        }
        return rest == 1;
    }

    /** Transforms the first {@code length} samples with {@code mean} taken off. */
    void load(float[] samples, double mean, double rateHz) {
        hertzPerBin = rateHz / length;
        for (int i = 0; i < length; i++) {
            bins[i] = samples[i] - mean;
        }
        transform.realForward(bins);
        // bin 0 holds the real parts of DC and of half the rate; neither is used below
        bins[0] = 0;
        bins[1] = 0;
        power[0] = 0;
        int half = length / 2;
        for (int k = 1; k < half; k++) {
            double reAbove = k + 1 < half ? bins[2 * k + 2] : 0;
            double imAbove = k + 1 < half ? bins[2 * k + 3] : 0;
            double re = 0.5 * bins[2 * k] - 0.25 * (bins[2 * k - 2] + reAbove);
            double im = 0.5 * bins[2 * k + 1] - 0.25 * (bins[2 * k - 1] + imAbove);
            hann[2 * k] = re;
            hann[2 * k + 1] = im;
            power[k] = re * re + im * im;
        }
    }

    int length() {
        return length;
    }

    /** Bins below half the rate. */
    int size() {
        return power.length;
    }

    double hertzPerBin() {
        return hertzPerBin;
    }

    /** Real parts at even, imaginary parts at odd places; not windowed. Read only. */
    double[] bins() {
        return bins;
    }

    /** As {@link #bins}, under the Hann window. Read only. */
    double[] hann() {
        return hann;
    }

    /** Squared magnitude of the Hann-windowed bins. Read only. */
    double[] power() {
        return power;
    }

    /** The nearest bin, inside the spectrum. */
    int bin(double hertz) {
        return (int) Math.clamp(Math.round(hertz / hertzPerBin), 1, power.length - 1);
    }

    /** Mean square of the band's signal, from the Hann bins. */
    double meanSquare(double fromHz, double toHz) {
        double sum = 0;
        int last = Math.min(power.length - 1, (int) Math.floor(toHz / hertzPerBin));
        for (int k = Math.max(1, (int) Math.ceil(fromHz / hertzPerBin)); k <= last; k++) {
            sum += power[k];
        }
        return meanSquare(sum);
    }

    /** Mean square of the band's integral over time: each bin is divided by its squared angular frequency. */
    double integratedMeanSquare(double fromHz, double toHz) {
        double sum = 0;
        int last = Math.min(power.length - 1, (int) Math.floor(toHz / hertzPerBin));
        for (int k = Math.max(1, (int) Math.ceil(fromHz / hertzPerBin)); k <= last; k++) {
            sum += power[k] / ((double) k * k);
        }
        double radians = 2 * Math.PI * hertzPerBin;
        return meanSquare(sum) / (radians * radians);
    }

    private double meanSquare(double sumOfPower) {
        return 2 * sumOfPower / ((double) length * length * HANN_POWER);
    }

    /** The strongest bin within {@code tolerance} hertz of {@code hertz}, at least the nearest bin and its neighbours. */
    int peakNear(double hertz, double toleranceHz) {
        int centre = bin(hertz);
        int reach = Math.max(1, (int) Math.floor(toleranceHz / hertzPerBin));
        int best = centre;
        for (int k = Math.max(1, centre - reach); k <= Math.min(power.length - 1, centre + reach); k++) {
            if (power[k] > power[best]) {
                best = k;
            }
        }
        return best;
    }

    /**
     * RMS of the integral over time of the line at a frequency, wherever it stands within {@code tolerance} of it. Three bins
     * hold at least 98 percent of a Hann line's power and none of a line four bins away.
     */
    double integratedLineRms(double hertz, double toleranceHz) {
        int peak = bin(hertz);
        int reach = (int) Math.floor(toleranceHz / hertzPerBin);
        for (int k = Math.max(2, peak - reach); k <= Math.min(power.length - 2, peak + reach); k++) {
            if (power[k] > power[peak]) {
                peak = k;
            }
        }
        double sum = power[peak];
        sum += peak > 1 ? power[peak - 1] : 0;
        sum += peak + 1 < power.length ? power[peak + 1] : 0;
        return Math.sqrt(meanSquare(sum)) / (2 * Math.PI * hertz);
    }

    /** RMS of a line whose peak is in a bin: a Hann line holds two thirds of its power there. */
    double lineRms(int bin) {
        return Math.sqrt(meanSquare(power[bin]) * 1.5);
    }

    /** Where the line around a local maximum stands, between bins, by a parabola through the logarithms. */
    double interpolatedHertz(int peak) {
        if (peak < 2 || peak > power.length - 2) {
            return peak * hertzPerBin;
        }
        double left = Math.log(power[peak - 1] + Double.MIN_NORMAL);
        double top = Math.log(power[peak] + Double.MIN_NORMAL);
        double right = Math.log(power[peak + 1] + Double.MIN_NORMAL);
        double bend = left - 2 * top + right;
        double shift = bend < 0 ? 0.5 * (left - right) / bend : 0;
        return (peak + Math.clamp(shift, -0.5, 0.5)) * hertzPerBin;
    }

    /** How far a bin stands over the median of its surroundings, dB. */
    double prominence(int peak, double reachHz, double[] scratch) {
        int reach = Math.clamp((int) Math.round(reachHz / hertzPerBin), 8, 60);
        int count = 0;
        for (int k = Math.max(1, peak - reach); k <= Math.min(power.length - 1, peak + reach); k++) {
            if (Math.abs(k - peak) > 2) {
                scratch[count++] = power[k];
            }
        }
        if (count == 0) {
            return 0;
        }
        double floor = OrderStatistic.median(scratch, count);
        return 10 * Math.log10((power[peak] + Double.MIN_NORMAL) / (floor + Double.MIN_NORMAL));
    }

    /**
     * How deep the squared envelope of a band is modulated at a frequency: its Fourier coefficient, which is the correlation of
     * the band with itself moved by that frequency, over its mean. 0..1, the {@code d} of {@code 1 + d cos}.
     */
    double modulationDepth(double fromHz, double toHz, double atHz) {
        int first = bin(fromHz);
        int last = bin(toHz);
        int move = (int) Math.round(atHz / hertzPerBin);
        if (move < 3 || last - first < 4 * move) {
            return Double.NaN;
        }
        double mean = 0;
        for (int k = first; k <= last; k++) {
            mean += power[k];
        }
        double re = 0;
        double im = 0;
        for (int k = first; k + move <= last; k++) {
            int a = 2 * k;
            int b = 2 * (k + move);
            re += hann[a] * hann[b] + hann[a + 1] * hann[b + 1];
            im += hann[a] * hann[b + 1] - hann[a + 1] * hann[b];
        }
        // what the moved band no longer covers is made good in proportion
        double covered = (double) (last - first + 1 - move) / (last - first + 1);
        double ratio = mean > 0 ? Math.min(Math.hypot(re, im) / (mean * covered), 0.66) : 0;
        return ratio < 1e-9 ? 0 : Math.min(1, (1 - Math.sqrt(1 - 2 * ratio * ratio)) / ratio);
    }
}
