package io.penstock.daemon.route;

import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Evidence rules: which case needs which model, or none. The first rule that fits decides.
 *
 * <pre>
 * [[rule]]
 * name = "clear_sensor_fault"
 * faults = ["sensor_fault"]      # the best candidate is one of these; a trailing * stands for any ending
 * min_score = 0.5                # of the best candidate
 * min_lead = 0.15                # over the second
 * symptoms_only = ["sensor_*"]   # every active line's symptom is one of these
 * symptoms_any = []              # at least one active line's symptom is one of these
 * route = "sensor_or_comms"
 * model = ""                     # role of the model to ask; empty: the rules answer alone
 * </pre>
 */
public record CaseRules(List<Rule> rules) {
    private static final Set<String> KEYS =
            Set.of("name", "faults", "min_score", "min_lead", "symptoms_only", "symptoms_any", "route", "model");

    public CaseRules {
        rules = List.copyOf(rules);
    }

    /** One rule, as drawn above; empty lists ask for nothing. */
    public record Rule(
            String name,
            List<String> faults,
            double minScore,
            double minLead,
            List<String> symptomsOnly,
            List<String> symptomsAny,
            String route,
            String model) {
        public Rule {
            faults = List.copyOf(faults);
            symptomsOnly = List.copyOf(symptomsOnly);
            symptomsAny = List.copyOf(symptomsAny);
            if (name.isBlank() || route.isBlank()) {
                throw new IllegalArgumentException("a case rule needs a name and a route");
            }
        }

        private boolean fits(CaseRecord record) {
            Candidate best = record.best();
            List<String> active = record.evidence().stream()
                    .filter(EvidenceLine::active)
                    .map(EvidenceLine::symptom)
                    .toList();
            return (faults.isEmpty() || named(faults, best.fault()))
                    && best.score() >= minScore
                    && lead(record) >= minLead
                    && (symptomsOnly.isEmpty()
                            || (!active.isEmpty() && active.stream().allMatch(symptom -> named(symptomsOnly, symptom))))
                    && (symptomsAny.isEmpty() || active.stream().anyMatch(symptom -> named(symptomsAny, symptom)));
        }
    }

    /** How far the best candidate is ahead of the second; its own score where it stands alone. */
    static double lead(CaseRecord record) {
        List<Candidate> candidates = record.candidates();
        return candidates.size() < 2
                ? record.best().score()
                : record.best().score() - candidates.get(1).score();
    }

    /** The first rule that fits; empty where none does. */
    public Optional<Rule> of(CaseRecord record) {
        return rules.stream().filter(rule -> rule.fits(record)).findFirst();
    }

    static String reason(Rule rule, CaseRecord record) {
        return String.format(
                Locale.ROOT,
                "rule %s: best candidate %s scores %.2f, %.2f ahead",
                rule.name(),
                record.best().fault(),
                record.best().score(),
                lead(record));
    }

    private static boolean named(List<String> names, String what) {
        return names.stream()
                .anyMatch(name ->
                        name.endsWith("*") ? what.startsWith(name.substring(0, name.length() - 1)) : what.equals(name));
    }

    /**
     * @throws IllegalArgumentException naming every mistake with its line
     */
    public static CaseRules read(String text) {
        TomlParseResult toml = Toml.parse(text);
        List<String> mistakes = new ArrayList<>();
        toml.errors().forEach(error -> mistakes.add("line " + error.position().line() + ": " + error.getMessage()));
        List<Rule> rules = new ArrayList<>();
        TomlArray array = mistakes.isEmpty() && toml.isArray("rule") ? toml.getArray("rule") : null;
        for (int i = 0; array != null && i < array.size(); i++) {
            int line = array.inputPositionOf(i).line();
            if (!(array.get(i) instanceof TomlTable table)) {
                mistakes.add("line " + line + ": rule is not a table; write [[rule]]");
                continue;
            }
            for (String key : table.keySet()) {
                if (!KEYS.contains(key)) {
                    mistakes.add("line " + line + ": " + key + " is not known in [[rule]]; known are "
                            + String.join(", ", KEYS.stream().sorted().toList()));
                }
            }
            try {
                rules.add(new Rule(
                        string(table, "name"),
                        strings(table, "faults"),
                        number(table, "min_score"),
                        number(table, "min_lead"),
                        strings(table, "symptoms_only"),
                        strings(table, "symptoms_any"),
                        string(table, "route"),
                        string(table, "model")));
            } catch (IllegalArgumentException e) {
                mistakes.add("line " + line + ": " + e.getMessage());
            }
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException("case rules: " + String.join("; ", mistakes));
        }
        return new CaseRules(rules);
    }

    private static String string(TomlTable table, String key) {
        @Nullable Object value = table.get(key);
        if (value == null) {
            return "";
        }
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(key + " is not a string");
    }

    private static double number(TomlTable table, String key) {
        @Nullable Object value = table.get(key);
        if (value == null) {
            return 0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException(key + " is not a number");
    }

    private static List<String> strings(TomlTable table, String key) {
        if (!table.contains(key)) {
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        TomlArray array = table.isArray(key) ? table.getArray(key) : null;
        for (int i = 0; array != null && i < array.size(); i++) {
            if (array.get(i) instanceof String text) {
                strings.add(text);
            }
        }
        if (array == null || strings.size() != array.size()) {
            throw new IllegalArgumentException(key + " is not a list of strings");
        }
        return strings;
    }
}
