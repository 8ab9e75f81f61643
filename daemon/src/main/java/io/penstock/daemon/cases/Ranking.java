package io.penstock.daemon.cases;

import io.penstock.daemon.detect.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * that it explains of what any fault would; and p of its clearest required line. Ended lines count in full: evidence is latched while a case is open.
 */
final class Ranking {
    private static final double MISSING_COUNTS = 0.3;
    private static final double LEAST_SHARE = 0.1;
    private static final int LONGEST = 5;
    private static final double LEAST_EXPLAINED = 0.55;
    private static final String UNCLEAR = "bearing_lines_unclear";

    private final SymptomMatrix matrix;
    private final Map<String, Double> presence = new TreeMap<>();
    private final Map<String, List<EvidenceLine>> bySymptom = new HashMap<>();
    /** What any fault of the matrix shows. */
    private final Set<String> shown = new HashSet<>();

    private final boolean sensorOnly;
    private final List<EvidenceLine> swinging;

    Ranking(SymptomMatrix matrix, List<EvidenceLine> lines) {
        this.matrix = matrix;
        matrix.faults().forEach(fault -> shown.addAll(fault.symptoms().keySet()));
        this.sensorOnly = !lines.isEmpty() && lines.stream().allMatch(line -> SymptomWords.ofSensor(line.symptom()));
        this.swinging = lines.stream().filter(line -> swings(line, lines)).toList();
        for (EvidenceLine line : lines) {
            double p = swinging.contains(line) ? 0 : presence(line);
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

    /** A channel found too high and too low by the same detector scatters: that speaks of its sensor, and for no fault. */
    private static boolean swings(EvidenceLine line, List<EvidenceLine> lines) {
        String opposite = line.symptom().endsWith("_high")
                ? line.symptom().replaceAll("_high$", "_low")
                : line.symptom().replaceAll("_low$", "_high");
        return !opposite.equals(line.symptom())
                && lines.stream()
                        .anyMatch(other -> other.symptom().equals(opposite)
                                && other.tier() == line.tier()
                                && java.util.Objects.equals(other.channel(), line.channel()));
    }

    private static double presence(EvidenceLine line) {
        double strength = Double.isFinite(line.strength()) ? Math.clamp(line.strength(), 0, 1) : 0.5;
        double p = 0.5 + 0.5 * strength;
        if (line.tier() == Finding.Tier.STATE || line.tier() == Finding.Tier.ONSET) {
            double share = Double.isFinite(line.share()) ? Math.clamp(line.share(), 0, 1) : 0;
            return share < LEAST_SHARE ? 0 : p * (0.7 + 0.3 * share);
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
            return unnamed();
        }
        Candidate best = ranked.getFirst();
        if (best.fault().equals(Fault.UNSURE)) {
            return List.copyOf(ranked);
        }
        boolean tie = ranked.size() > 1 && best.score() - ranked.get(1).score() < matrix.tieMargin();
        boolean several = !tie && ranked.size() > 1 && leavesTo(best, ranked.get(1));
        if (best.score() < matrix.speakingScore() || tie || several) {
            ranked.removeIf(candidate -> candidate.fault().equals(Fault.UNSURE));
            ranked.addFirst(new Candidate(
                    Fault.UNSURE, whyUnsure(best, tie, several), best.score(), best.location(), allLines()));
        }
        return List.copyOf(ranked);
    }

    /** The same candidates behind "not sure", as long as the evidence is too young to name one. */
    static List<Candidate> held(List<Candidate> candidates) {
        Candidate best = candidates.getFirst();
        if (best.fault().equals(Fault.UNSURE)) {
            return candidates;
        }
        List<Candidate> held = new ArrayList<>(candidates);
        held.removeIf(candidate -> candidate.fault().equals(Fault.UNSURE));
        TreeSet<Integer> lines = new TreeSet<>();
        candidates.forEach(candidate -> lines.addAll(candidate.lines()));
        String name = "not sure: the evidence is still coming in";
        held.addFirst(new Candidate(Fault.UNSURE, name, best.score(), best.location(), List.copyOf(lines)));
        return List.copyOf(held);
    }

    /** No fault of the matrix has its required symptoms. */
    private List<Candidate> unnamed() {
        if (swinging.isEmpty()) {
            return List.of(new Candidate(Fault.UNSURE, "not sure: no known fault fits", 0, null, allLines()));
        }
        List<Integer> numbers = swinging.stream().map(EvidenceLine::number).toList();
        return List.of(
                new Candidate(Fault.UNSURE, "not sure: a value swings both ways, check its sensor", 0, null, numbers),
                new Candidate(Fault.SENSOR, matrix.nameOf(Fault.SENSOR), 0, null, numbers));
    }

    private String whyUnsure(Candidate best, boolean tie, boolean several) {
        if (presence.containsKey(UNCLEAR)) {
            Fault unclear = matrix.fault(Fault.UNSURE);
            return unclear == null ? "not sure: bearing element not identified" : unclear.name();
        }
        if (best.score() < matrix.speakingScore() && !tie) {
            return "not sure: the evidence is too thin";
        }
        return several
                ? "not sure: the evidence points to more than one fault"
                : "not sure: two faults fit equally well";
    }

    /** Whether the best fault leaves much unexplained that the second explains: then naming one would hide the other. */
    private boolean leavesTo(Candidate best, Candidate second) {
        Fault fault = matrix.fault(best.fault());
        return fault != null
                && explained(fault) < LEAST_EXPLAINED
                && second.lines().stream().anyMatch(number -> !best.lines().contains(number));
    }

    /** A symptom that no fault of the matrix shows, such as a hot day, speaks for none and against none. */
    private double explained(Fault fault) {
        double all = 0;
        double part = 0;
        for (Map.Entry<String, Double> seen : presence.entrySet()) {
            if (!shown.contains(seen.getKey())) {
                continue;
            }
            all += seen.getValue();
            part += fault.symptoms().containsKey(seen.getKey()) ? seen.getValue() : 0;
        }
        return part / all;
    }

    private boolean required(Fault fault) {
        return fault.required().stream().allMatch(group -> group.stream().anyMatch(presence::containsKey));
    }

    private double score(Fault fault) {
        double have = 0;
        double missing = 0;
        for (Map.Entry<String, Double> symptom : fault.symptoms().entrySet()) {
            Double p = presence.get(symptom.getKey());
            if (p != null) {
                have += symptom.getValue() * p;
            } else if (fault.required().stream().noneMatch(group -> group.contains(symptom.getKey()))) {
                // the other members of a required group that is met are alternatives, not missing
                missing += symptom.getValue();
            }
        }
        double against = 0;
        for (Map.Entry<String, Double> symptom : fault.against().entrySet()) {
            against += symptom.getValue() * presence.getOrDefault(symptom.getKey(), 0.0);
        }
        double clarity = fault.required().stream()
                .flatMap(List::stream)
                .mapToDouble(symptom -> presence.getOrDefault(symptom, 0.0))
                .max()
                .orElse(0.75);
        return Math.clamp(
                have / (have + MISSING_COUNTS * missing + against) * (0.5 + 0.5 * explained(fault)) * clarity, 0, 1);
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
