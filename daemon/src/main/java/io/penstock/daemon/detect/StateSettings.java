package io.penstock.daemon.detect;

/**
 * The chart that holds a machine's state against its healthy baseline. Defaults as measured on public recordings; one setting
 * for all of them.
 *
 * @param fitVectors how many first state vectors are the healthy baseline
 * @param patience how many times as many vectors may be taken in until every channel has spoken in {@code fitVectors} of them;
 *     1 learns from the first vectors whatever they lack
 * @param lambda weight of the newest vector in the smoothed one, above 0 to 1
 * @param shrink how far the covariance is drawn towards independent white channels, 0 to 1
 * @param quantile quantile of the statistic within the baseline that the limit is built on
 * @param factor the limit over that quantile
 * @param cap largest believed deviation of one reading, in spreads: one wild reading is no state
 * @param endRatio the finding ends below this share of the limit
 * @param endOfPeak or below this share of the farthest it has been since it began: the fault went, though the machine did not
 *     come back all the way (warmed up, say); 0 switches that off
 * @param follow share of the rate at which a channel wandered while healthy (a temperature) that its baseline follows it as
 *     long as nothing is wrong; a channel that stood still has a frozen baseline; 0 freezes all
 * @param followMost most the baseline follows, share of the deviation a vector
 * @param followShifted share of that following that goes on while the state is shifted: a warm-up that came with a fault does
 *     not hold the finding for ever, a channel that stood still still does
 * @param channelShare a channel that carries at least this share of the deviation is named
 */
public record StateSettings(
        int fitVectors,
        int patience,
        double lambda,
        double shrink,
        double quantile,
        double factor,
        double cap,
        double endRatio,
        double endOfPeak,
        double follow,
        double followMost,
        double followShifted,
        double channelShare) {
    private static final int MOST = 100_000;

    public StateSettings {
        if (fitVectors < 10 || fitVectors > MOST) {
            throw new IllegalArgumentException(
                    "fit_vectors is " + fitVectors + ", expected 10 to " + MOST + " (400 is usual)");
        }
        if (patience < 1 || patience > 100) {
            throw new IllegalArgumentException("patience is " + patience + ", expected 1 to 100");
        }
        if (!(lambda > 0 && lambda <= 1) || !(shrink >= 0 && shrink <= 1) || !(quantile > 0 && quantile <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + ", shrink " + shrink + ", quantile " + quantile
                    + ": each is expected above 0 and at most 1");
        }
        if (!(follow >= 0 && follow <= 1)
                || !(followMost >= 0 && followMost <= 0.1)
                || !(followShifted >= 0 && followShifted <= 1)) {
            throw new IllegalArgumentException("follow " + follow + " (0 to 1), follow_most " + followMost
                    + " (0 to 0.1), follow_shifted " + followShifted + " (0 to 1)");
        }
        if (!(factor >= 1)
                || !(cap >= 3)
                || !(endRatio > 0 && endRatio <= 1)
                || !(channelShare > 0)
                || !(endOfPeak >= 0 && endOfPeak < 1)) {
            throw new IllegalArgumentException("factor " + factor + " (1 or more), cap " + cap
                    + " (3 or more), end_ratio " + endRatio + " (above 0, at most 1), end_of_peak " + endOfPeak
                    + " (0 to below 1), channel_share " + channelShare
                    + " (above 0)");
        }
    }

    public static StateSettings standard() {
        return new StateSettings(400, 3, 0.08, 0.05, 0.999, 2.75, 1000, 0.8, 0.05, 0.5, 0.05, 0.05, 0.05);
    }

    public StateSettings withFitVectors(int vectors) {
        return new StateSettings(
                vectors,
                patience,
                lambda,
                shrink,
                quantile,
                factor,
                cap,
                endRatio,
                endOfPeak,
                follow,
                followMost,
                followShifted,
                channelShare);
    }

    public StateSettings withPatience(int times) {
        return new StateSettings(
                fitVectors,
                times,
                lambda,
                shrink,
                quantile,
                factor,
                cap,
                endRatio,
                endOfPeak,
                follow,
                followMost,
                followShifted,
                channelShare);
    }
}
