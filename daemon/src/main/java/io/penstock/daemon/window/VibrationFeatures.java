package io.penstock.daemon.window;

import java.util.List;

/**
 * What one waveform says. Accelerations are in the channel's unit (g), frequencies in hertz.
 *
 * @param rms root mean square of the acceleration, mean removed
 * @param peak largest absolute acceleration, mean removed
 * @param kurtosis fourth standardised moment (3 for a Gaussian)
 * @param crest peak / rms
 * @param velocityRms velocity RMS 10-1000 Hz, mm/s (ISO 20816-1)
 * @param highBandRms RMS of the band above 5 kHz (or the upper third of the band where the rate is lower)
 * @param bladePassModulation depth of the high band's envelope at blade pass, 0..1; NaN where blades or speed are unknown
 * @param shaftHz shaft speed used, refined from the spectrum where possible; NaN where unknown
 * @param orders amplitudes of shaft orders
 * @param lineTwiceVelocity velocity amplitude at twice the mains frequency, mm/s
 * @param elements how clearly each bearing element speaks, best first
 * @param gears how clearly each gear of this channel speaks: its mesh, its pinion, its wheel
 */
public record VibrationFeatures(
        double rms,
        double peak,
        double kurtosis,
        double crest,
        double velocityRms,
        double highBandRms,
        double bladePassModulation,
        double shaftHz,
        List<Order> orders,
        double lineTwiceVelocity,
        List<ElementScore> elements,
        List<GearScore> gears) {
    /**
     * A shaft order.
     *
     * @param order multiple of the shaft speed (0.5, 1, 2, 3, ... and blade pass)
     * @param velocity velocity amplitude (RMS), mm/s
     */
    public record Order(double order, double velocity) {}

    /**
     * A bearing element's lines in the envelope spectrum.
     *
     * @param bearing the bearing's id
     * @param fault {@code bearing_outer_race}, {@code bearing_inner_race}, {@code bearing_ball}, {@code bearing_cage}
     * @param db lines over their surroundings, weighted over harmonics and sidebands
     * @param expectedHz where the first line is expected
     * @param measuredHz where it was found
     */
    public record ElementScore(String bearing, String fault, double db, double expectedHz, double measuredHz) {}

    /**
     * A gear's lines in the spectrum.
     *
     * @param gear the gear's id
     * @param db lines over their surroundings, weighted over harmonics (and sidebands); NaN where a wheel turns so slowly that its
     *     sidebands cannot be told apart in a waveform of this length
     * @param expectedHz gear mesh frequency, or the wheel's speed, where the shaft's speed puts it
     * @param measuredHz where it was found
     * @param sidebandRatio amplitudes of six sidebands over that of the mesh line; NaN for the mesh itself
     */
    public record GearScore(
            String gear, Part part, double db, double expectedHz, double measuredHz, double sidebandRatio) {
        /** What of the gear: harmonics of the mesh, or sidebands one turn of a wheel apart. */
        public enum Part {
            MESH,
            PINION,
            WHEEL
        }
    }

    public VibrationFeatures {
        orders = List.copyOf(orders);
        elements = List.copyOf(elements);
        gears = List.copyOf(gears);
    }

    /** Features of a machine without gears. */
    public VibrationFeatures(
            double rms,
            double peak,
            double kurtosis,
            double crest,
            double velocityRms,
            double highBandRms,
            double bladePassModulation,
            double shaftHz,
            List<Order> orders,
            double lineTwiceVelocity,
            List<ElementScore> elements) {
        this(
                rms,
                peak,
                kurtosis,
                crest,
                velocityRms,
                highBandRms,
                bladePassModulation,
                shaftHz,
                orders,
                lineTwiceVelocity,
                elements,
                List.of());
    }
}
