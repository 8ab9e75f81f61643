package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import java.util.List;

/**
 * All findings of one cause on one asset, as they stand.
 *
 * @param id stable: asset and opening time, so that a replay gives the same
 * @param version 1 when opened, +1 at each change that a person should hear of
 * @param openedMicros source time of the first finding
 * @param updatedMicros source time of the newest finding
 * @param closedMicros source time it was closed, 0 while open
 * @param severity the worst active line's, by rules
 * @param evidence in order of number
 * @param candidates best first, never empty: {@code unsure} where nothing fits
 * @param rootChannel the channel that spoke first and strongest, as {@code asset/channel} or the asset
 */
public record CaseRecord(
        String id,
        String asset,
        int version,
        long openedMicros,
        long updatedMicros,
        long closedMicros,
        Severity severity,
        List<EvidenceLine> evidence,
        List<Candidate> candidates,
        String rootChannel) {
    public CaseRecord {
        evidence = List.copyOf(evidence);
        candidates = List.copyOf(candidates);
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a case names at least the candidate 'unsure'");
        }
    }

    public boolean open() {
        return closedMicros == 0;
    }

    public Candidate best() {
        return candidates.getFirst();
    }
}
