package io.penstock.daemon.detect;

/**
 * The chart of a single channel.
 *
 * @param state whose baseline length, patience and following it shares
 * @param lambda weight of the newest vector, above 0 to 1; .1 to .2 sees shifts of about one spread soonest (Lucas and Saccucci
 *     1990)
 * @param limit how many standard deviations of the smoothed value are its limit; 3 is usual for a chart that a person looks at once
 *     an hour, one that looks every second needs more
 * @param grave beyond so many limits it is a warning, short of it a remark
 * @param endRatio the finding ends below this share of the limit
 */
public record EwmaSettings(StateSettings state, double lambda, double limit, double grave, double endRatio) {
    public EwmaSettings {
        if (!(lambda > 0 && lambda <= 1) || !(limit >= 3) || !(grave >= 1) || !(endRatio > 0 && endRatio <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + " (above 0 to 1), limit " + limit
                    + " (3 or more), grave " + grave + " (1 or more), end_ratio " + endRatio + " (above 0 to 1)");
        }
    }

    public static EwmaSettings of(StateSettings state) {
        return new EwmaSettings(state, 0.1, 6, 3, 0.8);
    }
}
