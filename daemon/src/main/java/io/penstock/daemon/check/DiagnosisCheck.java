package io.penstock.daemon.check;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.prompt.CaseLibrary.Neighbour;
import io.penstock.daemon.prompt.CasePrompt;
import io.penstock.daemon.prompt.PointNames;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes diagnoses: at once by rules, then with a model's opinion where one came. The label is decided by rules and by cases that a
 * person confirmed; a model confirms it or dissents. Severity is the case's, always.
 *
 * <p>How sure it is, {@link Confidence} says.
 */
public final class DiagnosisCheck {
    private static final double NEAR = 0.6;
    /** A lead over the second that leaves no doubt. */
    private static final double FULL_MARGIN = 0.3;

    private DiagnosisCheck() {}

    /** The label and why: what rules and confirmed cases say together. */
    private record Decision(
            Candidate candidate,
            Confidence.Features features,
            Optional<String> because,
            List<Diagnosis.PastLike> past) {}

    /** The diagnosis by rules alone, ready as soon as the case is. */
    public static Diagnosis rules(
            CaseRecord record,
            SymptomMatrix matrix,
            @Nullable RoutePlan route,
            List<Neighbour> past,
            Diagnosis.Timing timing) {
        Decision decision = decide(record, matrix, past);
        return diagnosis(
                record,
                matrix,
                route,
                decision,
                Diagnosis.Stage.RULES,
                Confidence.shipped().of(decision.features()),
                List.of(),
                null,
                null,
                timing);
    }

    /** The diagnosis with a model's opinion, or the rules' own with a note why there is none. */
    public static CheckedDiagnosis explained(
            CaseRecord record,
            SymptomMatrix matrix,
            @Nullable RoutePlan route,
            List<Neighbour> past,
            ModelAnswer answer,
            Diagnosis.Timing timing) {
        Decision decision = decide(record, matrix, past);
        List<String> labels = CasePrompt.labels(record, matrix);
        List<String> schemaErrors = new ArrayList<>();
        LabelScores.@Nullable Score best = label(answer.scores(), labels, schemaErrors);

        Explanation explanation = new Explanation("", List.of(), List.of());
        Completion completion = answer.completion();
        if (completion != null) {
            explanation = Explanation.read(completion.text(), labels, record);
            schemaErrors.addAll(explanation.errors());
        }
        String label = best != null ? best.label() : explanation.fault();
        if (label.isEmpty()) {
            String why = !answer.absent().isBlank()
                    ? Explanation.clean(answer.absent())
                    : schemaErrors.isEmpty()
                            ? "the model gave no answer"
                            : "the model's answer was dropped: " + schemaErrors.getFirst();
            Diagnosis diagnosis = diagnosis(
                    record,
                    matrix,
                    route,
                    decision,
                    Diagnosis.Stage.RULES_ONLY,
                    Confidence.shipped().of(decision.features()),
                    List.of(),
                    null,
                    why,
                    timing);
            return new CheckedDiagnosis(diagnosis, List.of(), schemaErrors);
        }

        List<String> kept = new ArrayList<>();
        List<CheckedDiagnosis.Blocked> blocked = new ArrayList<>();
        Claims claims = new Claims(record, matrix);
        PointNames names = PointNames.of(record);
        for (String sentence : explanation.sentences()) {
            Optional<String> objection = explanation.fault().equals(label)
                    ? claims.objection(sentence, CasePrompt.code(label))
                    : Optional.of("it explains another fault than the label it holds most probable");
            if (objection.isEmpty()) {
                kept.add(names.restored(sentence));
            } else {
                blocked.add(new CheckedDiagnosis.Blocked(sentence, objection.get()));
            }
        }
        String code = CasePrompt.code(label);
        boolean unsure = decision.candidate().fault().equals(Fault.UNSURE);
        boolean agrees = code.equals(decision.candidate().fault());
        double probability =
                best == null || !Double.isFinite(best.probability()) ? 0 : Math.clamp(best.probability(), 0, 1);
        // where rules are not sure there is nothing to agree with, and the model does not make them so
        Confidence.Features features = decision.features();
        double confidence = unsure
                ? Confidence.shipped().of(features)
                : Confidence.shipped().of(features, answer.model(), agrees);
        Diagnosis.Opinion opinion = new Diagnosis.Opinion(
                answer.model(),
                answer.sha256(),
                code,
                probability,
                agrees,
                blocked.size(),
                promptTokens(answer),
                completion == null ? 0 : completion.generatedTokens());
        String note = !answer.absent().isBlank()
                ? Explanation.clean(answer.absent())
                : schemaErrors.isEmpty() ? null : "the model's explanation was dropped: " + schemaErrors.getFirst();
        Diagnosis diagnosis = diagnosis(
                record, matrix, route, decision, Diagnosis.Stage.EXPLAINED, confidence, kept, opinion, note, timing);
        return new CheckedDiagnosis(diagnosis, blocked, schemaErrors);
    }

