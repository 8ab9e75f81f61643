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
import org.jspecify.annotations.Nullable;

/**
 * Past cases of one machine class and how near they are to a case: the share of symptoms the two have in common (Jaccard), and where
 * vectors are at hand, a little of how near their symptoms are in meaning.
 */
public final class CaseLibrary {
    private static final double TELLING = 0.3;

    /** Vectors of short English texts about machines are hardly ever further apart. */
    private static final double FARTHEST_COSINE = 0.6;

    /**
     * Weight of meaning beside symptoms in common: it orders what shares as much. On the golden set's first half the nearest case was right
     * in .793 by symptoms alone, .784 with this, .770 with a half.
     */
    private static final double MEANING = 0.15;

    private final List<PastCase> cases;

    private CaseLibrary(List<PastCase> cases) {
        this.cases = List.copyOf(cases);
    }

    /**
     * A past case and how near it is.
     *
     * @param overlap 0..1, the share of symptoms in common: what decisions rest on, the same with and without vectors
     * @param similarity 0..1, what the order of neighbours rests on
     */
    public record Neighbour(PastCase past, double overlap, double similarity) {}

    /** Vectors of unit length by text, all of one model. */
    @FunctionalInterface
    public interface Vectors {
        /** No text has one. */
        Vectors NONE = text -> null;

        /** Null where there is none. */
        float @Nullable [] of(String text);
    }

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

    /** The nearest cases by what they have in common, as {@link #nearest(CaseRecord, int, Vectors)} without vectors. */
    public List<Neighbour> nearest(CaseRecord record, int most) {
        return nearest(record, most, Vectors.NONE);
    }

    /**
     * The nearest cases with anything in common, nearest first; among equals a confirmed one first. A case is not its own neighbour,
     * confirmed or not.
     */
    public List<Neighbour> nearest(CaseRecord record, int most, Vectors vectors) {
        Set<String> seen = symptoms(record);
        float[] here = vectors.of(text(record));
        return cases.stream()
                .filter(past -> !past.caseId().equals(record.id()))
                .map(past -> neighbour(past, seen, here, vectors))
                .filter(neighbour -> neighbour.overlap() > 0)
                .sorted(Comparator.comparingDouble(Neighbour::similarity)
                        .reversed()
                        .thenComparing(neighbour -> !neighbour.past().confirmed())
                        .thenComparing(neighbour -> neighbour.past().fault())
                        .thenComparing(neighbour -> neighbour.past().caseId()))
                .limit(most)
                .toList();
    }

    /** The texts whose vectors {@link #nearest} asks for, the record's own left out. */
    public List<String> texts() {
        return cases.stream().map(PastCase::text).distinct().toList();
    }

    /** A case's symptoms in words: what is embedded. Names of the plant are not in it. */
    public static String text(CaseRecord record) {
        return PastCase.text(symptoms(record).stream().sorted().toList());
    }

    /** What a confirmed case is kept as. */
    public static PastCase remember(CaseRecord record, String fault) {
        return new PastCase(fault, List.copyOf(symptoms(record)), true, record.id());
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

    private static Neighbour neighbour(PastCase past, Set<String> seen, float @Nullable [] here, Vectors vectors) {
        double overlap = overlap(seen, past.symptoms());
        float[] there = here == null ? null : vectors.of(past.text());
        return new Neighbour(
                past,
                overlap,
                there == null || here == null ? overlap : (1 - MEANING) * overlap + MEANING * near(here, there));
    }

    private static double near(float[] a, float[] b) {
        double cosine = 0;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            cosine += (double) a[i] * b[i];
        }
        return Math.clamp((cosine - FARTHEST_COSINE) / (1 - FARTHEST_COSINE), 0, 1);
    }

    private static double overlap(Set<String> seen, List<String> past) {
        Set<String> all = new HashSet<>(seen);
        all.addAll(past);
        Set<String> common = new HashSet<>(seen);
        common.retainAll(past);
        return all.isEmpty() ? 0 : (double) common.size() / all.size();
    }
}
