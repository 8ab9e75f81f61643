package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Quality;
import org.jspecify.annotations.Nullable;

/**
 * One numbered line of an evidence sheet: a finding as it stood at its clearest.
 *
 * @param number 1, 2, ... in the order the lines first appeared; never reused in a case
 * @param channel the channel, or null for the whole machine
 * @param symptom as in {@link Finding#symptom}
 * @param location part of the machine where known
 * @param active whether it still holds
 * @param firstMicros source time it first held
 * @param lastMicros source time it last held
 * @param value at its clearest, in {@code unit}
 * @param limit what it was held against; NaN where there is none
 * @param baseline the healthy value; NaN where none is known
 * @param position journal position of the reading behind {@code value}
 */
public record EvidenceLine(
        int number,
        @Nullable String channel,
        Finding.Tier tier,
        String symptom,
        @Nullable String location,
        boolean active,
        long firstMicros,
        long lastMicros,
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
    /** The same between other times. */
    EvidenceLine between(long first, long last) {
        return new EvidenceLine(
                number,
                channel,
                tier,
                symptom,
                location,
                active,
                first,
                last,
                value,
                unit,
                limit,
                limitSource,
                baseline,
                severity,
                strength,
                share,
                quality,
                position);
    }
}
