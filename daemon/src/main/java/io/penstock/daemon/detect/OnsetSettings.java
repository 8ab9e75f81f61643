package io.penstock.daemon.detect;

/**
 * The adaptive forest that sees a change as it begins, and its companion.
 *
 * @param shingle newest vectors the forest sees as one point
 * @param trees trees of the forest
 * @param sample vectors each tree remembers
 * @param seed of the forest: the same vectors give the same findings
 * @param companionWindow newest forest scores that the companion compares with
 * @param companionQuantile quantile of them that is still usual
 * @param companionLimit a score so many times the usual one is an onset though the forest lets it pass
 * @param threshold grade that is an onset, above 0 to 1
 * @param holdOff vectors after an onset in which no other is told
 */
public record OnsetSettings(
        int shingle,
        int trees,
        int sample,
        long seed,
        int companionWindow,
        double companionQuantile,
        double companionLimit,
        double threshold,
        int holdOff) {
    public OnsetSettings {
        if (shingle < 1 || shingle > 64 || trees < 1 || trees > 200 || sample < 32 || sample > 4096) {
            throw new IllegalArgumentException("shingle " + shingle + " (1 to 64), trees " + trees
                    + " (1 to 200), sample " + sample + " (32 to 4096)");
        }
        if (companionWindow < 100
                || companionWindow > 100_000
                || !(companionQuantile > 0.5 && companionQuantile < 1)
                || !(companionLimit > 1)) {
            throw new IllegalArgumentException("companion_window " + companionWindow
                    + " (100 to 100000), companion_quantile " + companionQuantile
                    + " (between 0.5 and 1), companion_limit " + companionLimit + " (above 1)");
        }
        if (!(threshold > 0 && threshold <= 1) || holdOff < 0 || holdOff > 100_000) {
            throw new IllegalArgumentException(
                    "threshold " + threshold + " (above 0 to 1), hold_off " + holdOff + " (0 to 100000)");
        }
    }

    public static OnsetSettings standard() {
        return new OnsetSettings(8, 50, 256, 42, 3000, 0.995, 2, 0.99, 125);
    }

    /** For many channels: a short shingle and fewer trees keep the forest fast. */
    public static OnsetSettings multivariate() {
        return new OnsetSettings(4, 30, 256, 42, 3000, 0.995, 2, 0.99, 125);
    }
}
