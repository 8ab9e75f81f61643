package io.penstock.daemon.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of a TOML file, read key by key. A wrong or missing value is noted and a stand-in returned, so that one pass finds
 * every problem; {@link #done} notes the keys nobody asked for. Names a key in {@code table.key} form.
 */
final class Section {
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB)");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");
    /** Years are counted in nanoseconds later on, and a long holds 292 of them. */
    private static final Duration LONGEST = Duration.ofDays(36_600);

    private final @Nullable TomlTable table;
    private final String path;
    private final List<String> problems;
    private final Set<String> known = new HashSet<>();

    Section(@Nullable TomlTable table, String path, List<String> problems) {
        this.table = table;
        this.path = path;
        this.problems = problems;
    }

    boolean present() {
        return table != null;
    }

    boolean has(String key) {
        known.add(key);
        return table != null && table.contains(List.of(key));
    }

    /** Keys that are right here and not read now. */
    void known(String... keys) {
        known.addAll(List.of(keys));
    }

    String text(String key, String fallback) {
        Object found = value(key);
        if (found instanceof String s) {
            return isText(s) ? s : wrong(key, s, "text without the character U+0000", fallback);
        }
        return found == null ? fallback : wrong(key, found, "text in quotes", fallback);
    }

    String requiredText(String key) {
        if (!has(key)) {
            missing(key, "text");
            return "missing";
        }
        String found = text(key, "missing");
        return found.isBlank() ? wrong(key, "an empty text", "text", "missing") : found;
    }

    List<String> texts(String key) {
        Object found = value(key);
        if (found == null) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        if (found instanceof TomlArray array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof String s && isText(s)) {
                    all.add(s);
                } else {
                    wrong(key, array.get(i), "a list of texts", "");
                }
            }
            return all;
        }
        return wrong(key, found, "a list of texts, [\"...\", \"...\"]", List.of());
    }

    /** Texts by name, from a table such as {@code {flow = "/data/0", head = "/data/1"}}, in the file's order. */
    Map<String, String> textMap(String key) {
        Map<String, String> all = new LinkedHashMap<>();
        Object found = value(key);
        if (found instanceof TomlTable entries) {
            for (String name : entries.keySet()) {
                if (entries.get(List.of(name)) instanceof String text && isText(text)) {
                    all.put(name, text);
                } else {
                    wrong(key, entries.get(List.of(name)), "texts by name, {name = \"...\"}", "");
                }
            }
        } else if (found != null) {
            wrong(key, found, "texts by name, {name = \"...\"}", "");
        }
        return all;
    }

    /** A list of finite numbers; what is none is a problem. */
    List<Double> numbers(String key) {
        List<Double> all = new ArrayList<>();
        if (value(key) instanceof TomlArray array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof Number n && Double.isFinite(n.doubleValue())) {
                    all.add(n.doubleValue());
                } else {
                    wrong(key, array.get(i), "a list of numbers", "");
                }
            }
            return all;
        }
        return has(key) ? wrong(key, value(key), "a list of numbers, [20, 40]", List.of()) : all;
    }

    boolean flag(String key, boolean fallback) {
        return value(key) instanceof Object found
                ? (found instanceof Boolean b ? b : wrong(key, found, "true or false", fallback))
                : fallback;
    }

    int whole(String key, int fallback, int least, int most) {
        Object found = value(key);
        if (found == null) {
            return fallback;
        }
        if (found instanceof Long n && n >= least && n <= most) {
            return n.intValue();
        }
        return wrong(key, found, "a whole number from " + least + " to " + most, fallback);
    }

    double number(String key, double fallback, double least, double most) {
        Object found = value(key);
        if (found == null) {
            return fallback;
        }
        double n = found instanceof Long l ? (double) l : found instanceof Double d ? d : Double.NaN;
        return n >= least && n <= most
                ? n
                : wrong(key, found, "a number from " + plain(least) + " to " + plain(most), fallback);
    }

    double requiredNumber(String key, double least, double most) {
        if (!has(key)) {
            missing(key, "a number");
        }
        return number(key, least, least, most);
    }

    OptionalDouble optionalNumber(String key, double least, double most) {
        return has(key) ? OptionalDouble.of(number(key, least, least, most)) : OptionalDouble.empty();
    }

    Duration duration(String key, Duration fallback) {
        Object found = value(key);
        if (found == null) {
            return fallback;
        }
        Matcher m = DURATION.matcher(found instanceof String s ? s.strip() : "");
        if (m.matches()) {
            double unitMillis = switch (m.group(2)) {
                case "ms" -> 1;
                case "s" -> 1_000;
                case "m" -> 60_000;
                case "h" -> 3_600_000;
                default -> 86_400_000;
            };
            Duration duration = Duration.ofMillis(Math.round(Double.parseDouble(m.group(1)) * unitMillis));
            if (duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        }
        return wrong(
                key,
                found,
                "a duration such as \"250ms\", \"20s\", \"5m\", \"2h\", \"7d\", up to " + LONGEST.toDays() + "d",
                fallback);
    }

    /** Bytes, from a text such as {@code "512MiB"}. */
    long bytes(String key, long fallback) {
        Object found = value(key);
        if (found == null) {
            return fallback;
        }
        Matcher m = BYTES.matcher(found instanceof String s ? s.strip() : "");
        if (m.matches()) {
            int shift = switch (m.group(2)) {
                case "KiB" -> 10;
                case "MiB" -> 20;
                case "GiB" -> 30;
                default -> 0;
            };
            long number = Long.parseLong(m.group(1));
            if (number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        }
        return wrong(key, found, "a size such as \"64MiB\" or \"2GiB\"", fallback);
    }

    <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        Object found = value(key);
        if (found == null) {
            return fallback;
        }
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (name.equals(found)) {
                return constant;
            }
            names.add(name);
        }
        return wrong(
                key,
                found,
                "one of " + String.join(", ", names) + nearest(String.valueOf(found), Set.copyOf(names)),
                fallback);
    }

    Section section(String key) {
        Object found = value(key);
        if (found != null && !(found instanceof TomlTable)) {
            wrong(key, found, "a table, [" + name(key) + "]", "");
        }
        return new Section(found instanceof TomlTable t ? t : null, name(key), problems);
    }

    List<Section> sections(String key) {
        Object found = value(key);
        List<Section> all = new ArrayList<>();
        if (found instanceof TomlArray array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof TomlTable t) {
                    all.add(new Section(t, name(key) + "[" + (i + 1) + "]", problems));
                } else {
                    wrong(key, array.get(i), "tables, [[" + name(key) + "]]", "");
                }
            }
        } else if (found != null) {
            wrong(key, found, "a list of tables, [[" + name(key) + "]]", "");
        }
        return all;
    }

    /**
     * Notes a text that is too long, or steers a terminal or a broker.
     *
     * @param why it is bounded
     */
    void checkText(String key, String text, int longest, String why) {
        if (text.length() > longest || UNPRINTABLE.matcher(text).find()) {
            problem(
                    key,
                    "found a text of " + text.length() + " characters, expected at most " + longest
                            + ", none of them control or invisible ones: " + why);
        }
    }

    /** Notes a problem of this key that only the caller can see. */
    void problem(String key, String text) {
        problems.add(where(key) + name(key) + ": " + text);
    }

    /** Notes every key that nobody asked for. Call it last. */
    void done() {
        if (table == null) {
            return;
        }
        Set<String> unused = new HashSet<>(known);
        unused.removeAll(table.keySet());
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                problem(
                        key,
                        "unknown key" + nearest(key, unused) + "; known here: "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    /** {@code "; did you mean 'x'?"} where a known word is near enough, else nothing. */
    static String nearest(String word, Set<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String k) -> distance(word, k)).thenComparing(k -> k))
                .filter(k -> distance(word, k) <= Math.max(2, word.length() / 3))
                .map(k -> "; did you mean '" + k + "'?")
                .orElse("");
    }

    private @Nullable Object value(String key) {
        known.add(key);
        return table == null ? null : table.get(List.of(key));
    }

    private <T> T wrong(String key, @Nullable Object found, String expected, T standIn) {
        problem(key, "found " + (found instanceof String s ? "\"" + s + "\"" : found) + ", expected " + expected);
        return standIn;
    }

    /** No path, topic or name holds the character that ends a text in C. */
    static boolean isText(String found) {
        return found.indexOf('\0') < 0;
    }

    private void missing(String key, String expected) {
        problem(key, "missing, expected " + expected);
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private String where(String key) {
        if (table == null) {
            return "";
        }
        TomlPosition at = table.inputPositionOf(List.of(key));
        if (at == null) {
            // a missing key has no line of its own: name its table's first key
            at = table.keySet().stream()
                    .map(k -> table.inputPositionOf(List.of(k)))
                    .filter(p -> p != null)
                    .min(Comparator.comparingInt(TomlPosition::line))
                    .orElse(null);
            return at == null ? "" : "near line " + at.line() + ": ";
        }
        return "line " + at.line() + ": ";
    }

    private static String plain(double n) {
        return n == Math.rint(n) && Math.abs(n) < 1e15 ? Long.toString((long) n) : Double.toString(n);
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int next = Math.min(
                        Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = row[j];
                row[j] = next;
            }
        }
        return row[b.length()];
    }
}
