package io.penstock.daemon.prompt;

import java.util.List;

/**
 * A case whose fault is known: from the textbook, or confirmed by a person.
 *
 * @param fault code of the symptom matrix
 * @param symptoms names of the symptom vocabulary, sorted
 * @param confirmed true when a person at this site confirmed it; false for a textbook case
 */
public record PastCase(String fault, List<String> symptoms, boolean confirmed) {
    public PastCase {
        symptoms = symptoms.stream().distinct().sorted().toList();
    }
}
