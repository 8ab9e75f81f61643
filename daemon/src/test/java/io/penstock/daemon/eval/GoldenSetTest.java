package io.penstock.daemon.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.Schemas;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.ShippedMatrices;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenSetTest {
    private static final GoldenSet SHIPPED = GoldenSet.shipped();

    @Test
    void theGeneratedPartIsWhatTheGeneratorWritesByteForByte() throws Exception {
        List<String> written = GoldenGenerator.text().lines().toList();
        List<String> shipped = GoldenSet.text("generated-1.jsonl").lines().toList();

        for (int i = 0; i < Math.min(written.size(), shipped.size()); i++) {
            assertThat(shipped.get(i)).as("line %d", i + 1).isEqualTo(written.get(i));
        }
        assertThat(shipped).hasSameSizeAs(written);
        assertThat(GoldenSet.text("generated-1.jsonl")).isEqualTo(GoldenGenerator.text());
    }

    @Test
    void everyLineFitsTheSchema() throws Exception {
        for (String file : GoldenSet.SHIPPED) {
            for (String line : GoldenSet.text(file).lines().toList()) {
                assertThat(Schemas.complaints(line)).as(line).isEmpty();
            }
        }
    }

    @Test
    void everyFaultOfEveryMachineClassHasACaseAndEveryHardGroupIsThere() throws Exception {
        assertThat(SHIPPED.cases()).hasSizeGreaterThanOrEqualTo(240);
        for (String kind : ShippedMatrices.KINDS) {
            Set<String> held = SHIPPED.cases().stream()
                    .filter(golden -> golden.kind().equals(kind))
                    .flatMap(golden -> golden.causes().stream())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(held)
                    .as(kind)
                    .containsAll(ShippedMatrices.of(kind).faults().stream()
                            .map(Fault::code)
                            .filter(code -> !code.equals(Fault.UNSURE))
                            .toList());
        }
        Map<String, Long> groups =
                SHIPPED.cases().stream().collect(Collectors.groupingBy(GoldenCase::group, Collectors.counting()));
        assertThat(groups)
                .containsKeys(
                        "clear",
                        "early",
                        "thin",
                        "distractor",
                        "inverted",
                        "mixed",
                        "ambiguous",
                        "sensor",
                        "healthy",
                        "by hand")
                .allSatisfy((group, count) -> assertThat(count).as(group).isGreaterThanOrEqualTo(20));
    }

    @Test
    void twinsStayInOneHalfAndTheHalvesAreAboutAlike() {
        Map<String, List<GoldenCase>> families =
                SHIPPED.cases().stream().collect(Collectors.groupingBy(GoldenCase::family));
        assertThat(families.values())
                .allSatisfy(
                        twins -> assertThat(twins.stream().map(GoldenCase::half).distinct())
                                .hasSize(1));
        int tune = SHIPPED.half(GoldenCase.Half.TUNE).cases().size();
        assertThat(tune)
                .isBetween(SHIPPED.cases().size() * 2 / 5, SHIPPED.cases().size() * 3 / 5);
    }

    @Test
    void aShortLineIsACaseWithDefaults() throws Exception {
        GoldenCase golden = GoldenSet.parse(
                        "own.jsonl",
                        "{\"schema\":\"penstock.golden/1\",\"id\":\"a\",\"kind\":\"fan\",\"accept\":[\"imbalance\"],"
                                + "\"findings\":[{\"symptom\":\"order_1x_high\",\"channel\":\"v\"}]}\n")
                .cases()
                .getFirst();

        assertThat(golden.half()).isEqualTo(GoldenCase.Half.HELD);
        assertThat(golden.record(ShippedMatrices.of("fan")).orElseThrow().best().fault())
                .isEqualTo("imbalance");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":["imbalence"],"findings":[]} | line 1: accept: "imbalence" is no fault of this machine class; did you mean imbalance?
            {"schema":"penstock.golden/1","id":"a","kind":"fam","accept":["unsure"],"findings":[]} | did you mean fan?
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":["unsure"],"findings":[{"symptom":"bad"}]} | "bad" is no symptom
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":["unsure"],"finding":[]} | unknown key finding; did you mean findings?
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":[],"findings":[]} | it accepts no answer
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":["unsure"],"must_not":["unsure"],"findings":[]} | accepts what it says must not be said
            {"schema":"penstock.golden/1","id":"a","kind":"fan","accept":["unsure"],"findings":[{"symptom":"flow_low","strength":2}]} | strength and share are 0 to 1
            not json | line 1: not JSON
            {} | no object with "schema"
            """)
    void aWrongSetIsRefusedWithTheLineAndWhatToDo(String line, String said) {
        assertThatThrownBy(() -> GoldenSet.parse("own.jsonl", line))
                .isInstanceOf(GoldenRefused.class)
                .hasMessageStartingWith("own.jsonl: ")
                .hasMessageContaining(said);
    }

    @Test
    void allMistakesAreToldAtOnce() {
        assertThatThrownBy(() -> GoldenSet.parse("own.jsonl", "nonsense\n\n{}\n"))
                .hasMessageContaining("line 1: ")
                .hasMessageContaining("line 3: ");
    }
}
