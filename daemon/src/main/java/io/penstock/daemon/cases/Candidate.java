package io.penstock.daemon.cases;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fault that would explain the evidence.
 *
 * @param fault its code in the symptom matrix
 * @param name for a person
 * @param score 0..1, share of the fault's symptoms seen, less what speaks against it
 * @param location part of the machine where known
 * @param lines numbers of the evidence lines that speak for it
 */
public record Candidate(
        String fault, String name, double score, @Nullable String location, List<Integer> lines) {
    public Candidate {
        lines = List.copyOf(lines);
    }
}
