package io.penstock.daemon.audit;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Requests as rows of a CSV table.
 *
 * @param columns from a field to the column that has it; {@code prompt} is required
 */
public record CsvCalls(Map<String, String> columns) {
    /** What a column can be mapped to. */
    public static final Set<String> FIELDS =
            Set.of("prompt", "system", "model", "input_tokens", "output_tokens", "answer", "cost");

    public CsvCalls {
        columns = Map.copyOf(columns);
        for (String field : columns.keySet()) {
            if (!FIELDS.contains(field)) {
                throw new IllegalArgumentException(
                        "mapping of " + field + ", expected one of " + String.join(", ", new TreeSet<>(FIELDS)));
            }
        }
        if (!columns.containsKey("prompt")) {
            throw new IllegalArgumentException("no column is mapped to prompt; for example prompt=question");
        }
    }

    /** Names the mapped columns that a table's head lacks; empty where it has all. */
    public Optional<String> missing(Set<String> head) {
        Set<String> lacking = new TreeSet<>(columns.values());
        lacking.removeAll(head);
        return lacking.isEmpty()
                ? Optional.empty()
                : Optional.of("no column " + String.join(", ", lacking) + "; it has " + String.join(", ", head));
    }

    /** @param row from a column's name to its text */
    public CallOutcome read(Map<String, String> row) {
        String prompt = text(row, "prompt");
        if (prompt.isBlank()) {
            return new CallOutcome.Rejected("has an empty prompt");
        }
        String system = text(row, "system");
        try {
            return new CallOutcome.Parsed(Call.of(
                    text(row, "model"),
                    system,
                    prompt,
                    system + prompt,
                    number(row, "input_tokens"),
                    number(row, "output_tokens"),
                    columns.containsKey("answer") ? text(row, "answer").length() : -1,
                    cost(row)));
        } catch (NumberFormatException e) {
            return new CallOutcome.Rejected("has text where a number of tokens or money is expected");
        }
    }

    private String text(Map<String, String> row, String field) {
        String column = columns.get(field);
        String found = column == null ? null : row.get(column);
        return found == null ? "" : found;
    }

    private long number(Map<String, String> row, String field) {
        String text = text(row, field).strip();
        return text.isEmpty() ? -1 : Math.max(-1, Math.round(Double.parseDouble(text)));
    }

    private double cost(Map<String, String> row) {
        String text = text(row, "cost").strip().replaceFirst("^\\p{Sc}", "").toLowerCase(Locale.ROOT);
        double cost = text.isEmpty() ? Double.NaN : Double.parseDouble(text);
        return cost >= 0 ? cost : Double.NaN;
    }
}
