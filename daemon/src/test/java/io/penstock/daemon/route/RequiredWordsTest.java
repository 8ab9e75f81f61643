package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns as an operator may write them into a routes file. */
class RequiredWordsTest {
    private static final List<String> PIECES = List.of(
            "pump",
            "fan",
            "a",
            "]",
            "{",
            "}",
            "{2}",
            "{0,1}",
            "{,2}",
            "?",
            "*",
            "+",
            "|",
            "(",
            "(?:",
            "(?i)",
            ")",
            "\\b",
            "\\d",
            "\\pL",
            "\\x{61}",
            "\\Qa|b\\E",
            "\\{",
            ".",
            "^",
            "$",
            "[^]a]",
            "[]a]",
            "[[:alpha:]]",
            "[a\\]]",
            "K");
    private static final String[] TEXTS = {
        "pump", "fan", "a", "aa", "]", "{", "}", "{2}", "{,2}", "x", "7", " ", "|", "K", "\u212A", "PUMP", "k"
    };

    @ParameterizedTest
    @ValueSource(strings = {"[[:alpha:]]pump", "[^]abc]pump", "[]abcx]pump", "[x\\]abc]pump"})
    void aBracketInsideOfAClassDoesNotEndIt(String regex) {
        assertThat(Pattern.compile(regex).matcher("xpump").find()).isTrue();
        assertThat(RequiredWords.of(regex)).containsExactly("pump");
    }

    @Test
    void aBraceThatCountsNothingIsALetter() {
        assertThat(Pattern.compile("json {").matcher("json {").find()).isTrue();
        assertThat(assertTimeoutPreemptively(Duration.ofSeconds(10), () -> RequiredWords.of("json {")))
                .containsExactly("json {");
    }

    @Test
    void nothingIsCertainWhereAPartCouldNotBeReadInAGroupEither() {
        assertThat(Pattern.compile("pump(\\pL)|fan").matcher("fan").find()).isTrue();
        assertThat(RequiredWords.of("pump(\\pL)|fan")).isEmpty();
    }

    @Test
    void aRepetitionAfterFlagsIsOneOfWhatStandsBeforeThem() {
        assertThat(Pattern.compile("pump(?i){0,1}").matcher("pum").find()).isTrue();
        assertThat(RequiredWords.of("pump(?i){0,1}")).isEmpty();
        assertThat(RequiredWords.of("pump(?i)fan")).isNotEmpty();
    }

    /** What a pattern finds with its words asked first is what it finds alone, whatever the pattern. */
    @Test
    void noWordIsAskedForThatAPatternCanDoWithout() {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            Random random = new Random(11);
            int hits = 0;
            for (int i = 0; i < 60_000; i++) {
                String regex = joined(random, PIECES.toArray(String[]::new), 6);
                Pattern pattern;
                try {
                    pattern = Pattern.compile(regex);
                } catch (PatternSyntaxException e) {
                    continue;
                }
                List<String> words = RequiredWords.of(regex);
                for (int k = 0; k < 4; k++) {
                    String text = joined(random, TEXTS, 5);
                    if (!words.isEmpty() && pattern.matcher(text).find()) {
                        hits++;
                        assertThat(RequiredWords.in(words, RequiredWords.folded(text)))
                                .as("%s in \"%s\"", regex, text)
                                .isTrue();
                    }
                }
            }
            assertThat(hits).isGreaterThan(500);
        });
    }

    private static String joined(Random random, String[] pieces, int most) {
        StringBuilder text = new StringBuilder();
        for (int k = random.nextInt(most); k >= 0; k--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
