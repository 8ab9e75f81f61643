package io.penstock.daemon.fleet;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.Summary;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * A case of a site as its newest summary tells it; times in microseconds since 1970, of whole minutes.
 *
 * @param asset its name in the site's configuration, or its place
 * @param updatedMicros when it was so; of a closed case when it closed
 * @param counter of the frame that told it
 * @param receivedMicros when that frame came, by the hub's clock
 */
public record FleetCase(
        String site,
        CaseKey key,
        String asset,
        long updatedMicros,
        long counter,
        boolean closed,
        Severity severity,
        String fault,
        double confidence,
        List<Summary.Evidence> evidence,
        long receivedMicros) {
    public FleetCase {
        evidence = List.copyOf(evidence);
    }

    /** What a summary says. */
    public static FleetCase of(SiteSettings site, CaseKey key, Summary summary, long counter, long receivedMicros) {
        return new FleetCase(
                site.name(),
                key,
                site.asset(summary.asset()),
                Summaries.micros(summary.minutes()),
                counter,
                summary.closed(),
                summary.severity(),
                summary.fault(),
                summary.confidence(),
                summary.evidence(),
                receivedMicros);
    }

    /** Tells the cases of a site apart: asset and the minute it was opened. */
    public String id() {
        return asset + "-" + opened().toString().replaceAll("[-:]", "");
    }

    public Instant opened() {
        return instant(Summaries.micros(key.openedMinutes()));
    }

    public Instant updated() {
        return instant(updatedMicros);
    }

    public String severityWord() {
        return severity.name().toLowerCase(Locale.ROOT);
    }

    /** Whether this is told later than another summary of the same case. */
    public boolean isNewerThan(FleetCase other) {
        return updatedMicros > other.updatedMicros
                || (updatedMicros == other.updatedMicros && counter >= other.counter);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
