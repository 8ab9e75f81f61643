package io.penstock.daemon.check;

import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.route.RoutePlan;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A diagnosis in plain words for a terminal: printable text only, no colours, lines of at most 100 characters. */
public final class DiagnosisText {
    private static final int WIDTH = 100;
    private static final int MOST_EVIDENCE = 10;

    private DiagnosisText() {}

    /** About 25 lines: headline, evidence, what to do, how sure, who answered and why. */
    public static String render(Diagnosis diagnosis, CaseRecord record) {
        return render(diagnosis, record, Map.of());
    }

    /**
     * The same, with every line of evidence.
     *
     * @param readings what stands under a line, by its number; where it is empty, at most {@value #MOST_EVIDENCE} lines are told
     */
    public static String render(Diagnosis diagnosis, CaseRecord record, Map<Integer, List<String>> readings) {
        List<String> out = new ArrayList<>();
        wrap(out, "", diagnosis.headline());
        out.add("  case " + diagnosis.caseId() + ", version " + diagnosis.caseVersion() + ", " + stage(diagnosis)
                + ", confidence " + DiagnosisCheck.percent(diagnosis.confidence()));
        out.add("Evidence");
        List<EvidenceLine> evidence = record.evidence();
        int most = readings.isEmpty() ? MOST_EVIDENCE : evidence.size();
        for (EvidenceLine line : evidence.stream().limit(most).toList()) {
            wrap(out, "  [" + line.number() + "] ", EvidenceText.sentence(line));
            readings.getOrDefault(line.number(), List.of()).forEach(reading -> wrap(out, "      - ", reading));
        }
        if (evidence.size() > most) {
            out.add("  and " + (evidence.size() - most) + " more lines");
        }
        evidence.stream()
                .min(Comparator.comparingLong(EvidenceLine::firstMicros).thenComparingInt(EvidenceLine::number))
                .ifPresent(first -> wrap(
                        out,
                        "  ",
                        "First to speak: line " + first.number() + ", " + EvidenceText.foundBy(first) + ", at "
                                + Instant.EPOCH.plus(first.firstMicros(), ChronoUnit.MICROS) + "."));
        if (record.open()) {
            out.add("Do now");
            int number = 1;
            for (String check : diagnosis.checks()) {
                wrap(out, "  " + number++ + ". ", check);
            }
        }
        out.add("How sure");
        doubts(diagnosis).forEach(doubt -> wrap(out, "  - ", doubt));
        for (String sentence : diagnosis.explanation()) {
            if (sentence.startsWith("Model: ")) {
                wrap(
                        out,
                        "  - ",
                        "Model's words, checked against the evidence: " + sentence.substring("Model: ".length()));
            }
        }
        likes(diagnosis).forEach(like -> wrap(out, "  - ", like));
        out.add("Who answered");
        route(diagnosis).forEach(line -> wrap(out, "  - ", line));
        return String.join("\n", out) + "\n";
    }

    private static String stage(Diagnosis diagnosis) {
        return switch (diagnosis.stage()) {
            case RULES -> "by rules, a model may follow";
            case EXPLAINED -> "by rules, with a model's opinion";
            case RULES_ONLY -> "by rules alone";
        };
    }

    /** A fault as its candidate names it; as its code reads, where it is no candidate. */
    private static String named(Diagnosis diagnosis, String fault) {
        return diagnosis.candidates().stream()
                .filter(candidate -> candidate.fault().equals(fault))
                .map(Candidate::name)
                .findFirst()
                .orElse(fault.replace('_', ' '));
    }

