package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Severity;
import io.penstock.sensors.reading.Quality;
import org.jspecify.annotations.Nullable;

/**
 * One thing a detector found unusual, or found usual again.
 *
 * @param asset the machine
 * @param channel the channel it stands on; null where it concerns the whole machine
 * @param tier which detector spoke
 * @param symptom a name of the symptom vocabulary, snake case: {@code <quantity>_high}, {@code <quantity>_low},
 *     {@code bearing_outer_lines}, {@code sensor_stuck}, {@code state_shift}, ...; with asset and channel and tier it is the
 *     finding's identity
 * @param location part of the machine where known (a bearing's id), else null
 * @param active true while it holds (repeated findings update it), false when it has ended
 * @param timeMicros source time of the observation
 * @param value what was measured, in {@code unit}
 * @param unit UCUM, or {@code dB}, {@code 1}
 * @param limit what it was held against, same unit; NaN where there is none
 * @param limitSource who says so: the table, or how the baseline was learned
 * @param baseline the healthy value, same unit; NaN where none is known
 * @param severity what rules make of it
 * @param strength 0..1, how clearly it stands out (0.5: at the speaking threshold)
 * @param share 0..1, this channel's share of a multivariate finding; 1 for others
 * @param quality worst quality of what went in
 * @param position journal position of the newest reading in it
 */
public record Finding(
        String asset,
        @Nullable String channel,
        Tier tier,
        String symptom,
        @Nullable String location,
        boolean active,
        long timeMicros,
        double value,
        String unit,
        double limit,
        String limitSource,
        double baseline,
        Severity severity,
        double strength,
        double share,
        Quality quality,
        long position) {
    /** Which detector spoke, in the order of research: validity, limits, state, onset, vibration; and the single channel chart. */
    public enum Tier {
        VALIDITY,
        LIMIT,
        STATE,
        ONSET,
        VIBRATION,
        /** The chart of one channel; last, because cases are stored with the number of their tier. */
        CHART
    }

    /**
     * The symptom of one reading far off those before it, a waveform's by its kurtosis: said at once, before the next shows whether it
     * was a spike or the first of a new level.
     */
    public static final String SPIKE = "spike";

    /** Whether it is about one reading alone, and never ends: an anomaly to publish, nothing to open or support a case with. */
    public boolean passing() {
        return symptom.equals(SPIKE);
    }
}
