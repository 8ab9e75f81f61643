package io.penstock.daemon.detect;

import static io.penstock.daemon.detect.VibrationBaseline.ACCELERATION;
import static io.penstock.daemon.detect.VibrationBaseline.CREST;
import static io.penstock.daemon.detect.VibrationBaseline.HIGH_BAND;
import static io.penstock.daemon.detect.VibrationBaseline.KURTOSIS;
import static io.penstock.daemon.detect.VibrationBaseline.MODULATION;
import static io.penstock.daemon.detect.VibrationBaseline.VELOCITY;

/** From where on a feature is a finding, by its healthy baseline: over the ratio, the spread and the floor, all three. */
final class VibrationLimits {
    private final VibrationSettings settings;

    VibrationLimits(VibrationSettings settings) {
        this.settings = settings;
    }

    /** How many times its healthy value a feature must reach. */
    double ratio(int feature) {
        return switch (feature) {
            case VELOCITY -> settings.velocityRatio();
            case ACCELERATION -> settings.accelerationRatio();
            case CREST -> settings.crestRatio();
            default -> settings.orderRatio();
        };
    }

    /** In the feature's unit; NaN while no baseline is known, and for a level that is not judged by its baseline. */
    double above(VibrationBaseline baseline, int feature) {
        double healthy = baseline.median(feature);
        double far = settings.spreads() * baseline.spread(feature);
        return switch (feature) {
            case VELOCITY -> over(healthy, far, ratio(feature), 2 * settings.orderFloorMmPerS());
            case ACCELERATION -> over(healthy, far, ratio(feature), 0);
            case CREST -> over(healthy, far, ratio(feature), settings.crestLimit());
            case KURTOSIS -> Math.max(settings.kurtosisLimit(), healthy + Math.max(0.5, far));
            case HIGH_BAND -> over(healthy, far, Math.pow(10, settings.highBandDb() / 20), 0);
            case MODULATION -> over(healthy, far, ratio(feature), settings.modulationLimit());
            default ->
                feature < VibrationBaseline.SIZE
                        ? over(healthy, far, ratio(feature), settings.orderFloorMmPerS())
                        : Double.NaN;
        };
    }

    /** A gear's level, dB: every gear has lines, so that only a rise counts. */
    double gear(VibrationBaseline baseline, int feature) {
        return Math.max(baseline.median(feature) + gearRise(baseline, feature), settings.speakDb());
    }

    double gearRise(VibrationBaseline baseline, int feature) {
        return Math.max(settings.gearRiseDb(), settings.spreads() * baseline.spread(feature));
    }

    private static double over(double healthy, double far, double ratio, double floor) {
        return Math.max(Math.max(healthy * ratio, healthy + far), floor);
    }
}
