package io.penstock.daemon.prompt;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Past cases and how near they are to one: the share of symptoms two cases have in common (Jaccard). */
public final class CaseLibrary {
    private static final double TELLING = 0.3;

    private final List<PastCase> cases;

    private CaseLibrary(List<PastCase> cases) {
        this.cases = List.copyOf(cases);
    }

    /**
     * A past case and how near it is.
     *
     * @param similarity 0..1
     */
    public record Neighbour(PastCase past, double similarity) {}

    /** One textbook case a fault of the matrix, and the cases confirmed at this site. */
    public static CaseLibrary of(SymptomMatrix matrix, List<PastCase> confirmed) {
        List<PastCase> cases = new ArrayList<>(confirmed);
        for (Fault fault : matrix.faults()) {
            if (!fault.code().equals(Fault.UNSURE)) {
                Set<String> symptoms = new LinkedHashSet<>();
                fault.required().forEach(symptoms::addAll);
                fault.symptoms().forEach((symptom, weight) -> {
                    if (weight >= TELLING) {
                        symptoms.add(symptom);
                    }
                });
                cases.add(new PastCase(fault.code(), List.copyOf(symptoms), false));
            }
        }
        return new CaseLibrary(cases);
    }

    /** The nearest cases with anything in common, nearest first; among equals a confirmed one first. */
    public List<Neighbour> nearest(CaseRecord record, int most) {
        Set<String> seen = symptoms(record);
        return cases.stream()
                .map(past -> new Neighbour(past, similarity(seen, past.symptoms())))
                .filter(neighbour -> neighbour.similarity() > 0)
                .sorted(Comparator.comparingDouble(Neighbour::similarity)
                        .reversed()
                        .thenComparing(neighbour -> !neighbour.past().confirmed())
                        .thenComparing(neighbour -> neighbour.past().fault()))
                .limit(most)
                .toList();
    }

    /** What a confirmed case is kept as. */
    public static PastCase remember(CaseRecord record, String fault) {
        return new PastCase(fault, List.copyOf(symptoms(record)), true);
    }

    private static Set<String> symptoms(CaseRecord record) {
        Set<String> symptoms = new LinkedHashSet<>();
        for (EvidenceLine line : record.evidence()) {
            if (!SymptomWords.ofState(line.symptom())) {
                symptoms.add(line.symptom());
            }
        }
        return symptoms;
    }

    private static double similarity(Set<String> seen, List<String> past) {
        Set<String> all = new HashSet<>(seen);
        all.addAll(past);
        Set<String> common = new HashSet<>(seen);
        common.retainAll(past);
        return all.isEmpty() ? 0 : (double) common.size() / all.size();
    }
}