    /** What is wrong with the form of a model's explanation; empty where nothing is. */
    public static String objection(String text, CaseRecord record, SymptomMatrix matrix) {
        List<String> errors = Explanation.read(text, CasePrompt.labels(record, matrix), record)
                .errors();
        return errors.isEmpty() ? "" : errors.getFirst();
    }

    private static LabelScores.@Nullable Score label(
            @Nullable LabelScores scores, List<String> labels, List<String> schemaErrors) {
        if (scores == null) {
            return null;
        }
        LabelScores.Score best = scores.best();
        if (!labels.contains(best.label())) {
            schemaErrors.add("the label scored is none of those asked");
            return null;
        }
        return best;
    }

    private static int promptTokens(ModelAnswer answer) {
        LabelScores scores = answer.scores();
        Completion completion = answer.completion();
        return (scores == null ? 0 : scores.promptTokens()) + (completion == null ? 0 : completion.promptTokens());
    }

    // ---- what it is

    /** Rules first; where two faults tie, a near case that a person confirmed decides between them, and says so. */
    private static Decision decide(CaseRecord record, SymptomMatrix matrix, List<Neighbour> past) {
        Map<String, Double> votes = new TreeMap<>();
        for (Neighbour neighbour : past) {
            if (neighbour.past().confirmed() && neighbour.overlap() >= NEAR) {
                votes.merge(neighbour.past().fault(), neighbour.overlap(), Double::sum);
            }
        }
        String voted = votes.entrySet().stream()
                .max(Map.Entry.<String, Double>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .map(Map.Entry::getKey)
                .orElse("");
        Candidate first = record.best();
        List<Candidate> named = record.candidates().stream()
                .filter(candidate -> !candidate.fault().equals(Fault.UNSURE))
                .toList();
        double second = named.size() > 1 ? named.get(1).score() : 0;
        if (first.fault().equals(Fault.UNSURE)) {
            for (Candidate candidate : named) {
                boolean tied = candidate.score() >= matrix.speakingScore()
                        && named.getFirst().score() - candidate.score() < matrix.tieMargin();
                if (tied && candidate.fault().equals(voted)) {
                    return new Decision(
                            candidate,
                            features(record, candidate, candidate, 0, past),
                            Optional.of(
                                    "Two faults fit equally well; the nearest case confirmed at this site was this one."),
                            like(past));
                }
            }
            Candidate held = named.isEmpty() ? null : named.getFirst();
            double lead = held == null ? 0 : held.score() - second;
            return new Decision(first, features(record, first, held, lead, past), Optional.empty(), like(past));
        }
        Optional<String> because = !voted.isEmpty() && !voted.equals(first.fault())
                ? Optional.of(
                        "The nearest case confirmed at this site was another fault: " + matrix.nameOf(voted) + ".")
                : Optional.empty();
        return new Decision(first, features(record, first, first, first.score() - second, past), because, like(past));
    }

    private static List<Diagnosis.PastLike> like(List<Neighbour> past) {
        return past.stream()
                .map(neighbour -> new Diagnosis.PastLike(
                        neighbour.past().fault(),
                        Math.rint(100 * neighbour.similarity()) / 100,
                        neighbour.past().confirmed(),
                        neighbour.past().caseId()))
                .toList();
    }

    /** What {@link Confidence} is asked with, for a case that no model has spoken on. */
    public static Confidence.Features features(CaseRecord record, SymptomMatrix matrix, List<Neighbour> past) {
        return decide(record, matrix, past).features();
    }

    /** @param held the fault named, or the one held likeliest; null where no fault is */
    private static Confidence.Features features(
            CaseRecord record, Candidate named, @Nullable Candidate held, double margin, List<Neighbour> past) {
        if (held == null) {
            return new Confidence.Features(0, 0, 0, 0, 1);
        }
        Quality worst = Quality.GOOD;
        for (EvidenceLine line : record.evidence()) {
            if (held.lines().contains(line.number()) && line.quality().compareTo(worst) > 0) {
                worst = line.quality();
            }
        }
        // a sensor case is about bad data: its quality says nothing against it
        double doubt = held.fault().equals(Fault.SENSOR)
                ? 0
                : switch (worst) {
                    case GOOD -> 0;
                    case UNCERTAIN -> 0.5;
                    case BAD -> 1;
                };
        double retrieval = past.stream()
                .max(Comparator.comparing(
                                (Neighbour neighbour) -> neighbour.past().confirmed() && neighbour.overlap() >= NEAR)
                        .thenComparingDouble(Neighbour::overlap))
                .map(nearest -> nearest.past().fault().equals(held.fault()) ? 1.0 : -1.0)
                .orElse(0.0);
        return new Confidence.Features(
                held.score(),
                Math.clamp(margin / FULL_MARGIN, 0, 1),
                retrieval,
                doubt,
                named.fault().equals(Fault.UNSURE) ? 1 : 0);
    }

    // ---- what is said of it

    private static Diagnosis diagnosis(
            CaseRecord record,
            SymptomMatrix matrix,
            @Nullable RoutePlan route,
            Decision decision,
            Diagnosis.Stage stage,
            double confidence,
            List<String> modelSentences,
            Diagnosis.@Nullable Opinion opinion,
            @Nullable String note,
            Diagnosis.Timing timing) {
        List<Candidate> candidates = new ArrayList<>(record.candidates());
        candidates.remove(decision.candidate());
        candidates.addFirst(decision.candidate());
        List<String> checks = matrix.checks(candidates);
        List<String> explanation = new ArrayList<>();
        for (EvidenceLine line : record.evidence()) {
            if (decision.candidate().lines().contains(line.number())) {
                explanation.add("[" + line.number() + "] " + EvidenceText.sentence(line));
            }
        }
        decision.because().ifPresent(explanation::add);
        if (opinion != null && !opinion.agrees()) {
            explanation.add("The model sees it differently: " + matrix.nameOf(opinion.label()) + " ("
                    + percent(opinion.probability()) + ").");
        }
        modelSentences.forEach(sentence -> explanation.add("Model: " + sentence));
        return new Diagnosis(
                record.id() + "-v" + record.version(),
                record.id(),
                record.version(),
                record.asset(),
                decision.candidate().fault(),
                decision.candidate().location(),
                record.severity(),
                confidence,
                stage,
                headline(record, decision.candidate(), candidates, checks),
                explanation,
                checks,
                candidates,
                route,
                opinion,
                note,
                timing,
                decision.past());
    }

    /** What, where, how bad, the one number with its limit, what to check first. */
    private static String headline(
            CaseRecord record, Candidate candidate, List<Candidate> candidates, List<String> checks) {
        StringBuilder text = new StringBuilder(SafeName.forPeople(record.asset())).append(": ");
        text.append(candidate.name());
        if (candidate.fault().equals(Fault.UNSURE)) {
            List<String> possible = candidates.stream()
                    .skip(1)
                    .filter(other -> !other.fault().equals(Fault.UNSURE))
                    .limit(2)
                    .map(Candidate::name)
                    .toList();
            if (!possible.isEmpty()) {
                text.append(" (").append(String.join(", or ", possible)).append(')');
            }
        }
        String location = candidate.location();
        if (location != null) {
            text.append(" at ").append(SafeName.forPeople(location));
        }
        text.append(record.open() ? ". " + word(record.severity()) + "." : ". Over.");
        EvidenceLine line = telling(record, candidate);
        if (line != null) {
            text.append(' ').append(SymptomWords.spoken(line.symptom()));
            String channel = line.channel();
            if (channel != null) {
                text.append(" on ").append(SafeName.forPeople(channel));
            }
            if (Double.isFinite(line.value())) {
                text.append(": ").append(EvidenceText.quantity(line.value(), line.unit()));
            }
            if (Double.isFinite(line.limit())) {
                text.append(", limit ").append(EvidenceText.quantity(line.limit(), line.unit()));
            }
            text.append('.');
        }
        if (!checks.isEmpty() && record.open()) {
            text.append(" First: ").append(checks.getFirst());
        }
        return text.toString();
    }

    /** The supporting line a person should see first: holding, with a limit, worst, clearest. */
    private static @Nullable EvidenceLine telling(CaseRecord record, Candidate candidate) {
        HashSet<Integer> lines = new HashSet<>(candidate.lines());
        return record.evidence().stream()
                .filter(line -> lines.isEmpty() || lines.contains(line.number()))
                .max(Comparator.comparing(EvidenceLine::active)
                        // a limit or a spectrum says more to a person than a statistic
                        .thenComparing(line -> line.tier() != Finding.Tier.STATE && line.tier() != Finding.Tier.CHART)
                        .thenComparing(EvidenceLine::severity)
                        .thenComparing(line -> Double.isFinite(line.limit()))
                        .thenComparingDouble(EvidenceLine::strength)
                        .thenComparing(
                                Comparator.comparingInt(EvidenceLine::number).reversed()))
                .orElse(null);
    }

    private static String word(Severity severity) {
        return severity == Severity.ADVISORY ? "Advisory" : EvidenceText.spoken(severity);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}
