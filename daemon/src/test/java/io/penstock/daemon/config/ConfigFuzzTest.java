package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeded mutations of the example: each is taken whole or refused with its problems, and never ends the reader. */
class ConfigFuzzTest {
    private static final int MUTATIONS = 3_000;
    private static final List<String> PIECES = List.of(
            "\"",
            "'",
            "[",
            "]",
            "[[",
            "]]",
            "=",
            "{",
            "}",
            "\n",
            "#",
            "-1",
            "1e999",
            "nan",
            "true",
            "\"\"",
            "0",
            "\\u0000",
            "\u202e",
            "\uD83D\uDE00",
            "\"99999999999d\"",
            "\"7000000000000000000GiB\"",
            "\"0s\"",
            "9223372036854775808",
            "1979-05-27T07:32:00Z",
            "[[mqtt]]\n",
            "[store]\n",
            "assets = []\n",
            ".",
            ",",
            "tcp://",
            "\"ssl://x:99999\"");

    @TempDir
    Path folder;

    @Test
    void everyMutationOfTheExampleIsUsableOrRefusedWithEveryProblemInALine() throws Exception {
        String config = resource("config/penstock.toml.example");
        String asset = resource("demo/unit-1.toml");
        SplittableRandom random = new SplittableRandom(5);
        int usable = 0;
        int refused = 0;
        List<String> wordless = new ArrayList<>();
        for (int i = 0; i < MUTATIONS; i++) {
            boolean ofAsset = random.nextInt(3) == 0;
            Path file = Files.writeString(folder.resolve("penstock.toml"), ofAsset ? config : mutated(config, random));
            Files.writeString(folder.resolve("unit-1.toml"), ofAsset ? mutated(asset, random) : asset);
            try {
                Configuration read = ConfigFile.load(file);
                // what is usable can be kept, read again from what was kept, and is the same
                Configuration again = KeptConfig.Texts.of(read).read();
                assertThat(again.settings()).isEqualTo(read.settings());
                assertThat(again.fingerprint()).isEqualTo(read.fingerprint());
                assertThat(ConfigDiff.between(read, again)).isEmpty();
                usable++;
            } catch (ConfigWrong e) {
                assertThat(e.problems())
                        .isNotEmpty()
                        .allSatisfy(problem -> assertThat(problem).isNotBlank().doesNotContain("\n"));
                e.problems().stream()
                        .filter(
                                p -> !p.matches(
                                        ".*(line \\d+|missing|no source|no asset|two sources|cannot be read|there is no|\\w+\\[\\d+\\]\\.).*"))
                        .forEach(wordless::add);
                refused++;
            }
        }
        assertThat(wordless)
                .as("problems that name neither a line nor what is missing")
                .isEmpty();
        assertThat(usable).isGreaterThan(MUTATIONS / 20);
        assertThat(refused).isGreaterThan(MUTATIONS / 5);
    }

    private static String mutated(String text, SplittableRandom random) {
        StringBuilder s = new StringBuilder(text);
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            int at = random.nextInt(s.length());
            switch (random.nextInt(6)) {
                case 0 -> s.setCharAt(at, (char) random.nextInt(32, 127));
                case 1 -> s.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> s.delete(at, Math.min(s.length(), at + random.nextInt(1, 20)));
                case 3 -> s.insert(at, s.substring(at, Math.min(s.length(), at + random.nextInt(1, 200))));
                case 4 -> {
                    // a line's value for another's
                    int from = s.indexOf("= ", at);
                    int other = s.indexOf("= ", random.nextInt(s.length()));
                    if (from > 0 && other > 0) {
                        int end = s.indexOf("\n", other);
                        String value = s.substring(other, end < 0 ? s.length() : end);
                        int stop = s.indexOf("\n", from);
                        s.replace(from, stop < 0 ? s.length() : stop, value);
                    }
                }
                default -> s.setLength(Math.max(1, at));
            }
        }
        return s.toString();
    }

    private static String resource(String name) throws Exception {
        try (InputStream in = ConfigFuzzTest.class.getResourceAsStream("/io/penstock/daemon/" + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
