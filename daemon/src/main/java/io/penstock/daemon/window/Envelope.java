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
    private final DoubleFFT_1D transform;
    private final double[] prewhitenedBand;
    private final double[] evenedBand;
    private final double[] power;
    private final double[] prewhitened;
    private final double[] evened;
    private final double[] scratch;
    private final double[] squared;
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
        size = transformLength(bandBins + lines);
        transform = new DoubleFFT_1D(size);
        prewhitenedBand = new double[2 * size];
        evenedBand = new double[2 * size];
        power = new double[lines];
        prewhitened = new double[lines];
        evened = new double[lines];
        scratch = new double[bandBins];
        squared = new double[bandBins];
        around = new double[bandBins];
    }

    /** A power of two takes 0.6 of the time of its neighbours of other factors (complex, 2048: 11 us, 2000: 20, 2160: 19). */
    private static int transformLength(int least) {
        int fast = Spectrum.fastLengthFrom(least);
        int power = Integer.highestOneBit(Math.max(1, least - 1)) << 1;
        return power <= 1.4 * fast ? power : fast;
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
        for (int i = 0, at = 2 * first; i < bandBins; i++, at += 2) {
            squared[i] = bins[at] * bins[at] + bins[at + 1] * bins[at + 1];
        }
        surroundings(8 * reach);
        whiten(bins);
        transform.complexForward(prewhitenedBand);
        transform.complexForward(evenedBand);
        squareTogether();
        // both squared envelopes are real: one transform gives the spectra of both
        transform.complexForward(prewhitenedBand);
        Arrays.fill(prewhitened, 0);
        Arrays.fill(evened, 0);
        powerOf(false);
        level(reach, prewhitened);
        powerOf(true);
        level(reach, evened);
    }

    /** Moves the band to zero frequency, once with every bin of the same magnitude, once with only the lines cut. */
    private void whiten(double[] bins) {
        for (int i = 0; i < bandBins; i++) {
            double re = bins[2 * (first + i)];
            double im = bins[2 * (first + i) + 1];
            double magnitude = Math.sqrt(squared[i]);
            double gain = magnitude > 0 ? 1 / magnitude : 0;
            prewhitenedBand[2 * i] = re * gain;
            prewhitenedBand[2 * i + 1] = im * gain;
            double highest = CLIP * around[i];
            if (magnitude < highest) {
                gain = 1 / highest;
            }
            evenedBand[2 * i] = re * gain;
            evenedBand[2 * i + 1] = im * gain;
        }
        Arrays.fill(prewhitenedBand, 2 * bandBins, 2 * size, 0);
        Arrays.fill(evenedBand, 2 * bandBins, 2 * size, 0);
    }

    /** The median magnitude around each bin of the band: medians of blocks, joined by straight lines. */
    private void surroundings(int width) {
        int blocks = Math.max(1, bandBins / Math.max(32, width));
        double previous = 0;
        int previousCentre = 0;
        for (int b = 0; b <= blocks; b++) {
            int from = (int) ((long) b * bandBins / blocks);
            int to = (int) ((long) Math.min(blocks, b + 1) * bandBins / blocks);
            double median = previous;
            if (to > from) {
                System.arraycopy(squared, from, scratch, 0, to - from);
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

    /** The squared envelopes, means taken off: the prewhitened one's as real parts, the evened one's as imaginary parts. */
    private void squareTogether() {
        double prewhitenedMean = 0;
        double evenedMean = 0;
        for (int i = 0; i < 2 * size; i += 2) {
            double one = prewhitenedBand[i] * prewhitenedBand[i] + prewhitenedBand[i + 1] * prewhitenedBand[i + 1];
            double other = evenedBand[i] * evenedBand[i] + evenedBand[i + 1] * evenedBand[i + 1];
            prewhitenedBand[i] = one;
            prewhitenedBand[i + 1] = other;
            prewhitenedMean += one;
            evenedMean += other;
        }
        prewhitenedMean /= size;
        evenedMean /= size;
        for (int i = 0; i < 2 * size; i += 2) {
            prewhitenedBand[i] -= prewhitenedMean;
            prewhitenedBand[i + 1] -= evenedMean;
        }
    }

    /** Squared magnitudes of one envelope's bins under a Hann window, out of the transform of both. */
    private void powerOf(boolean ofEvened) {
        double reBelow = 0;
        double imBelow = 0;
        double re = real(1, ofEvened);
        double im = imaginary(1, ofEvened);
        for (int k = 1; k < lines; k++) {
            double reAbove = real(k + 1, ofEvened);
            double imAbove = imaginary(k + 1, ofEvened);
            double reHann = 0.5 * re - 0.25 * (reBelow + reAbove);
            double imHann = 0.5 * im - 0.25 * (imBelow + imAbove);
            power[k] = reHann * reHann + imHann * imHann;
            reBelow = re;
            imBelow = im;
            re = reAbove;
            im = imAbove;
        }
    }

    /** Twice a bin's real part: the even part of the transform's real parts, or of its imaginary ones. */
    private double real(int k, boolean ofEvened) {
        int below = 2 * k;
        int mirrored = 2 * (size - k);
        return ofEvened
                ? prewhitenedBand[below + 1] + prewhitenedBand[mirrored + 1]
                : prewhitenedBand[below] + prewhitenedBand[mirrored];
    }

    /** Twice a bin's imaginary part. */
    private double imaginary(int k, boolean ofEvened) {
        int below = 2 * k;
        int mirrored = 2 * (size - k);
        return ofEvened
                ? prewhitenedBand[mirrored] - prewhitenedBand[below]
                : prewhitenedBand[below + 1] - prewhitenedBand[mirrored + 1];
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
