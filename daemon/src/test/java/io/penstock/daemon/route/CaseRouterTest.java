package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.route.RoutePlan.Tier;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaseRouterTest {
    private final CaseRouter router = new CaseRouter(
            ShippedRoutes.caseRules(),
            TextRouter.patternsOnly(ShippedRoutes.defaults(), "no embedder"),
            Map.of("general", "small-model", "vibration", "vibration-model"));

    private static CaseRecord record(List<Candidate> candidates, String... symptoms) {
        List<EvidenceLine> lines = new ArrayList<>();
        for (String symptom : symptoms) {
            lines.add(new EvidenceLine(
                    lines.size() + 1,
                    "plant-tag-77",
                    symptom.startsWith("bearing_") ? Finding.Tier.VIBRATION : Finding.Tier.LIMIT,
                    symptom,
                    null,
                    true,
                    1,
                    2,
                    3,
                    "1",
                    2,
                    "test",
                    1,
                    Severity.WARNING,
                    0.9 - 0.1 * lines.size(),
                    1,
                    Quality.GOOD,
                    1));
        }
        return new CaseRecord("c", "unit-1", 1, 1, 2, 0, Severity.WARNING, lines, candidates, "unit-1");
    }

    private static Candidate candidate(String fault, double score) {
        return new Candidate(fault, fault, score, null, List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "sensor_fault,           0.9, 0.2, sensor_stuck,                       sensor_or_comms,    '',              RULE",
        "sensor_fault,           0.5, 0.49, sensor_stuck bearing_outer_lines,  sensor_or_comms,    small-model,     RULE",
        "unsure,                 0.0, 0.0, sensor_gap,                         sensor_or_comms,    '',              RULE",
        "bearing_outer_race,     0.8, 0.4, bearing_outer_lines,                hardware_telemetry, small-model,     RULE",
        "bearing_outer_race,     0.8, 0.75, bearing_outer_lines,               hardware_telemetry, vibration-model, RULE",
        "cavitation,             0.7, 0.3, high_band_high,                     hydraulic,          small-model,     RULE",
        "electrical,             0.7, 0.3, line_2x_high,                       electrical,         small-model,     RULE",
        "cavitation,             0.4, 0.3, high_band_high,                     fallback_general,   small-model,     FALLBACK",
        "unsure,                 0.0, 0.0, state_shift,                        fallback_general,   small-model,     FALLBACK"
    })
    void theFirstRuleThatFitsDecidesElseTheFallback(
            String fault, double score, double second, String symptoms, String route, String model, Tier tier) {
        RoutePlan plan = router.plan(
                record(List.of(candidate(fault, score), candidate("leak", second)), symptoms.split(" ", -1)));

        assertThat(plan.route()).isEqualTo(route);
        assertThat(plan.model()).isEqualTo(model);
        assertThat(plan.tier()).isEqualTo(tier);
        assertThat(plan.reasons()).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void aCaseNoRuleTakesIsRoutedByItsSymptomsInWordsWithoutTags() throws Exception {
        TextRouter texts = TextRouter.open(
                ShippedRoutes.defaults(), ShippedRoutes.negatives(), new BagOfWords(), Duration.ofSeconds(1));
        CaseRouter semantic = new CaseRouter(ShippedRoutes.caseRules(), texts, Map.of("vibration", "v"));

        RoutePlan plan = semantic.plan(
                record(List.of(candidate("unsure", 0)), "oil_temperature_high", "bearing_temperature_high"));

        assertThat(plan.route()).isEqualTo("hardware_telemetry");
        assertThat(plan.tier()).isEqualTo(Tier.SEMANTIC);
        assertThat(plan.model()).isEqualTo("v");
        assertThat(plan.reasons().toString())
                .contains("oil temperature high, bearing temperature high")
                .doesNotContain("plant-tag-77");
    }

    @Test
    void aRoleNobodyFillsLeavesTheRulesAlone() {
        CaseRouter alone = new CaseRouter(
                ShippedRoutes.caseRules(), TextRouter.patternsOnly(ShippedRoutes.defaults(), "none"), Map.of());

        RoutePlan plan = alone.plan(record(List.of(candidate("imbalance", 0.9)), "order_1x_high"));

        assertThat(plan.model()).isEmpty();
        assertThat(plan.reasons()).last().asString().contains("no model for the role general");
    }

    @Test
    void aWrongRulesFileNamesItsLines() {
        assertThatThrownBy(() ->
                        CaseRules.read("[[rule]]\nname = \"a\"\nroute = \"b\"\nmin_scor = 1\n[[rule]]\nname = 3\n"))
                .hasMessageContaining("line 1: min_scor is not known")
                .hasMessageContaining("line 5: name is not a string");
    }
}
