package io.penstock.daemon.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * The text of a routes file and its value. All mistakes are found at once, each with its line.
 *
 * <pre>
 * [router]
 * mode = "margin"              # centroid | margin | logistic
 * threshold = 0.7              # left out: found from the samples; centroid: 0.7
 * fallback = "fallback_general"
 * rejects = ["..."]            # texts that must fall back
 * [[route]]
 * name = "hardware_telemetry"
 * samples = ["..."]
 * patterns = ["(?i)\\bbearing\\b"]   # RE2 syntax
 * model = "vibration"
 * </pre>
 */
public final class RoutesFile {
    /** Longest sample, pattern or text looked at, in characters. */
    public static final int LONGEST_TEXT = 2_000;

    static final int MOST_ROUTES = 500;
    static final int MOST_SAMPLES = 2_000;
    static final int MOST_PATTERNS = 64;

    private static final Set<String> ROUTER_KEYS = Set.of("mode", "threshold", "fallback", "rejects");
    private static final Set<String> ROUTE_KEYS = Set.of("name", "samples", "patterns", "model");

    /** What reading gave. */
    public sealed interface Outcome {}

    /** It can be used; the warnings say what is thin. */
    public record Accepted(Routes routes, List<String> warnings) implements Outcome {
        public Accepted {
            warnings = List.copyOf(warnings);
        }
    }

    /** It cannot be used; all mistakes, in order of line. */
    public record Refused(List<Mistake> mistakes) implements Outcome {
        public Refused {
            mistakes = List.copyOf(mistakes);
        }
    }

    /**
     * @param line counted from 1; 0 where it concerns the whole file
     */
    public record Mistake(int line, String what) {
        @Override
        public String toString() {
            return line > 0 ? "line " + line + ": " + what : what;
        }
    }

    private final List<Mistake> mistakes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private RoutesFile() {}

    public static Outcome read(String toml) {
        return new RoutesFile().parse(toml);
    }

