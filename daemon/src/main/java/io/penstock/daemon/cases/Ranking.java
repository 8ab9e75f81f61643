package io.penstock.daemon.cases;

import io.penstock.daemon.detect.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One ranking of a matrix's faults against evidence lines.
 *
 * <p>A line is present with p = 0.5 + strength / 2; a channel's part in a multivariate finding counts by its share. A fault whose
 * required groups are all met scores
 * {@code have / (have + 0.3 missing + against) * (0.5 + 0.5 explained) * clarity}: weights of its symptoms seen, not seen (a third
 * counts: early faults show few symptoms, and not every channel is measured), and speaking against it; the part of all that was seen
 * that it explains; and p of its clearest required line. Ended lines count in full: evidence is latched while a case is open.
 */
final class Ranking {
    private static final double MISSING_COUNTS = 0.3;
    private static final double LEAST_SHARE = 0.1;
    private static final int LONGEST = 5;
    private static final String UNCLEAR = "bearing_lines_unclear";

    private final SymptomMatrix matrix;
    private final Map<String, Double> presence = new TreeMap<>();
    private final Map<String, List<EvidenceLine>> bySymptom = new HashMap<>();
    private final boolean sensorOnly;

    Ranking(SymptomMatrix matrix, List<EvidenceLine> lines) {
        this.matrix = matrix;
        this.sensorOnly = !lines.isEmpty() && lines.stream().allMatch(line -> SymptomWords.ofSensor(line.symptom()));
        for (EvidenceLine line : lines) {
            double p = presence(line);
            boolean ranks =
                    !SymptomWords.ofState(line.symptom()) && SymptomWords.ofSensor(line.symptom()) == sensorOnly;
            if (p > 0 && ranks) {
                presence.merge(line.symptom(), p, Math::max);
                bySymptom
                        .computeIfAbsent(line.symptom(), s -> new ArrayList<>())
                        .add(line);
            }
        }
    }

    private static double presence(EvidenceLine line) {
        double strength = Double.isFinite(line.strength()) ? Math.clamp(line.strength(), 0, 1) : 0.5;
        double p = 0.5 + 0.5 * strength;
        if (line.tier() == Finding.Tier.STATE || line.tier() == Finding.Tier.ONSET) {
            double share = Double.isFinite(line.share()) ? Math.clamp(line.share(), 0, 1) : 0;
            return share < LEAST_SHARE ? 0 : p * (0.4 + 0.6 * share);
        }
        return p;
    }

    List<Candidate> candidates() {
        List<Candidate> scored = new ArrayList<>();
        for (Fault fault : matrix.faults()) {
            if (fault.code().equals(Fault.SENSOR) == sensorOnly && required(fault)) {
                double score = score(fault);
                List<EvidenceLine> support = support(fault);
                scored.add(new Candidate(
                        fault.code(),
                        fault.name(),
                        score,
                        location(fault, support),
                        support.stream().map(EvidenceLine::number).toList()));
            }
        }
        scored.sort(Comparator.comparingDouble(Candidate::score).reversed().thenComparing(Candidate::fault));
        List<Candidate> ranked = new ArrayList<>(scored.subList(0, Math.min(LONGEST, scored.size())));
        if (ranked.isEmpty()) {
            return List.of(new Candidate(Fault.UNSURE, "not sure: no known fault fits", 0, null, allLines()));
        }
        Candidate best = ranked.getFirst();
        if (best.fault().equals(Fault.UNSURE)) {
            return List.copyOf(ranked);
        }
        boolean tie = ranked.size() > 1 && best.score() - ranked.get(1).score() < matrix.tieMargin();
        if (best.score() < matrix.speakingScore() || tie) {
            ranked.removeIf(candidate -> candidate.fault().equals(Fault.UNSURE));
            ranked.addFirst(
                    new Candidate(Fault.UNSURE, whyUnsure(best, tie), best.score(), best.location(), allLines()));
        }
        return List.copyOf(ranked);
    }

    private String whyUnsure(Candidate best, boolean tie) {
        if (presence.containsKey(UNCLEAR)) {
            Fault unclear = matrix.fault(Fault.UNSURE);
            return unclear == null ? "not sure: bearing element not identified" : unclear.name();
        }
        return tie && best.score() >= matrix.speakingScore()
                ? "not sure: two faults fit equally well"
                : "not sure: the evidence is too thin";
    }

    private boolean required(Fault fault) {
        return fault.required().stream().allMatch(group -> group.stream().anyMatch(presence::containsKey));
    }

    private double score(Fault fault) {
        double have = 0;
        double missing = 0;
        double explained = 0;
        for (Map.Entry<String, Double> symptom : fault.symptoms().entrySet()) {
            Double p = presence.get(symptom.getKey());
            if (p != null) {
                have += symptom.getValue() * p;
                explained += p;
            } else if (fault.required().stream().noneMatch(group -> group.contains(symptom.getKey()))) {
                // the other members of a required group that is met are alternatives, not missing
                missing += symptom.getValue();
            }
        }
        double against = 0;
        for (Map.Entry<String, Double> symptom : fault.against().entrySet()) {
            against += symptom.getValue() * presence.getOrDefault(symptom.getKey(), 0.0);
        }
        double all = presence.values().stream().mapToDouble(Double::doubleValue).sum();
        double clarity = fault.required().stream()
                .flatMap(List::stream)
                .mapToDouble(symptom -> presence.getOrDefault(symptom, 0.0))
                .max()
                .orElse(0.75);
        return Math.clamp(
                have / (have + MISSING_COUNTS * missing + against) * (0.5 + 0.5 * explained / all) * clarity, 0, 1);
    }

    private List<EvidenceLine> support(Fault fault) {
        return fault.symptoms().keySet().stream()
                .flatMap(symptom -> bySymptom.getOrDefault(symptom, List.of()).stream())
                .sorted(Comparator.comparingInt(EvidenceLine::number))
                .toList();
    }

    /** Where the strongest required line stands; else the strongest supporting line that knows a place. */
    private static @Nullable String location(Fault fault, List<EvidenceLine> support) {
        Comparator<EvidenceLine> strongest = Comparator.comparing((EvidenceLine line) ->
                        fault.required().stream().anyMatch(group -> group.contains(line.symptom())))
                .thenComparingDouble(EvidenceLine::strength)
                .thenComparing(Comparator.comparingInt(EvidenceLine::number).reversed());
        EvidenceLine best = support.stream()
                .filter(line -> line.location() != null)
                .max(strongest)
                .orElse(null);
        return best == null ? null : best.location();
    }

    private List<Integer> allLines() {
        TreeSet<Integer> numbers = new TreeSet<>();
        bySymptom.values().forEach(lines -> lines.forEach(line -> numbers.add(line.number())));
        return List.copyOf(numbers);
    }
}
