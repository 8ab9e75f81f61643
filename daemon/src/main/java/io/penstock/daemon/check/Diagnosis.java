package io.penstock.daemon.check;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.route.RoutePlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Penstock says of a case: rules first, the model's part later on the same id.
 *
 * @param id stable: the case's id and the version it answers
 * @param fault code of the symptom matrix, or {@code unsure}
 * @param location part of the machine where known
 * @param severity by rules
 * @param confidence 0..1, measured: rules, retrieval, model, quality
 * @param stage how far it got
 * @param headline one line for an operator, by template
 * @param explanation sentences whose every number and tag stands in the evidence: template text, then checked model text
 * @param checks what to do now, by the symptom matrix
 * @param candidates ranked, best first
 * @param route who answered and why
 * @param opinion what the model said; null before or without it
 * @param note why there is no model part, where there is none
 * @param timing when what happened
 * @param past the nearest past cases, nearest first
 */
public record Diagnosis(
        String id,
        String caseId,
        int caseVersion,
        String asset,
        String fault,
        @Nullable String location,
        Severity severity,
        double confidence,
        Stage stage,
        String headline,
        List<String> explanation,
        List<String> checks,
        List<Candidate> candidates,
        @Nullable RoutePlan route,
        @Nullable Opinion opinion,
        @Nullable String note,
        Timing timing,
        List<PastLike> past) {
    /** How far a diagnosis got. */
    public enum Stage {
        /** By rules, at once; a model may follow. */
        RULES,
        /** A model confirmed or dissented. */
        EXPLAINED,
        /** No model answered by the deadline: the rules' text stands. */
        RULES_ONLY
    }

    /**
     * What a model said.
     *
     * @param model manifest name
     * @param sha256 of the model's file
     * @param label the label it holds most probable
     * @param probability of that label over the closed set, 0..1
     * @param agrees whether that is the rules' first candidate
     * @param blockedSentences how many sentences the check dropped
     * @param promptTokens of label question and explanation together
     * @param generatedTokens of the explanation
     */
    public record Opinion(
            String model,
            String sha256,
            String label,
            double probability,
            boolean agrees,
            int blockedSentences,
            int promptTokens,
            int generatedTokens) {}

    /**
     * Token-to-Action: microseconds since the epoch, 0 where it has not happened.
     *
     * @param sampleMicros receive time of the reading that opened the case
     * @param alarmMicros when the rules' diagnosis was committed
     * @param labelMicros when the model's label was known
     * @param explanationMicros when the explanation was known
     */
    public record Timing(long sampleMicros, long alarmMicros, long labelMicros, long explanationMicros) {}

    /** As it stands, by rules alone: no model will be asked. */
    public Diagnosis ended(String why) {
        return new Diagnosis(
                id,
                caseId,
                caseVersion,
                asset,
                fault,
                location,
                severity,
                confidence,
                Stage.RULES_ONLY,
                headline,
                explanation,
                checks,
                candidates,
                route,
                opinion,
                why,
                timing,
                past);
    }

    /**
     * A past case that is like this one.
     *
     * @param fault what it was
     * @param similarity 0..1
     * @param confirmed whether a person at this site said so; else it is from the textbook
     * @param caseId which case it was; empty for a textbook case
     */
    public record PastLike(String fault, double similarity, boolean confirmed, String caseId) {}

    public Diagnosis {
        // rows of earlier versions have none
        past = past == null ? List.of() : List.copyOf(past);
        explanation = List.copyOf(explanation);
        checks = List.copyOf(checks);
        candidates = List.copyOf(candidates);
    }
}
