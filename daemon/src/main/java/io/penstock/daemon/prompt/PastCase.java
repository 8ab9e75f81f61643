package io.penstock.daemon.prompt;

import io.penstock.daemon.cases.SymptomWords;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A case whose fault is known: from the textbook, or confirmed by a person.
 *
 * @param fault code of the symptom matrix
 * @param symptoms names of the symptom vocabulary, sorted
 * @param confirmed true when a person at this site confirmed it; false for a textbook case
 * @param caseId the case it was; empty for a textbook case
 */
public record PastCase(String fault, List<String> symptoms, boolean confirmed, String caseId) {
    public PastCase {
        symptoms = symptoms.stream().distinct().sorted().toList();
    }

    public PastCase(String fault, List<String> symptoms, boolean confirmed) {
        this(fault, symptoms, confirmed, "");
    }

    /** Its symptoms in words: what is embedded. */
    public String text() {
        return text(symptoms);
    }

    static String text(List<String> symptoms) {
        return symptoms.stream().map(SymptomWords::spoken).collect(Collectors.joining(", "));
    }
}
