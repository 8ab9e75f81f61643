package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads one matrix file and collects every mistake on the way. Used once. */
final class MatrixReader {
    private static final int MOST_FAULTS = 64;
    private static final int LONGEST_TEXT = 240;
    private static final Set<String> TOP = Set.of("matrix", "fault");
    private static final Set<String> MATRIX = Set.of("kind", "name", "speaking_score", "tie_margin");
    private static final Set<String> FAULT =
            Set.of("code", "name", "severity", "required", "symptoms", "against", "checks", "source");
    private static final Set<String> USUAL_SYMPTOMS = Set.of(
            "velocity_rms_high",
            "acceleration_rms_high",
            "kurtosis_high",
            "crest_high",
            "order_1x_high",
            "order_2x_high",
            "order_3x_high",
            "order_half_high",
            "order_many_high",
            "blade_pass_high",
            "line_2x_high",
            "high_band_high",
            "blade_pass_modulation",
            "bearing_outer_lines",
            "bearing_inner_lines",
            "bearing_ball_lines",
            "bearing_cage_lines",
            "bearing_lines_unclear",
            "gear_mesh_lines",
            "gear_sidebands",
            "state_shift",
            "sensor_stuck",
            "sensor_out_of_range",
            "sensor_gap",
            "sensor_bad_quality",
            "sensor_spike",
            "sensor_clipping",
            "sensor_rate",
            "sensor_clock",
            "bearing_temperature_high",
            "oil_temperature_high",
            "winding_temperature_high",
            "flow_low",
            "flow_high",
            "power_low",
            "current_high",
            "head_low",
            "pressure_low");

    private record Mistake(int line, String text) {}

    private final String file;
    private final String toml;
    private final List<Mistake> mistakes = new ArrayList<>();

    MatrixReader(String file, String toml) {
        this.file = file;
        this.toml = toml;
    }

    SymptomMatrix read() throws MatrixRefused {
        TomlParseResult result = Toml.parse(toml);
        result.errors()
                .forEach(error -> mistakes.add(new Mistake(line(error.position()), "not TOML: " + error.getMessage())));
        unknownKeys(result, TOP, "the file");
        TomlTable head = table(result, "matrix", 1);
        String kind = "";
        String name = "";
        double speaking = 0.5;
        double tie = 0.08;
        if (head != null) {
            int at = lineOf(result, "matrix", 1);
            unknownKeys(head, MATRIX, "[matrix]");
            kind = text(head, "kind", at);
            name = text(head, "name", at);
            speaking = fraction(head, "speaking_score", speaking);
            tie = fraction(head, "tie_margin", tie);
        }
        List<Fault> faults = faults(result);
        if (faults.stream().noneMatch(fault -> fault.code().equals(Fault.SENSOR))
                && result.errors().isEmpty()) {
            mistake(
                    1,
                    "no [[fault]] with code \"sensor_fault\": every matrix must name it, or a broken sensor looks like a machine");
        }
        if (!mistakes.isEmpty()) {
            mistakes.sort(Comparator.comparingInt(Mistake::line));
            throw new MatrixRefused(
                    file,
                    mistakes.stream()
                            .map(m -> "line " + m.line() + ": " + m.text())
                            .toList());
        }
        return new SymptomMatrix(kind, name, speaking, tie, faults);
    }

    private List<Fault> faults(TomlParseResult result) {
        List<Fault> faults = new ArrayList<>();
        Object found = result.get(List.of("fault"));
        if (!(found instanceof TomlArray array) || array.isEmpty()) {
            if (result.errors().isEmpty()) {
                mistake(lineOf(result, "fault", 1), "no [[fault]] found, expected at least one");
            }
            return faults;
        }
        if (array.size() > MOST_FAULTS) {
            mistake(lineOf(result, "fault", 1), array.size() + " faults found, expected at most " + MOST_FAULTS);
            return faults;
        }
        Set<String> codes = new LinkedHashSet<>();
        for (int i = 0; i < array.size(); i++) {
            int at = line(array.inputPositionOf(i));
            if (array.get(i) instanceof TomlTable table) {
                Fault fault = fault(table, at);
                if (!fault.code().isEmpty() && !codes.add(fault.code())) {
                    mistake(at, "fault " + fault.code() + " stands here a second time");
                }
                faults.add(fault);
            } else {
                mistake(at, "fault must be a table [[fault]]");
            }
        }
        return faults;
    }

    private Fault fault(TomlTable table, int at) {
        unknownKeys(table, FAULT, "[[fault]]");
        String code = text(table, "code", at);
        if (!code.isEmpty() && !code.matches("[a-z][a-z0-9_]{1,47}")) {
            mistake(lineOf(table, "code", at), "code \"" + clip(code) + "\" must be snake case, 2 to 48 characters");
            code = "";
        }
        String name = text(table, "name", at);
        Severity severity = severity(table, at);
        Map<String, Double> symptoms = weights(table, "symptoms", at, true);
        Map<String, Double> against = weights(table, "against", at, false);
        List<List<String>> required = new ArrayList<>();
        for (String group : texts(table, "required", at)) {
            List<String> names = List.of(group.trim().split("\\s*\\|\\s*"));
            for (String symptom : names) {
                if (!symptoms.containsKey(symptom)) {
                    mistake(
                            lineOf(table, "required", at),
                            "required symptom \"" + clip(symptom) + "\" has no weight in symptoms"
                                    + guess(symptom, symptoms.keySet()));
                }
            }
            required.add(names);
        }
        if (required.isEmpty()) {
            mistake(at, "required is empty: name at least one symptom without which the fault is not named");
        }
        for (String symptom : against.keySet()) {
            if (symptoms.containsKey(symptom)) {
                mistake(lineOf(table, "against", at), "symptom " + symptom + " speaks both for and against " + code);
            }
        }
        List<String> checks = texts(table, "checks", at);
        if (checks.size() < 2 || checks.size() > 4) {
            mistake(lineOf(table, "checks", at), checks.size() + " checks found, expected 2 to 4");
        }
        return new Fault(code, name, severity, required, symptoms, against, checks, text(table, "source", at));
    }

