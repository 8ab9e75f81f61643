package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignalsTest {
    private final TextRouter texts = TextRouter.patternsOnly(ShippedRoutes.defaults(), "no embedder");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            drive end bearing running hot                        | NOT_RECOGNISED | SIMPLE   | OPEN     | 0
            what happened on unit 1 last night?                  | QUESTION       | SIMPLE   | OPEN     | 1
            why did TT-1042A trip at 14:30, and is 81.4 degC ok? | QUESTION       | SIMPLE   | OPEN     | 3
            is it hot? and why?                                  | QUESTION       | MODERATE | OPEN     | 0
            Summarize the log of last night                      | SUMMARIZATION  | SIMPLE   | OPEN     | 0
            find the root cause of the trip step by step         | NOT_RECOGNISED | HARD     | OPEN     | 0
            1 2 3 4 5 6 7 readings of the logger                 | NOT_RECOGNISED | MODERATE | OPEN     | 7
            call Ram at +977 98 4123 4567                        | NOT_RECOGNISED | SIMPLE   | PERSONAL | 4
            PLC at 192.168.4.20 does not answer                  | NOT_RECOGNISED | SIMPLE   | INTERNAL | 1
            password=turbine42 for the panel                     | NOT_RECOGNISED | SIMPLE   | SECRET   | 1
            """)
    void aTextIsSizedAndClassedByRules(String text, Task kind, Complexity complexity, Sensitivity data, int entities) {
        Signals signals = texts.plan(text).signals();

        assertThat(signals.kind()).isEqualTo(kind);
        assertThat(signals.complexity()).isEqualTo(complexity);
        assertThat(signals.sensitivity()).isEqualTo(data);
        assertThat(signals.entities()).isEqualTo(entities);
    }

    @Test
    void aSecretIsFoundBehindInvisibleCharactersWideLettersAndALongText() {
        assertThat(Sensitivity.of("pass\u200Bword = turbine42")).isEqualTo(Sensitivity.SECRET);
        assertThat(Sensitivity.of("\uFF50\uFF41\uFF53\uFF53\uFF57\uFF4F\uFF52\uFF44=turbine42"))
                .isEqualTo(Sensitivity.SECRET);
        assertThat(texts.plan("x ".repeat(40_000) + "password=turbine42")
                        .signals()
                        .sensitivity())
                .isEqualTo(Sensitivity.SECRET);
        assertThat(Sensitivity.SECRET.mayEverLeave()).isFalse();
        assertThat(Sensitivity.PERSONAL.mayEverLeave()).isFalse();
        assertThat(Sensitivity.OPEN.mayEverLeave()).isTrue();
    }

    @Test
    void aCaseHasTheDataClassOfThePlantsNamesAndTheSizeOfItsDoubt() {
        CaseRouter router = new CaseRouter(
                ShippedRoutes.caseRules(),
                texts,
                Map.of("general", "middle", "large", "big", "small", "quick", "vibration", "shaker"));

        RoutePlan clear = router.plan(record("vibration_de", 1, 0.9, 0.2));
        RoutePlan near = router.plan(record("vibration_de", 2, 0.7, 0.6));
        RoutePlan hard = router.plan(record("vibration_de", 7, 0.7, 0.6, 0.5));
        RoutePlan named = router.plan(record("ops@example.com", 1, 0.9, 0.2));

        assertThat(clear.model()).isEqualTo("quick");
        assertThat(near.model()).isEqualTo("shaker");
        assertThat(hard.model()).isEqualTo("big");
        assertThat(clear.signals().sensitivity()).isEqualTo(Sensitivity.OPEN);
        assertThat(named.signals().sensitivity()).isEqualTo(Sensitivity.PERSONAL);
        assertThat(named.reasons().toString()).contains("data class personal: must not leave this node");
    }

    private static CaseRecord record(String channel, int lines, double... scores) {
        List<EvidenceLine> evidence = new ArrayList<>();
        for (int i = 1; i <= lines; i++) {
            evidence.add(new EvidenceLine(
                    i,
                    channel,
                    Finding.Tier.VIBRATION,
                    "bearing_outer_lines",
                    null,
                    true,
                    1,
                    2,
                    3,
                    "dB",
                    2,
                    "test",
                    1,
                    Severity.WARNING,
                    0.8,
                    1,
                    Quality.GOOD,
                    1));
        }
        List<Candidate> candidates = new ArrayList<>();
        for (double score : scores) {
            candidates.add(new Candidate("bearing_outer_race", "outer race", score, null, List.of(1)));
        }
        return new CaseRecord("c", "unit-1", 1, 1, 2, 0, Severity.WARNING, evidence, candidates, "unit-1");
    }

    @Test
    void requiredWordsAreReadFromThePattern() {
        Map<String, List<String>> wanted = Map.of(
                "(?i)\\b(rewrite|rephrase) (the|this)\\b", List.of("rewrite", "rephrase"),
                "TT-[0-9]+", List.of("tt-"),
                "(?i)\\bclassify (the|every)\\b", List.of("classify "),
                "colou?r(ed)? lamp", List.of(" lamp"),
                "(abc|de?)x", List.of(),
                "pump|[0-9]+", List.of(),
                "\\Qa+b\\E", List.of(),
                "pumps{2,3} hot", List.of("pumps"),
                "(?:hot )?bearing\\.temp", List.of("bearing.temp"),
                "(unit){0}rest", List.of("rest"));

        wanted.forEach(
                (regex, words) -> assertThat(RequiredWords.of(regex)).as(regex).isEqualTo(words));
    }

    /** What a pattern finds with its words asked first is what it finds alone. */
    @Test
    void noPatternIsPassedOverThatWouldBeFound() {
        Random random = new Random(7);
        String[] pieces = {
            "rewrite",
            " the ",
            "Extract ",
            "all names from ",
            "this",
            "translate ",
            "to German",
            "K",
            "\u212A",
            "\u017F",
            "ummarize",
            "S",
            " code ",
            "def f(x):",
            "```",
            "fix",
            " my grammar",
            "spam",
            " into one of the categories",
            "\u0915\u0941",
            "=",
            "?",
            "json",
            " fields",
            "return "
        };
        TaskPatterns tasks = TaskPatterns.shipped();
        TextRouter byRe2 = TextRouter.patternsOnly(ShippedRoutes.tasks(), "patterns alone");
        int hits = 0;
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(7); k >= 0; k--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            assertThat(tasks.of(text.toString()))
                    .as("%s", text)
                    .isEqualTo(Task.of(byRe2.place(text.toString()).route()));
            for (Route route : ShippedRoutes.tasks().routes()) {
                for (com.google.re2j.Pattern pattern : route.patterns()) {
                    if (pattern.matcher(text).find()) {
                        hits++;
                        assertThat(RequiredWords.in(
                                        RequiredWords.of(pattern.pattern()), RequiredWords.folded(text.toString())))
                                .as("%s in %s", pattern, text)
                                .isTrue();
                    }
                }
            }
        }
        assertThat(hits).isGreaterThan(100);
    }
}
