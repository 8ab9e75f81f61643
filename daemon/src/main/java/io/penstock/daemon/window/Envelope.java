package io.penstock.daemon.window;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * The spectrum of a waveform's envelope, whitened in two ways that fail differently. Cepstrum pre-whitening divides every bin of
 * a wide band by its own magnitude: it takes away all that is strictly periodic, shaft and mains, and leaves impacts, which slip
 * (Borghesani et al. 2013, Mechanical Systems and Signal Processing 36(2), 370-384). In a short waveform impacts hardly slip and
 * would go too; so the second way divides by the median magnitude around and only clips what stands out. The band is moved to
 * zero frequency and transformed back at its own width, so that its squared magnitude is the squared envelope, already decimated.
 *
 * <p>Levels are decibels over the local floor, so that one number means the same at every frequency.
 */
final class Envelope {
    /** Which whitening is asked. */
    enum Way {
        /** The mean of both: noise that only one of them shows counts half. */
        BOTH,
        /** The second alone: hears impacts that do not slip, and more of what is foreign. */
        EVENED
    }

    /** Bins over the median magnitude around them by more than this are lines, and cut to it. */
    private static final double CLIP = 3;

    private final int first;
    private final int bandBins;
    private final int size;
    private final int lines;
    private final double hertzPerBin;
    private final DoubleFFT_1D back;
    private final DoubleFFT_1D forward;
    private final double[] band;
    private final double[] envelope;
    private final double[] power;
    private final double[] prewhitened;
    private final double[] evened;
    private final double[] scratch;
    private final double[] around;

    /**
     * @param spectrum what will be handed in has this length and rate
     * @param fromHz lower edge of the band
     * @param toHz upper edge of the band
     * @param highestHz highest envelope frequency that will be asked for
     */
    Envelope(Spectrum spectrum, double fromHz, double toHz, double highestHz) {
        hertzPerBin = spectrum.hertzPerBin();
        first = spectrum.bin(fromHz);
        bandBins = spectrum.bin(toHz) - first + 1;
        int wanted = Math.min(bandBins / 2 - 2, (int) Math.ceil(highestHz / hertzPerBin) + 8);
        lines = Math.max(0, wanted);
        // room above the band for as many bins as are read, or the square's own upper half would fold onto them
        size = Spectrum.fastLengthFrom(bandBins + lines);
        back = new DoubleFFT_1D(size);
        forward = new DoubleFFT_1D(size);
        band = new double[2 * size];
        envelope = new double[size];
        power = new double[lines];
        prewhitened = new double[lines];
        evened = new double[lines];
        scratch = new double[bandBins];
        around = new double[bandBins];
    }

    double hertzPerBin() {
        return hertzPerBin;
    }

    /** Envelope bins that can be read. */
    int lines() {
        return lines;
    }

    /**
     * @param floorHz half the width over which the floor is taken
     */
    void load(Spectrum spectrum, double floorHz) {
        double[] bins = spectrum.bins();
        int reach = Math.max(10, (int) Math.round(floorHz / hertzPerBin));
        surroundings(bins, 8 * reach);
        Arrays.fill(prewhitened, 0);
        Arrays.fill(evened, 0);
        for (boolean clipped : new boolean[] {false, true}) {
            for (int i = 0; i < bandBins; i++) {
                double re = bins[2 * (first + i)];
                double im = bins[2 * (first + i) + 1];
                double magnitude = Math.sqrt(re * re + im * im);
                double gain = magnitude > 0 ? 1 / magnitude : 0;
                if (clipped && magnitude < CLIP * around[i]) {
                    gain = around[i] > 0 ? 1 / (CLIP * around[i]) : 0;
                }
                band[2 * i] = re * gain;
                band[2 * i + 1] = im * gain;
            }
            Arrays.fill(band, 2 * bandBins, band.length, 0);
            squareAndTransform();
            level(reach, clipped ? evened : prewhitened);
        }
    }

