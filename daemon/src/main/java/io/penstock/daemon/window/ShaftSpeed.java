package io.penstock.daemon.window;

/**
 * The shaft's speed as its own lines tell it. The line at the first order must be clear, or the hint stays; then each higher
 * order found where the estimate expects it sharpens the estimate, as its place is known as well as the first one's and counts
 * a multiple of it.
 */
final class ShaftSpeed {
    /** A line this far over its surroundings is no accident: of 100 bins of noise one reaches 8 dB over the median. */
    private static final double CLEAR_DB = 12;

    /** How well a line between bins is placed, in bins. */
    private static final double PLACED_BINS = 0.15;

    private static final int HIGHEST_ORDER = 8;

    private ShaftSpeed() {}

    /**
     * @param hintHz revolutions per second, as measured or rated
     * @param tolerance how far the truth may lie from the hint, as a part of it
     */
    static double refine(Spectrum spectrum, double hintHz, double tolerance, double[] scratch) {
        double perBin = spectrum.hertzPerBin();
        if (hintHz < 3 * perBin) {
            return hintHz;
        }
        int peak = spectrum.peakNear(hintHz, tolerance * hintHz);
        double estimate = spectrum.interpolatedHertz(peak);
        boolean clear = spectrum.prominence(peak, hintHz / 2, scratch) >= CLEAR_DB;
        if (!clear || Math.abs(estimate - hintHz) > tolerance * hintHz) {
            return hintHz;
        }
        double unsure = PLACED_BINS * perBin;
        for (int order = 2; order <= HIGHEST_ORDER; order++) {
            int next = spectrum.peakNear(order * estimate, order * unsure);
            double found = spectrum.interpolatedHertz(next);
            if (Math.abs(found - order * estimate) <= order * unsure + PLACED_BINS * perBin
                    && spectrum.prominence(next, hintHz / 2, scratch) >= CLEAR_DB) {
                estimate = found / order;
                unsure = PLACED_BINS * perBin / order;
            }
        }
        // a measured speed may be better than a short waveform's lines
        return unsure < 0.005 * estimate ? estimate : hintHz;
    }
}
