package io.penstock.daemon.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/**
 * What differs between two configurations, in the words of the files: key, what it was, what it is. Tables of a list are known by
 * what names them, so that a table put in between does not make all later ones look changed.
 */
public final class ConfigDiff {
    private static final List<String> NAMES = List.of("name", "id", "node", "topic");
    private static final String DEFAULT = "(default)";
    private static final int LONGEST = 160;

    private final Path folder;
    private final List<String> lines = new ArrayList<>();

    private ConfigDiff(Path folder) {
        this.folder = folder;
    }

    /** One line a difference, in the files' order of names; none where both are the same. */
    public static List<String> between(Configuration before, Configuration after) {
        Path folder = after.file().toAbsolutePath().getParent();
        ConfigDiff diff = new ConfigDiff(folder == null ? Path.of("/") : folder);
        Set<Path> files = new TreeSet<>(before.texts().keySet());
        files.addAll(after.texts().keySet());
        diff.file(after.file(), before, after, "");
        for (Path file : files) {
            if (!file.equals(after.file())) {
                diff.file(file, before, after, diff.name(file) + ": ");
            }
        }
        return List.copyOf(diff.lines);
    }

    /**
     * What of a change only a start takes up, each with its reason; a change that has any of these is refused while the daemon runs.
     */
    public static List<String> needsRestart(GatewaySettings before, GatewaySettings after) {
        List<String> reasons = new ArrayList<>();
        if (!before.store().file().equals(after.store().file())) {
            reasons.add(
                    "store.file: the store is open, and what it holds would stay behind; stop, move the file, start");
        }
        if (!before.store().keep().equals(after.store().keep())) {
            reasons.add("store: keep_minutes, keep_hours, keep_evidence, aggregate_bytes, case_evidence_bytes,"
                    + " evidence_bytes and reserve_bytes are read at the start only");
        }
        if (!before.socket().equals(after.socket())) {
            reasons.add("health.socket: whoever asks for the status would look in the old place");
        }
        if (!before.uplink().equals(after.uplink())) {
            reasons.add("uplink: its link, its keys and its budget are taken up once");
        }
        if (!before.peers().equals(after.peers())) {
            reasons.add("standby, serve: their connections and the port are opened once");
        }
        if (!before.endpoint().equals(after.endpoint())) {
            reasons.add("endpoint: who is asked beyond the site, and within which budget, is taken up once");
        }
        if (before.route().semantic() != after.route().semantic()) {
            reasons.add("route.semantic: the embedding model's process is started once");
        }
        if (!before.infer().withLimits(after.infer()).equals(after.infer())) {
            reasons.add("infer: the language models' processes are set up once; only deadline, take_over and max_tokens"
                    + " change while it runs");
        }
        if (reasons.isEmpty() && !before.takingUp(after).equals(after)) {
            reasons.add("one of the keys is read at the start only");
        }
        return reasons;
    }

    private String name(Path file) {
        return file.startsWith(folder) ? folder.relativize(file).toString() : file.toString();
    }

    private void file(Path file, Configuration before, Configuration after, String prefix) {
        String was = before.texts().get(file);
        String is = after.texts().get(file);
        if (Objects.equals(was, is)) {
            return;
        }
        if (was == null || is == null) {
            lines.add((was == null ? "+ " : "- ") + "file " + name(file));
            return;
        }
        Map<String, String> old = flat(was);
        Map<String, String> now = flat(is);
        int count = lines.size();
        Set<String> keys = new TreeSet<>(old.keySet());
        keys.addAll(now.keySet());
        String whole = "";
        for (String key : keys) {
            if (!whole.isEmpty() && key.startsWith(whole)) {
                continue;
            }
            String from = old.get(key);
            String to = now.get(key);
            if (Objects.equals(from, to)) {
                continue;
            }
            if (key.endsWith(TABLE)) {
                // a table that came or went is one line, not one a key
                whole = key.substring(0, key.length() - TABLE.length()) + " ";
                lines.add((from == null ? "+ " : "- ") + prefix + key.substring(0, key.length() - TABLE.length()));
            } else {
                lines.add(prefix + key + ": " + said(from) + " -> " + said(to));
            }
        }
        if (lines.size() == count) {
            lines.add(prefix + "comments or layout alone");
        }
    }

    private static String said(@Nullable String value) {
        if (value == null) {
            return DEFAULT;
        }
        String line = value.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }

    /** Sorts before every key of its table. */
    private static final String TABLE = " ";

    private static Map<String, String> flat(String text) {
        Map<String, String> all = new TreeMap<>();
        flat("", Toml.parse(text), all);
        return all;
    }

    private static void flat(String path, TomlTable table, Map<String, String> all) {
        for (String key : table.keySet()) {
            Object value = table.get(List.of(key));
            switch (value) {
                case TomlTable inner -> flat(path + key + ".", inner, all);
                case TomlArray array
                when array.size() > 0 && array.get(0) instanceof TomlTable -> tables(path + key, array, all);
                case TomlArray array ->
                    all.put(path + key, array.toJson().replaceAll("\\s+", " ").strip());
                case String word -> all.put(path + key, "\"" + word + "\"");
                case null, default -> all.put(path + key, String.valueOf(value));
            }
        }
    }

    private static void tables(String path, TomlArray array, Map<String, String> all) {
        Set<String> taken = new TreeSet<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.get(i) instanceof TomlTable table)) {
                continue;
            }
            String name = NAMES.stream()
                    .map(key -> table.get(List.of(key)))
                    .filter(String.class::isInstance)
                    .map(found -> "'" + found + "'")
                    .findFirst()
                    .orElse(Integer.toString(i + 1));
            if (!taken.add(name)) {
                name += " (" + (i + 1) + ")";
            }
            all.put(path + " " + name + TABLE, "");
            flat(path + " " + name + " ", table, all);
        }
    }
}