    private Outcome parse(String text) {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            toml.errors()
                    .forEach(error -> mistakes.add(
                            new Mistake(error.position().line(), "not TOML: " + String.valueOf(error.getMessage()))));
            return new Refused(mistakes);
        }
        unknownKeys(toml, Set.of("router", "route"), "the file");
        TomlTable router = toml.isTable("router") ? toml.getTable("router") : null;
        if (toml.contains("router") && router == null) {
            wrong(toml, "router", "is not a table; write [router]");
        }
        Optional<Mode> mode = Optional.empty();
        OptionalDouble threshold = OptionalDouble.empty();
        String fallback = Routes.FALLBACK;
        List<String> rejects = List.of();
        if (router != null) {
            unknownKeys(router, ROUTER_KEYS, "[router]");
            mode = mode(router);
            threshold = threshold(router);
            fallback = name(router, "fallback", Routes.FALLBACK);
            rejects = texts(router, "rejects", MOST_SAMPLES);
        }
        List<Route> routes = routes(toml, fallback);
        if (mode.equals(Optional.of(Mode.LOGISTIC))) {
            for (Route route : routes) {
                if (!route.samples().isEmpty() && route.samples().size() < Mode.ENOUGH_SAMPLES) {
                    mistakes.add(new Mistake(
                            0,
                            "mode logistic needs " + Mode.ENOUGH_SAMPLES + " samples a route, route " + route.name()
                                    + " has " + route.samples().size() + "; add samples or use mode margin"));
                }
            }
        }
        if (!mistakes.isEmpty()) {
            mistakes.sort((a, b) -> Integer.compare(a.line(), b.line()));
            return new Refused(mistakes);
        }
        return new Accepted(new Routes(mode, threshold, fallback, routes, rejects), warnings);
    }

    private List<Route> routes(TomlParseResult toml, String fallback) {
        TomlArray array = toml.isArray("route") ? toml.getArray("route") : null;
        if (array == null || array.isEmpty()) {
            mistakes.add(new Mistake(0, "no route; write at least one [[route]] with name and samples"));
            return List.of();
        }
        if (array.size() > MOST_ROUTES) {
            mistakes.add(new Mistake(0, array.size() + " routes, at most " + MOST_ROUTES));
            return List.of();
        }
        List<Route> routes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.get(i) instanceof TomlTable table)) {
                mistakes.add(new Mistake(line(array.inputPositionOf(i)), "route is not a table; write [[route]]"));
                continue;
            }
            int line = line(array.inputPositionOf(i));
            int before = mistakes.size();
            unknownKeys(table, ROUTE_KEYS, "[[route]]");
            String name = name(table, "name", "");
            if (!table.contains("name")) {
                mistakes.add(new Mistake(line, "a [[route]] without a name"));
            } else if (name.equals(fallback)) {
                wrong(table, "name", "'" + name + "' is the fallback's name; a route needs its own");
            } else if (!name.isEmpty() && !names.add(name)) {
                wrong(table, "name", "'" + name + "' is the name of an earlier route; join their samples");
            }
            List<String> samples = texts(table, "samples", MOST_SAMPLES);
            List<Pattern> patterns = patterns(table);
            String model =
                    table.contains("model") && table.isString("model") ? String.valueOf(table.getString("model")) : "";
            if (table.contains("model") && !table.isString("model")) {
                wrong(table, "model", "is not a string");
            }
            if (mistakes.size() == before && samples.isEmpty() && patterns.isEmpty()) {
                mistakes.add(new Mistake(line, "route " + name + " has neither samples nor patterns"));
            }
            if (mistakes.size() == before) {
                routes.add(new Route(name, samples, patterns, model));
                if (!samples.isEmpty() && samples.size() < Mode.ENOUGH_SAMPLES) {
                    warnings.add("route " + name + " has " + samples.size() + " samples; below " + Mode.ENOUGH_SAMPLES
                            + " its decisions are poor: add some in the words of those who write");
                }
            }
        }
        return routes;
    }

    private Optional<Mode> mode(TomlTable router) {
        if (!router.contains("mode")) {
            return Optional.empty();
        }
        Optional<Mode> mode =
                router.isString("mode") ? Mode.of(String.valueOf(router.getString("mode"))) : Optional.empty();
        if (mode.isEmpty()) {
            wrong(router, "mode", "is " + router.get("mode") + "; one of centroid, margin, logistic");
        }
        return mode;
    }

    private OptionalDouble threshold(TomlTable router) {
        Object value = router.get("threshold");
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number && Math.abs(number.doubleValue()) <= 10) {
            return OptionalDouble.of(number.doubleValue());
        }
        wrong(router, "threshold", "is " + value + "; a number, 0.7 for the mode centroid");
        return OptionalDouble.empty();
    }

    private String name(TomlTable table, String key, String missing) {
        if (!table.contains(key)) {
            return missing;
        }
        String value = table.isString(key) ? table.getString(key) : null;
        if (value == null
                || value.isBlank()
                || value.length() > 100
                || value.chars().anyMatch(Character::isISOControl)) {
            wrong(table, key, "is not a name of 1 to 100 printable characters");
            return "";
        }
        return value;
    }

    private List<String> texts(TomlTable table, String key, int most) {
        TomlArray array = array(table, key, most);
        if (array == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.get(i) instanceof String text) || text.isBlank() || text.length() > LONGEST_TEXT) {
                mistakes.add(new Mistake(
                        line(array.inputPositionOf(i)),
                        key + ": entry " + (i + 1) + " is not a text of 1 to " + LONGEST_TEXT + " characters"));
            } else if (!texts.contains(text)) {
                texts.add(text);
            }
        }
        return texts;
    }

    private List<Pattern> patterns(TomlTable table) {
        TomlArray array = array(table, "patterns", MOST_PATTERNS);
        if (array == null) {
            return List.of();
        }
        List<Pattern> patterns = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            int line = line(array.inputPositionOf(i));
            if (!(array.get(i) instanceof String text) || text.isBlank() || text.length() > LONGEST_TEXT) {
                mistakes.add(new Mistake(line, "patterns: entry " + (i + 1) + " is not a regular expression"));
                continue;
            }
            try {
                Pattern pattern = Pattern.compile(text);
                if (pattern.matcher("").find()) {
                    mistakes.add(new Mistake(line, "pattern " + text + " is found in every text, even an empty one"));
                } else {
                    patterns.add(pattern);
                }
            } catch (PatternSyntaxException e) {
                mistakes.add(new Mistake(
                        line,
                        "pattern " + text + ": " + e.getMessage() + "; RE2 syntax: no look-around, no back reference"));
            }
        }
        return patterns;
    }

    private @Nullable TomlArray array(TomlTable table, String key, int most) {
        if (!table.contains(key)) {
            return null;
        }
        if (!table.isArray(key)) {
            wrong(table, key, "is not a list of strings");
            return null;
        }
        TomlArray array = table.getArray(key);
        if (array != null && array.size() > most) {
            wrong(table, key, "has " + array.size() + " entries, at most " + most);
            return null;
        }
        return array;
    }

    private void unknownKeys(TomlTable table, Set<String> known, String where) {
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                wrong(
                        table,
                        key,
                        "is not known in " + where + "; known are "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private void wrong(TomlTable table, String key, String what) {
        mistakes.add(new Mistake(line(table.inputPositionOf(List.of(key))), key + " " + what));
    }

    private static int line(@Nullable TomlPosition position) {
        return position == null ? 0 : position.line();
    }

    /** The file of these routes; reading it gives them back. */
    public static String write(Routes routes) {
        StringBuilder out = new StringBuilder("[router]\n");
        out.append("mode = ").append(quoted(routes.mode().word())).append('\n');
        routes.threshold().ifPresent(value -> out.append(String.format(Locale.ROOT, "threshold = %.5f%n", value)));
        out.append("fallback = ").append(quoted(routes.fallback())).append('\n');
        list(out, "rejects", routes.rejects());
        for (Route route : routes.routes()) {
            out.append("\n[[route]]\nname = ").append(quoted(route.name())).append('\n');
            if (!route.model().isEmpty()) {
                out.append("model = ").append(quoted(route.model())).append('\n');
            }
            list(
                    out,
                    "patterns",
                    route.patterns().stream().map(Pattern::pattern).toList());
            list(out, "samples", route.samples());
        }
        return out.toString();
    }

    private static void list(StringBuilder out, String key, List<String> values) {
        if (values.isEmpty()) {
            return;
        }
        out.append(key).append(" = [\n");
        values.forEach(value -> out.append("  ").append(quoted(value)).append(",\n"));
        out.append("]\n");
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                default -> {
                    if (Character.isISOControl(c)) {
                        out.append(String.format(Locale.ROOT, "\\u%04X", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