    /** The median magnitude around each bin of the band: medians of blocks, joined by straight lines. */
    private void surroundings(double[] bins, int width) {
        int blocks = Math.max(1, bandBins / Math.max(32, width));
        double previous = 0;
        int previousCentre = 0;
        for (int b = 0; b <= blocks; b++) {
            int from = (int) ((long) b * bandBins / blocks);
            int to = (int) ((long) Math.min(blocks, b + 1) * bandBins / blocks);
            double median = previous;
            for (int i = from; i < to; i++) {
                scratch[i - from] = bins[2 * (first + i)] * bins[2 * (first + i)]
                        + bins[2 * (first + i) + 1] * bins[2 * (first + i) + 1];
            }
            if (to > from) {
                median = Math.sqrt(OrderStatistic.median(scratch, to - from));
            }
            int centre = b == blocks ? bandBins : (from + to) / 2;
            for (int i = previousCentre; i < centre; i++) {
                double part = b == 0 ? 1 : (double) (i - previousCentre) / (centre - previousCentre);
                around[i] = previous + (median - previous) * part;
            }
            previous = median;
            previousCentre = centre;
        }
    }

    private void squareAndTransform() {
        back.complexForward(band);
        double mean = 0;
        for (int i = 0; i < size; i++) {
            double squared = band[2 * i] * band[2 * i] + band[2 * i + 1] * band[2 * i + 1];
            envelope[i] = squared;
            mean += squared;
        }
        mean /= size;
        for (int i = 0; i < size; i++) {
            envelope[i] -= mean;
        }
        forward.realForward(envelope);
        envelope[0] = 0;
        envelope[1] = 0;
        for (int k = 1; k < lines; k++) {
            double re = 0.5 * envelope[2 * k] - 0.25 * (envelope[2 * k - 2] + envelope[2 * k + 2]);
            double im = 0.5 * envelope[2 * k + 1] - 0.25 * (envelope[2 * k - 1] + envelope[2 * k + 3]);
            power[k] = re * re + im * im;
        }
    }

    /** The floor: medians of blocks, joined by straight lines. */
    private void level(int reach, double[] levels) {
        if (lines < 4) {
            return;
        }
        int blocks = Math.max(1, (lines - 1) / reach);
        double previous = median(0, blocks);
        int previousCentre = 0;
        for (int b = 0; b <= blocks; b++) {
            boolean end = b == blocks;
            double floor = end ? previous : median(b, blocks);
            int centre = end ? lines : centre(b, blocks);
            for (int k = previousCentre; k < centre; k++) {
                double part = centre == previousCentre ? 0 : (double) (k - previousCentre) / (centre - previousCentre);
                double local = previous + (floor - previous) * part;
                levels[k] = 10 * Math.log10((power[k] + Double.MIN_NORMAL) / (local + Double.MIN_NORMAL));
            }
            previous = floor;
            previousCentre = centre;
        }
    }

    private int centre(int block, int blocks) {
        return 1 + (int) ((block + 0.5) * (lines - 1) / blocks);
    }

    private double median(int block, int blocks) {
        int from = 1 + (int) ((long) block * (lines - 1) / blocks);
        int to = 1 + (int) ((long) (block + 1) * (lines - 1) / blocks);
        int half = (to - from) / 2;
        // half a block more to each side: a comb of lines must not become its own floor
        int start = Math.max(1, from - half);
        int count = Math.min(lines, to + half) - start;
        System.arraycopy(power, start, scratch, 0, count);
        return OrderStatistic.median(scratch, count);
    }

    /** The level of one bin. */
    double level(int bin, Way way) {
        return way == Way.EVENED ? evened[bin] : (prewhitened[bin] + evened[bin]) / 2;
    }

    /**
     * The highest level at a frequency, of the bin below and the bin above; 0 outside of what can be read.
     *
     * @param way {@link Way#BOTH} or {@link Way#EVENED}
     */
    double levelAt(double hertz, Way way) {
        int below = (int) Math.floor(hertz / hertzPerBin);
        if (below < 2 || below + 1 >= lines) {
            return 0;
        }
        return Math.max(level(below, way), level(below + 1, way));
    }
}
