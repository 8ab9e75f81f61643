package io.penstock.daemon.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Changes of a configuration that came from afar, a file of their own beside the store: lines of TOML laid over the file's text, so
 * that the operator's file stays as it is, and deleting the other undoes them. Only how the gateway judges may be changed so: nothing
 * that names a machine, a file, a model or an address.
 */
public final class DeltaText {
    /** In the folder {@code <store>.config}. */
    public static final String FILE = "delta.toml";

    private static final Pattern TABLE = Pattern.compile("\\s*\\[([A-Za-z0-9_]+)\\]\\s*(#.*)?");
    private static final Pattern OTHER_TABLE = Pattern.compile("\\s*\\[.*");
    private static final Pattern KEY = Pattern.compile("\\s*([A-Za-z0-9_]+)\\s*=\\s*(.*?)\\s*");
    /** Keys of these tables; empty: all of them. */
    private static final Map<String, Set<String>> MAY = Map.of(
            "detect", Set.of(),
            "cases", Set.of(),
            "infer", Set.of("enabled", "deadline", "max_tokens"),
            "route", Set.of("semantic", "deadline"));

    /** By table and key, the value as it is written. */
    private final Map<String, Map<String, String>> values;

    private DeltaText(Map<String, Map<String, String>> values) {
        this.values = values;
    }

    /**
     * Reads {@code [table]} and {@code key = value} lines.
     *
     * @throws IllegalArgumentException naming the first line that is none, or may not be changed
     */
    public static DeltaText parse(String text) {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            throw new IllegalArgumentException("line "
                    + toml.errors().getFirst().position().line() + " of the delta: "
                    + toml.errors().getFirst().getMessage());
        }
        Map<String, Map<String, String>> values = new LinkedHashMap<>();
        String table = "";
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            Matcher key = KEY.matcher(line);
            Matcher head = TABLE.matcher(line);
            if (head.matches()) {
                table = head.group(1);
            } else if (key.matches()) {
                Set<String> keys = MAY.get(table);
                if (keys == null || !(keys.isEmpty() || keys.contains(key.group(1)))) {
                    throw new IllegalArgumentException("line " + number + " of the delta: " + table + "." + key.group(1)
                            + " is not changed from afar, only [detect], [cases], and a few keys of [infer] and"
                            + " [route]");
                }
                Object value = toml.get(table + "." + key.group(1));
                if (key.group(2).startsWith("\"\"\"")
                        || key.group(2).startsWith("'''")
                        || !(value instanceof String || value instanceof Number || value instanceof Boolean)) {
                    throw new IllegalArgumentException(
                            "line " + number + " of the delta: expected a number, true, false or a text in quotes");
                }
                values.computeIfAbsent(table, name -> new LinkedHashMap<>()).put(key.group(1), key.group(2));
            } else if (!line.isBlank() && !line.strip().startsWith("#")) {
                throw new IllegalArgumentException("line " + number + " of the delta: expected [table] or key = value");
            }
        }
        if (values.isEmpty()) {
            throw new IllegalArgumentException("the delta changes nothing");
        }
        return new DeltaText(values);
    }

    /** This one, and later ones laid over it. */
    public DeltaText and(DeltaText later) {
        Map<String, Map<String, String>> all = new LinkedHashMap<>();
        for (DeltaText each : List.of(this, later)) {
            each.values.forEach((table, keys) ->
                    all.computeIfAbsent(table, name -> new LinkedHashMap<>()).putAll(keys));
        }
        return new DeltaText(all);
    }

    /** The file's text with this laid over it; each line that is changed stays in its place. */
    String over(String text) {
        Map<String, Map<String, String>> left = new LinkedHashMap<>();
        values.forEach((table, keys) -> left.put(table, new LinkedHashMap<>(keys)));
        List<String> lines = new ArrayList<>();
        String table = "";
        for (String line : text.lines().toList()) {
            Matcher head = TABLE.matcher(line);
            Matcher key = KEY.matcher(line);
            if (head.matches() || OTHER_TABLE.matcher(line).matches()) {
                table = head.matches() ? head.group(1) : "";
                lines.add(line);
            } else {
                String value = key.matches() && left.containsKey(table)
                        ? left.getOrDefault(table, Map.of()).remove(key.group(1))
                        : null;
                lines.add(value == null ? line : key.group(1) + " = " + value);
            }
        }
        List<String> all = new ArrayList<>();
        for (String line : lines) {
            all.add(line);
            Matcher head = TABLE.matcher(line);
            Map<String, String> more = head.matches() ? left.remove(head.group(1)) : null;
            if (more != null) {
                more.forEach((key, value) -> all.add(key + " = " + value));
            }
        }
        left.forEach((name, keys) -> {
            if (!keys.isEmpty()) {
                all.add("[" + name + "]");
                keys.forEach((key, value) -> all.add(key + " = " + value));
            }
        });
        return String.join("\n", all) + "\n";
    }

    /** As a file. */
    public String text() {
        StringBuilder text = new StringBuilder(
                "# Changes that came by the uplink, laid over the configuration file. Delete this file to undo them.\n");
        values.forEach((table, keys) -> {
            text.append('[').append(table).append("]\n");
            keys.forEach(
                    (key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        });
        return text.toString();
    }
}
