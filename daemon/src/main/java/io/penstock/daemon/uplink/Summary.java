package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import java.util.List;

/**
 * What leaves the site of a diagnosis.
 *
 * @param asset place in the site's list of assets, 0 to 254
 * @param caseNumber tells the cases of an asset apart: minutes from 2026 to its opening, modulo 4096, so that a repeated or newer
 *     summary of the same case is known
 * @param minutes when it was so, minutes since 2026-01-01T00:00Z
 * @param fault code of the symptom matrix
 * @param confidence 0..1, sent in steps of 1/15
 * @param closed whether the case is over
 * @param evidence the strongest lines, at most {@link #MOST_EVIDENCE}
 */
public record Summary(
        int asset,
        int caseNumber,
        long minutes,
        String fault,
        Severity severity,
        double confidence,
        boolean closed,
        List<Evidence> evidence) {
    public static final int MOST_EVIDENCE = 3;
    public static final int MOST_ASSETS = 255;
    /** The next case has the next number, and after the last the first comes again: a lap takes 2.8 days. */
    public static final int CASE_NUMBERS = 4_096;

    /**
     * @param symptom as in a case's evidence
     * @param unit UCUM; received: {@link Dictionary#OWN_UNIT} where the dictionary has no place for it
     * @param value sent with three significant digits
     */
    public record Evidence(String symptom, String unit, double value) {}

    public Summary {
        evidence = List.copyOf(evidence);
        if (asset < 0 || asset >= MOST_ASSETS) {
            throw new IllegalArgumentException("asset " + asset + ", expected 0 to " + (MOST_ASSETS - 1));
        }
        if (caseNumber < 0 || caseNumber >= CASE_NUMBERS) {
            throw new IllegalArgumentException("case number " + caseNumber + ", expected 0 to " + (CASE_NUMBERS - 1));
        }
        if (minutes < 0 || minutes > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("minute " + minutes + " since 2026, expected 0 or more");
        }
        if (!(confidence >= 0 && confidence <= 1)) {
            throw new IllegalArgumentException("confidence " + confidence + ", expected 0 to 1");
        }
        if (evidence.size() > MOST_EVIDENCE) {
            throw new IllegalArgumentException(
                    evidence.size() + " lines of evidence, expected at most " + MOST_EVIDENCE);
        }
    }
}
