package io.penstock.daemon.cases;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Failure mode and symptoms analysis of one class of machine (FMSA, ISO 13379-1): which fault shows which symptoms.
 *
 * @param kind the class, as in an asset's {@code kind}
 * @param name for a person
 * @param speakingScore the least score at which a fault is named
 * @param tieMargin first and second this near together are "not sure"
 * @param faults in the file's order; {@code sensor_fault} is one of them
 */
public record SymptomMatrix(String kind, String name, double speakingScore, double tieMargin, List<Fault> faults) {
    private static final int MOST_CHECKS = 4;

    public SymptomMatrix {
        faults = List.copyOf(faults);
    }

    /**
     * Reads a matrix. Pure: the text alone decides.
     *
     * @param file the file's name, for messages
     * @throws MatrixRefused with all mistakes at once
     */
    public static SymptomMatrix parse(String file, String toml) throws MatrixRefused {
        return new MatrixReader(file, toml).read();
    }

    /** The fault of that code, or null where the matrix has none. */
    public @Nullable Fault fault(String code) {
        for (Fault fault : faults) {
            if (fault.code().equals(code)) {
                return fault;
            }
        }
        return null;
    }

    /** The name for a person; the code in words where the matrix does not know it. */
    public String nameOf(String code) {
        Fault fault = fault(code);
        if (fault != null) {
            return fault.name();
        }
        return code.equals(Fault.UNSURE) ? "not sure" : code.replace('_', ' ');
    }

    /**
     * Ranks the faults that would explain the lines, best first, at most five. Never empty: the first is {@code unsure} when no
     * fault reaches the speaking score or the first two tie; its score is then that of the best fault behind it.
     */
    public List<Candidate> rank(List<EvidenceLine> lines) {
        return new Ranking(this, lines).candidates();
    }

    /** What to do now: the best candidate's checks; for {@code unsure} the first check of each fault that stays possible. */
    public List<String> checks(List<Candidate> candidates) {
        Candidate best = candidates.getFirst();
        Fault named = fault(best.fault());
        if (!best.fault().equals(Fault.UNSURE)) {
            return named == null ? List.of() : named.checks();
        }
        Set<String> checks = new LinkedHashSet<>();
        if (named != null && best.name().equals(named.name())) {
            checks.addAll(named.checks());
        }
        List<Fault> possible = new ArrayList<>();
        for (Candidate candidate : candidates.subList(1, candidates.size())) {
            Fault fault = fault(candidate.fault());
            if (fault != null && !fault.checks().isEmpty()) {
                possible.add(fault);
            }
        }
        possible.stream().limit(3).forEach(fault -> checks.add(fault.checks().getFirst()));
        if (checks.isEmpty()) {
            checks.add("Go to the machine: look, listen and feel for anything unlike yesterday.");
            checks.add("Compare the local gauges with the values shown here, and note the difference.");
        }
        return checks.stream().limit(MOST_CHECKS).toList();
    }
}
