package io.penstock.daemon.eval;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.detect.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A case whose answer is known: the findings as detectors would give them, and what may be said of them.
 *
 * @param id unique in its set
 * @param kind machine class: a symptom matrix
 * @param group what makes it easy or hard: clear, early, mixed, ...
 * @param half which half of the set it is in; twins share one
 * @param family its own id, or that of the case it is a twin of
 * @param causes what really is wrong; empty: nothing
 * @param accept right answers: fault codes, {@code unsure}, or {@code normal} where no case may be opened
 * @param mustNot answers that are worse than wrong
 * @param note why, for a reader; may be empty
 * @param findings in the order of time
 */
public record GoldenCase(
        String id,
        String kind,
        String group,
        Half half,
        String family,
        Set<String> causes,
        Set<String> accept,
        Set<String> mustNot,
        String note,
        List<Finding> findings) {
    /** The machine's name in every golden case. */
    public static final String ASSET = "unit-1";

    /** The answer of a case room that opened nothing. */
    public static final String NORMAL = Fault.NORMAL;

    /** 1 Nov 2026, 00:00 UTC: findings are told in seconds from here. */
    static final long START_MICROS = 1_793_491_200_000_000L;

    /** Long enough that nothing is held back for being young, too short for a case to close. */
    private static final long SETTLED_MICROS = Duration.ofSeconds(45).toNanos() / 1_000;

    /** Halves of a set: what is tuned or calibrated sees one, what is reported as held out is the other. */
    public enum Half {
        TUNE,
        HELD
    }

    public GoldenCase {
        causes = Set.copyOf(causes);
        accept = Set.copyOf(accept);
        mustNot = Set.copyOf(mustNot);
        findings = List.copyOf(findings);
        if (accept.isEmpty()) {
            throw new IllegalArgumentException("it accepts no answer");
        }
        if (accept.stream().anyMatch(mustNot::contains)) {
            throw new IllegalArgumentException("it accepts what it says must not be said");
        }
    }

    /**
     * What the case room makes of the findings once they have settled: the machine's case, else that of its sensors; empty where none
     * is opened.
     */
    public Optional<CaseRecord> record(SymptomMatrix matrix) {
        CaseBook book = new CaseBook(CaseSettings.DEFAULTS, Map.of(ASSET, matrix));
        TreeMap<Long, List<Finding>> byTime = new TreeMap<>();
        for (Finding finding : findings) {
            byTime.computeIfAbsent(finding.timeMicros(), time -> new ArrayList<>())
                    .add(finding);
        }
        byTime.values().forEach(book::apply);
        book.tick((byTime.isEmpty() ? START_MICROS : byTime.lastKey()) + SETTLED_MICROS);
        List<CaseRecord> open = book.openCases();
        return open.stream()
                .filter(record -> !record.id().endsWith("-sensor"))
                .findFirst()
                .or(() -> open.stream().findFirst());
    }
}
