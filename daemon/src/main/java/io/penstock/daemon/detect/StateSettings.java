package io.penstock.daemon.detect;

/**
 * The chart that holds a machine's state against its healthy baseline. Defaults as measured on public recordings; one setting
 * for all of them.
 *
 * @param fitVectors how many first state vectors are the healthy baseline
 * @param lambda weight of the newest vector in the smoothed one, above 0 to 1
 * @param shrink share of the identity in the correlation matrix, 0 to 1
 * @param quantile quantile of the statistic within the baseline that the limit is built on
 * @param factor the limit over that quantile
 * @param cap largest believed deviation of one reading, in spreads: one wild reading is no state
 * @param endRatio the finding ends below this share of the limit
 * @param channelShare a channel that carries at least this share of the deviation is named
 */
public record StateSettings(
        int fitVectors,
        double lambda,
        double shrink,
        double quantile,
        double factor,
        double cap,
        double endRatio,
        double channelShare) {
    private static final int MOST = 100_000;

    public StateSettings {
        if (fitVectors < 10 || fitVectors > MOST) {
            throw new IllegalArgumentException(
                    "fit_vectors is " + fitVectors + ", expected 10 to " + MOST + " (400 is usual)");
        }
        if (!(lambda > 0 && lambda <= 1) || !(shrink >= 0 && shrink <= 1) || !(quantile > 0 && quantile <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + ", shrink " + shrink + ", quantile " + quantile
                    + ": each is expected above 0 and at most 1");
        }
        if (!(factor >= 1) || !(cap >= 3) || !(endRatio > 0 && endRatio <= 1) || !(channelShare > 0)) {
            throw new IllegalArgumentException("factor " + factor + " (1 or more), cap " + cap
                    + " (3 or more), end_ratio " + endRatio + " (above 0, at most 1), channel_share " + channelShare
                    + " (above 0)");
        }
    }

    public static StateSettings standard() {
        return new StateSettings(400, 0.05, 0.05, 0.999, 7, 1000, 1, 0.15);
    }

    public StateSettings withFitVectors(int vectors) {
        return new StateSettings(vectors, lambda, shrink, quantile, factor, cap, endRatio, channelShare);
    }
}
