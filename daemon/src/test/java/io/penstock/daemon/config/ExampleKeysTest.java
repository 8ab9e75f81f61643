package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each key that a reader knows stands in the shipped example of its file, in its table: what a site cannot find there does not exist for
 * it. A key asked for that nobody knows makes a reader tell what it does know. The other way round holds because an example is read.
 */
class ExampleKeysTest {
    private static final String NOBODYS = "no_such_key";
    /** Tables whose example says that some of their keys are those of another: they stand there once. */
    private static final Map<String, List<String>> AS_IN = Map.of(
            "sparkplug", List.of("mqtt"),
            "opcua", List.of("opcua.item"),
            "opcua.item", List.of("opcua", "opcua.group.item"),
            "opcua.group", List.of("opcua", "opcua.item"),
            "opcua.group.item", List.of("opcua", "opcua.item"),
            "replay", List.of("watch"));

    private static final Pattern HEADER = Pattern.compile("\\[{1,2}([a-z_.]+)]{1,2}.*");
    private static final Pattern KEY = Pattern.compile("(\\w+) = .*");
    private static final Pattern ANSWER =
            Pattern.compile("line \\d+: (?:(.+)\\.)?" + NOBODYS + ": unknown key.*; known here: (.*)");

    @TempDir
    Path folder;

    /** Reads a file that is wrong. */
    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws Exception;
    }

    @Test
    void everyKeyOfTheGateway() throws Exception {
        Files.writeString(folder.resolve("unit-1.toml"), resource("demo/unit-1.toml"));
        String text = uncommented("# ", resource("config/penstock.toml.example"));
        assertThat(answers(text, ConfigFile::read)).containsKeys("", "mqtt.subscribe", "opcua.group.item", "endpoint");
        standThere(text, answers(text, ConfigFile::read));
    }

    @Test
    void everyKeyOfAnAsset() throws Exception {
        String text = uncommented("# ", resource("demo/unit-1.toml"));
        standThere(text, answers(text, AssetFile::read));
    }

    @Test
    void everyKeyOfTheHub() throws Exception {
        String text = uncommented("#", resource("config/hub.toml.example"));
        standThere(text, answers(text, HubFile::read));
    }

    @Test
    void everyKeyOfATariff() throws Exception {
        String text = resource("config/tariff.toml.example");
        List<String> problems = new ArrayList<>();
        UplinkTable.tariff(NOBODYS + " = 1\n" + text, problems);
        standThere(text, known(problems));
    }

    private static void standThere(String text, Map<String, Set<String>> known) {
        Map<String, Set<String>> shown = shown(text);
        assertThat(known.keySet()).as("tables that are read").isEqualTo(shown.keySet());
        SoftAssertions.assertSoftly(all -> known.forEach((table, keys) ->
                all.assertThat(standing(table, shown)).as("keys of [%s]", table).containsAll(keys)));
    }

    private static Set<String> standing(String table, Map<String, Set<String>> shown) {
        Set<String> keys = new TreeSet<>(shown.getOrDefault(table, Set.of()));
        AS_IN.getOrDefault(table, List.of()).forEach(other -> keys.addAll(shown.getOrDefault(other, Set.of())));
        return keys;
    }

    private static String uncommented(String mark, String text) {
        return text.replaceAll("(?m)^" + mark + "(\\[|\\w+ = )", "$1");
    }

    /** By table, "" for what stands before the first: its keys, tables within it among them. */
    private static Map<String, Set<String>> shown(String text) {
        Map<String, Set<String>> all = new TreeMap<>();
        String table = "";
        all.put(table, new TreeSet<>());
        for (String line : text.lines().toList()) {
            Matcher header = HEADER.matcher(line);
            Matcher key = KEY.matcher(line);
            if (header.matches()) {
                table = header.group(1);
                all.computeIfAbsent(table, name -> new TreeSet<>());
                int dot = table.lastIndexOf('.');
                Set<String> around = all.get(dot < 0 ? "" : table.substring(0, dot));
                assertThat(around)
                        .as("the table around [%s]", table)
                        .isNotNull()
                        .isNotSameAs(all.get(table));
                around.add(table.substring(dot + 1));
            } else if (key.matches()) {
                all.get(table).add(key.group(1));
            }
        }
        return all;
    }

    private Map<String, Set<String>> answers(String text, Reader reader) throws IOException {
        String asked = NOBODYS + " = 1\n" + text.replaceAll("(?m)^(\\[.*)$", "$1\n" + NOBODYS + " = 1");
        Path file = Files.writeString(folder.resolve("asked.toml"), asked);
        ConfigWrong wrong = catchThrowableOfType(ConfigWrong.class, () -> reader.read(file));
        return known(wrong.problems());
    }

    /** By table, what the reader knows there. */
    private static Map<String, Set<String>> known(List<String> problems) {
        Map<String, Set<String>> all = new TreeMap<>();
        for (String problem : problems) {
            Matcher answer = ANSWER.matcher(problem);
            if (answer.matches()) {
                String table = answer.group(1) == null ? "" : answer.group(1).replaceAll("\\[\\d+]", "");
                all.computeIfAbsent(table, name -> new HashSet<>())
                        .addAll(List.of(answer.group(2).split(", ")));
            }
        }
        return all;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ExampleKeysTest.class.getResourceAsStream("/io/penstock/daemon/" + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