    private static List<String> doubts(Diagnosis diagnosis) {
        List<String> doubts = new ArrayList<>();
        Candidate best = diagnosis.candidates().getFirst();
        boolean unsure = diagnosis.fault().equals(Fault.UNSURE);
        doubts.add(
                unsure
                        ? "Not sure which fault it is: do the checks above and note what you find."
                        : "Rules: " + best.name() + " fits " + DiagnosisCheck.percent(best.score()) + ".");
        List<Candidate> others = diagnosis.candidates().stream()
                .skip(1)
                .filter(other -> !other.fault().equals(Fault.UNSURE))
                .limit(2)
                .toList();
        for (Candidate other : others) {
            doubts.add((unsure ? "Possible: " : "Less likely: ") + other.name() + ", fits "
                    + DiagnosisCheck.percent(other.score()) + ".");
        }
        Diagnosis.Opinion opinion = diagnosis.opinion();
        if (opinion != null) {
            String label = named(diagnosis, opinion.label());
            String share = opinion.probability() > 0 ? " (" + DiagnosisCheck.percent(opinion.probability()) + ")" : "";
            if (opinion.agrees()) {
                doubts.add("The model agrees: " + label + share + ".");
            } else {
                doubts.add("The model sees it differently: " + label + share
                        + (unsure ? "." : "; confidence was lowered for that."));
            }
            if (opinion.blockedSentences() > 0) {
                doubts.add(opinion.blockedSentences()
                        + " of the model's sentences did not stand in the evidence and were dropped.");
            }
        }
        String note = diagnosis.note();
        if (note != null) {
            doubts.add("Note: " + note + ".");
        }
        return doubts;
    }

    private static List<String> likes(Diagnosis diagnosis) {
        return diagnosis.past().stream()
                .map(past -> "Past case " + DiagnosisCheck.percent(past.similarity()) + " alike: "
                        + named(diagnosis, past.fault()) + ", "
                        + (past.confirmed()
                                ? "confirmed at this site (" + Explanation.clean(past.caseId()) + ")"
                                : "from the textbook")
                        + ".")
                .toList();
    }

    private static List<String> route(Diagnosis diagnosis) {
        List<String> lines = new ArrayList<>();
        RoutePlan route = diagnosis.route();
        if (route == null) {
            lines.add("rules of this gateway; no route was planned yet");
        } else {
            lines.add("route " + Explanation.clean(route.route()) + ", decided by "
                    + route.tier().name().toLowerCase(Locale.ROOT)
                    + (Double.isFinite(route.score())
                            ? String.format(Locale.ROOT, ", score %.2f", route.score())
                            : ""));
            route.reasons().stream().limit(10).forEach(reason -> lines.add(Explanation.clean(reason)));
        }
        Diagnosis.Opinion opinion = diagnosis.opinion();
        if (opinion != null) {
            String sha = opinion.sha256();
            lines.add("model " + Explanation.clean(opinion.model()) + ", sha256 "
                    + (sha.length() > 12 ? sha.substring(0, 12) + "..." : sha) + ", " + opinion.promptTokens()
                    + " tokens read, " + opinion.generatedTokens() + " written");
        }
        Diagnosis.Timing timing = diagnosis.timing();
        if (timing.sampleMicros() > 0 && timing.alarmMicros() > 0) {
            lines.add("sample to alarm " + millis(timing.sampleMicros(), timing.alarmMicros())
                    + (timing.labelMicros() > 0
                            ? ", to label " + millis(timing.sampleMicros(), timing.labelMicros())
                            : "")
                    + (timing.explanationMicros() > 0
                            ? ", to explanation " + millis(timing.sampleMicros(), timing.explanationMicros())
                            : ""));
        }
        return lines;
    }

    private static String millis(long from, long to) {
        return (to - from) / 1000 + " ms";
    }

    /** Wraps at spaces; what is longer than a line stays whole. */
    private static void wrap(List<String> out, String lead, String text) {
        StringBuilder line = new StringBuilder(lead);
        String indent = " ".repeat(lead.length());
        boolean empty = true;
        for (String word : text.split(" ")) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                out.add(line.toString());
                line = new StringBuilder(indent);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        out.add(line.toString());
    }
}
