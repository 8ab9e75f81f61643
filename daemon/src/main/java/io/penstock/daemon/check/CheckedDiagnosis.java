package io.penstock.daemon.check;

import java.util.List;

/**
 * A diagnosis and what was kept out of it.
 *
 * @param blocked sentences the check dropped, each with the reason, cleaned for a log
 * @param schemaErrors what was wrong with the answer's form
 */
public record CheckedDiagnosis(Diagnosis diagnosis, List<Blocked> blocked, List<String> schemaErrors) {
    /** A dropped sentence. */
    public record Blocked(String sentence, String reason) {}

    public CheckedDiagnosis {
        blocked = List.copyOf(blocked);
        schemaErrors = List.copyOf(schemaErrors);
    }
}
