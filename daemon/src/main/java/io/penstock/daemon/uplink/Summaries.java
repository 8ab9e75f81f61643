package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** From a case to what leaves the site of it. */
public final class Summaries {
    private static final long EPOCH_MINUTES =
            ChronoUnit.MINUTES.between(Instant.EPOCH, Instant.parse("2026-01-01T00:00:00Z"));
    private static final long MICROS_PER_MINUTE = 60_000_000;

    private final List<String> assets;
    private final Dictionary dictionary;

    /** @param assets in the order of the configuration, as the other end has them too; at most 255 */
    public Summaries(List<String> assets, Dictionary dictionary) {
        this.assets = List.copyOf(assets);
        this.dictionary = dictionary;
        if (assets.size() > Summary.MOST_ASSETS) {
            throw new IllegalArgumentException(assets.size() + " assets, a summary can name " + Summary.MOST_ASSETS);
        }
    }

    /**
     * The strongest lines that hold, or that held if none does; a line of a symptom the dictionary has not stays at home.
     * Empty for an asset that is not in the list.
     */
    public Optional<Summary> of(CaseRecord record, double confidence) {
        int asset = assets.indexOf(record.asset());
        if (asset < 0) {
            return Optional.empty();
        }
        List<Summary.Evidence> evidence = record.evidence().stream()
                .filter(this::travels)
                .sorted(Comparator.comparing(EvidenceLine::active)
                        .thenComparingDouble(EvidenceLine::strength)
                        .reversed())
                .limit(Summary.MOST_EVIDENCE)
                .map(line -> new Summary.Evidence(line.symptom(), line.unit(), line.value()))
                .toList();
        return Optional.of(new Summary(
                asset,
                caseNumber(record.openedMicros()),
                Math.max(0, minutes(record.open() ? record.updatedMicros() : record.closedMicros())),
                record.best().fault(),
                record.severity(),
                Math.clamp(confidence, 0, 1),
                !record.open(),
                evidence));
    }

    private boolean travels(EvidenceLine line) {
        return Double.isFinite(line.value())
                && dictionary.symptomPlace(line.symptom(), line.unit()).isPresent();
    }

    /** That an alarm is over calls nobody: it waits behind those that are not. */
    static UplinkLane lane(Summary summary) {
        return summary.severity() == Severity.ALARM && !summary.closed() ? UplinkLane.CRITICAL : UplinkLane.DIAGNOSIS;
    }

    /** Tells the cases of an asset apart. */
    public static int caseNumber(long openedMicros) {
        return (int) Math.floorMod(minutes(openedMicros), (long) Summary.CASE_NUMBERS);
    }

    /** Minutes since 2026 of microseconds since 1970. */
    public static long minutes(long micros) {
        return Math.floorDiv(micros, MICROS_PER_MINUTE) - EPOCH_MINUTES;
    }

    /** Microseconds since 1970 of a minute since 2026. */
    public static long micros(long minutes) {
        return (EPOCH_MINUTES + minutes) * MICROS_PER_MINUTE;
    }

    /** A summary's time. */
    public static Instant time(Summary summary) {
        return time(summary.minutes());
    }

    /** @param minutes since 2026 */
    public static Instant time(long minutes) {
        return Instant.ofEpochSecond((EPOCH_MINUTES + minutes) * 60);
    }
}