    private Severity severity(TomlTable table, int at) {
        String word = text(table, "severity", at);
        for (Severity severity : Severity.values()) {
            if (severity.name().toLowerCase(Locale.ROOT).equals(word)) {
                return severity;
            }
        }
        if (!word.isEmpty()) {
            mistake(
                    lineOf(table, "severity", at),
                    "severity \"" + clip(word) + "\", expected advisory, warning or alarm");
        }
        return Severity.ADVISORY;
    }

    private Map<String, Double> weights(TomlTable table, String key, int at, boolean must) {
        Map<String, Double> weights = new TreeMap<>();
        Object found = table.get(List.of(key));
        int line = lineOf(table, key, at);
        if (found == null && !must) {
            return weights;
        }
        if (!(found instanceof TomlTable entries) || (must && entries.isEmpty())) {
            mistake(line, key + " must be a table of weights, for example { kurtosis_high = 0.3 }");
            return weights;
        }
        for (String symptom : entries.keySet()) {
            Object value = entries.get(List.of(symptom));
            String usual = SymptomWords.nearest(symptom, USUAL_SYMPTOMS);
            // any quantity is a symptom, so that a slip of one letter would go unseen
            boolean slip = usual != null && SymptomWords.distance(symptom, usual) == 1;
            if (!SymptomWords.known(symptom) || slip) {
                mistake(
                        line,
                        "symptom \"" + clip(symptom) + "\" in " + key + " is not in the vocabulary"
                                + guess(symptom, USUAL_SYMPTOMS));
            }
            double weight = value instanceof Number number ? number.doubleValue() : Double.NaN;
            if (weight > 0 && weight <= 1) {
                weights.put(symptom, weight);
            } else {
                mistake(
                        line,
                        "weight of " + clip(symptom) + " in " + key + " is " + clip(String.valueOf(value))
                                + ", expected above 0 and up to 1");
            }
        }
        return weights;
    }

    private List<String> texts(TomlTable table, String key, int at) {
        List<String> texts = new ArrayList<>();
        Object found = table.get(List.of(key));
        if (!(found instanceof TomlArray array)) {
            mistake(lineOf(table, key, at), key + " is missing or not a list of texts");
            return texts;
        }
        for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof String text && printable(text)) {
                texts.add(text);
            } else {
                mistake(
                        line(array.inputPositionOf(i)),
                        key + " entry " + (i + 1) + " must be a text of 1 to " + LONGEST_TEXT
                                + " printable characters");
            }
        }
        return texts;
    }

    private String text(TomlTable table, String key, int at) {
        Object found = table.get(List.of(key));
        if (found instanceof String text && printable(text)) {
            return text;
        }
        mistake(
                lineOf(table, key, at),
                found == null
                        ? key + " is missing"
                        : key + " must be a text of 1 to " + LONGEST_TEXT + " printable characters");
        return "";
    }

    private double fraction(TomlTable table, String key, double otherwise) {
        Object found = table.get(List.of(key));
        if (found == null) {
            return otherwise;
        }
        double value = found instanceof Number number ? number.doubleValue() : Double.NaN;
        if (!(value >= 0 && value <= 1)) {
            mistake(lineOf(table, key, 1), key + " is " + clip(String.valueOf(found)) + ", expected 0 to 1");
            return otherwise;
        }
        return value;
    }

    private @Nullable TomlTable table(TomlTable parent, String key, int at) {
        Object found = parent.get(List.of(key));
        if (found instanceof TomlTable table) {
            return table;
        }
        mistake(lineOf(parent, key, at), "table [" + key + "] is missing");
        return null;
    }

    private void unknownKeys(TomlTable table, Set<String> known, String where) {
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                mistake(lineOf(table, key, 1), "unknown key \"" + clip(key) + "\" in " + where + guess(key, known));
            }
        }
    }

    private static String guess(String word, Set<String> known) {
        String nearest = SymptomWords.nearest(word, known);
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    private static boolean printable(String text) {
        return !text.isBlank()
                && text.length() <= LONGEST_TEXT
                && text.codePoints().noneMatch(Character::isISOControl);
    }

    /** A piece of the file for a message: bounded, and nothing in it can move the cursor. */
    private static String clip(String text) {
        String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
        return plain.length() <= 60 ? plain : plain.substring(0, 57) + "...";
    }

    private void mistake(int line, String text) {
        mistakes.add(new Mistake(line, text));
    }

    private static int lineOf(TomlTable table, String key, int otherwise) {
        TomlPosition position = table.contains(List.of(key)) ? table.inputPositionOf(List.of(key)) : null;
        return position == null ? otherwise : position.line();
    }

    private static int line(@Nullable TomlPosition position) {
        return position == null ? 1 : position.line();
    }
}
