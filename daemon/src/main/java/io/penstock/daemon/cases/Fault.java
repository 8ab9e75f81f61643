package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One row of a symptom matrix: a fault, what it shows, and what a person does about it.
 *
 * @param code snake case, as in the contract of fault codes
 * @param name for a person
 * @param severity what it grows into when nothing is done; shown beside the rules' severity and never in place of it
 * @param required groups of symptoms: of each group at least one must be seen, or the fault is not named
 * @param symptoms what it shows, with weights above 0 and up to 1
 * @param against what it does not show, with weights above 0 and up to 1
 * @param checks what a part-trained operator does now, in plain sentences, first thing first
 * @param source the standard, paper or practice the row stands on
 */
public record Fault(
        String code,
        String name,
        Severity severity,
        List<List<String>> required,
        Map<String, Double> symptoms,
        Map<String, Double> against,
        List<String> checks,
        String source) {
    /** The fault of the measuring chain, in every matrix. */
    public static final String SENSOR = "sensor_fault";

    /** What an operator calls a case behind which nothing was wrong; no matrix holds it. */
    public static final String NORMAL = "normal";

    /** The code of an honest "not sure". */
    public static final String UNSURE = "unsure";

    public Fault {
        required = required.stream().map(List::copyOf).toList();
        // sorted, so that sums run in the same order everywhere
        symptoms = java.util.Collections.unmodifiableMap(new TreeMap<>(symptoms));
        against = java.util.Collections.unmodifiableMap(new TreeMap<>(against));
        checks = List.copyOf(checks);
    }
}
