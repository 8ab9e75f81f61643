package io.penstock.daemon.detect;

/**
 * The adaptive forest that sees a change as it begins, and its robust companion.
 *
 * @param shingle newest vectors the forest sees as one point
 * @param trees trees of the forest
 * @param sample vectors each tree remembers
 * @param seed of the forest: the same vectors give the same findings
 * @param robustWindow vectors of the rolling median and spread
 * @param robustLimit robust spreads off the median that speak alone
 * @param robustWeight score of the companion at its limit
 * @param threshold score that is an onset
 * @param holdOff vectors after an onset in which no other is told
 */
public record OnsetSettings(
        int shingle,
        int trees,
        int sample,
        long seed,
        int robustWindow,
        double robustLimit,
        double robustWeight,
        double threshold,
        int holdOff) {
    public OnsetSettings {
        if (shingle < 1 || shingle > 64 || trees < 1 || trees > 200 || sample < 32 || sample > 4096) {
            throw new IllegalArgumentException("shingle " + shingle + " (1 to 64), trees " + trees
                    + " (1 to 200), sample " + sample + " (32 to 4096)");
        }
        if (robustWindow < 16 || robustWindow > 100_000 || !(robustLimit > 1)) {
            throw new IllegalArgumentException("robust_window " + robustWindow
                    + " (16 to 100000), robust_limit " + robustLimit + " (above 1)");
        }
        if (!(robustWeight >= 0 && robustWeight <= 1) || !(threshold > 0 && threshold <= 1) || holdOff < 0) {
            throw new IllegalArgumentException("robust_weight " + robustWeight + " (0 to 1), threshold " + threshold
                    + " (above 0 to 1), hold_off " + holdOff + " (0 or more)");
        }
    }

    public static OnsetSettings standard() {
        return new OnsetSettings(8, 50, 256, 42, 1500, 8, 0.7, 0.5, 250);
    }

    /** For many channels: a short shingle keeps the forest fast. */
    public static OnsetSettings multivariate() {
        return new OnsetSettings(4, 30, 256, 42, 600, 12, 0.7, 0.5, 60);
    }
}
