package io.penstock.daemon.detect;

/**
 * When a vibration feature is a finding. A feature that is held against its healthy baseline must exceed the ratio, the spread
 * and the floor, all three.
 *
 * @param baselineWindows waveforms of good quality that make a channel's healthy baseline, 3 or more
 * @param confirmWindows waveforms in a row that must show a symptom before it is raised
 * @param clearWindows waveforms in a row that must not show it before it is cleared
 * @param hysteresis part of the limit below which it counts as gone, 0..1
 * @param spreads robust standard deviations over the baseline's median
 * @param velocityRatio velocity RMS over baseline
 * @param accelerationRatio acceleration RMS over baseline
 * @param crestRatio crest over baseline
 * @param orderRatio amplitude of a shaft order or of the mains line over baseline
 * @param orderFloorMmPerS below this amplitude an order is never a finding, mm/s RMS
 * @param manyOrders shaft orders raised together that make looseness
 * @param ordersBeyond and so many of them half orders or above the third, which neither imbalance nor misalignment raises
 * @param kurtosisLimit 3 is a Gaussian; 3.5 flagged every fault of a public bearing data set
 * @param crestLimit 8192 samples of Gaussian noise reach 4.5
 * @param highBandDb level of the high band over baseline, dB
 * @param modulationLimit depth of the high band's modulation at blade pass, 0..1
 * @param speakDb an element's lines must stand this far over their surroundings to be named, dB
 * @param speakQuietDb the same where the waveform is not impulsive: healthy bearings have faint lines too, and a damaged spot
 *     knocks
 * @param marginDb and this far over the next element, dB
 * @param gearRiseDb a gear's lines must stand this far over their healthy level, dB: every gear has some
 */
public record VibrationSettings(
        int baselineWindows,
        int confirmWindows,
        int clearWindows,
        double hysteresis,
        double spreads,
        double velocityRatio,
        double accelerationRatio,
        double crestRatio,
        double orderRatio,
        double orderFloorMmPerS,
        int manyOrders,
        int ordersBeyond,
        double kurtosisLimit,
        double crestLimit,
        double highBandDb,
        double modulationLimit,
        double speakDb,
        double speakQuietDb,
        double marginDb,
        double gearRiseDb) {
    /** Each default with its reason above. */
    public static final VibrationSettings DEFAULTS =
            new VibrationSettings(15, 2, 3, 0.9, 6, 1.6, 1.6, 1.3, 2, 0.15, 4, 2, 3.5, 5.5, 4, 0.15, 10, 14, 3, 6);

    public VibrationSettings {
        if (baselineWindows < 3 || confirmWindows < 1 || clearWindows < 1 || !(hysteresis > 0 && hysteresis <= 1)) {
            throw new IllegalArgumentException("vibration settings: " + baselineWindows + " baseline, "
                    + confirmWindows + " confirming, " + clearWindows + " clearing windows, hysteresis " + hysteresis
                    + "; expected at least 3, 1, 1 and a part of 1");
        }
    }

    public VibrationSettings withBaselineWindows(int windows) {
        return new VibrationSettings(
                windows,
                confirmWindows,
                clearWindows,
                hysteresis,
                spreads,
                velocityRatio,
                accelerationRatio,
                crestRatio,
                orderRatio,
                orderFloorMmPerS,
                manyOrders,
                ordersBeyond,
                kurtosisLimit,
                crestLimit,
                highBandDb,
                modulationLimit,
                speakDb,
                speakQuietDb,
                marginDb,
                gearRiseDb);
    }
}
