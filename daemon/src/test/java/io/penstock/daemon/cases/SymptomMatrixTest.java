package io.penstock.daemon.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class SymptomMatrixTest {
    static final List<String> kinds = ShippedMatrices.KINDS;
    private static final List<String> EVERYWHERE = List.of(
            "bearing_outer_race",
            "bearing_inner_race",
            "bearing_ball",
            "bearing_cage",
            "imbalance",
            "misalignment",
            "looseness",
            "overheating_lubrication",
            "electrical",
            "sensor_fault");

    private final SymptomMatrix francis = matrix("hydro_francis");

    static SymptomMatrix matrix(String kind) {
        try {
            return ShippedMatrices.of(kind);
        } catch (MatrixRefused e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            bearing_outer_race | bearing_outer_lines kurtosis_high crest_high acceleration_rms_high high_band_high
            bearing_outer_race | bearing_outer_lines
            bearing_outer_race | bearing_outer_lines kurtosis_high bearing_temperature_high
            bearing_inner_race | bearing_inner_lines kurtosis_high crest_high order_1x_high
            bearing_ball | bearing_ball_lines kurtosis_high acceleration_rms_high
            bearing_cage | bearing_cage_lines kurtosis_high crest_high
            imbalance | order_1x_high velocity_rms_high
            imbalance | order_1x_high velocity_rms_high state_shift onset
            misalignment | order_2x_high order_1x_high order_3x_high velocity_rms_high
            misalignment | order_2x_high velocity_rms_high
            looseness | order_many_high order_1x_high order_2x_high order_3x_high velocity_rms_high
            looseness | order_half_high order_many_high velocity_rms_high
            cavitation | blade_pass_modulation high_band_high acceleration_rms_high
            cavitation | high_band_high acceleration_rms_high kurtosis_high power_low
            overheating_lubrication | bearing_temperature_high oil_temperature_high
            overheating_lubrication | bearing_temperature_high
            overheating_lubrication | bearing_temperature_high acceleration_rms_high
            electrical | current_high power_low
            electrical | line_2x_high velocity_rms_high current_high
            electrical | winding_temperature_high current_high
            flow_obstruction | flow_low power_low current_low
            flow_obstruction | flow_low power_low gate_opening_high head_low
            leak | head_low flow_high power_low
            leak | pressure_low power_low
            draft_tube_surge | pressure_pulsation_high order_half_high
            sensor_fault | sensor_stuck
            sensor_fault | sensor_gap sensor_spike
            """)
    void typicalEvidenceNamesItsFaultWithAMargin(String fault, String symptoms) {
        List<Candidate> ranked = francis.rank(Evidence.lines(symptoms.trim().split(" ")));

        assertThat(ranked.getFirst().fault()).as("%s", ranked).isEqualTo(fault);
        double second = ranked.size() > 1 ? ranked.get(1).score() : 0;
        assertThat(ranked.getFirst().score() - second)
                .as("margin of %s", ranked)
                .isGreaterThan(0.15);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bearing_lines_unclear kurtosis_high high_band_high | element not identified
            bearing_lines_unclear | element not identified
            kurtosis_high | no known fault
            state_shift onset | no known fault
            order_1x_high bearing_temperature_high | more than one fault
            bearing_outer_lines bearing_inner_lines | equally well
            """)
    void thinOrTiedEvidenceIsAnHonestNotSure(String symptoms, String why) {
        List<Candidate> ranked = francis.rank(Evidence.lines(symptoms.trim().split(" ")));

        assertThat(ranked.getFirst().fault()).as("%s", ranked).isEqualTo("unsure");
        assertThat(ranked.getFirst().name()).contains(why);
        assertThat(francis.checks(ranked)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void noBearingElementIsNamedWithoutItsLines() {
        List<Candidate> ranked =
                francis.rank(Evidence.lines("kurtosis_high", "crest_high", "acceleration_rms_high", "high_band_high"));

        assertThat(ranked).noneMatch(candidate -> candidate.fault().startsWith("bearing_"));
    }

    @Test
    void aChannelTooHighAndTooLowAtOncePointsToItsSensor() {
        List<Candidate> ranked = francis.rank(Evidence.lines("bearing_temperature_high", "bearing_temperature_low"));

        assertThat(ranked.getFirst().fault()).isEqualTo("unsure");
        assertThat(ranked.getFirst().name()).contains("check its sensor");
        assertThat(francis.checks(ranked)).first().asString().startsWith("Compare the value");
    }

    @Test
    void locationIsTakenFromTheRequiredLine() {
        Candidate best = francis.rank(Evidence.lines("kurtosis_high", "bearing_outer_lines"))
                .getFirst();

        assertThat(best.location()).isEqualTo("DE");
        assertThat(best.lines()).containsExactly(1, 2);
    }

    @Test
    void orderOfLinesChangesNothing() {
        List<EvidenceLine> lines = new ArrayList<>(
                Evidence.lines("bearing_outer_lines", "order_2x_high", "high_band_high", "flow_low", "power_low"));
        List<Candidate> ranked = francis.rank(lines);

        assertThat(francis.rank(lines.reversed())).isEqualTo(ranked);
    }

    @ParameterizedTest
    @FieldSource("kinds")
    void everyShippedMatrixIsComplete(String kind) throws MatrixRefused {
        SymptomMatrix matrix = ShippedMatrices.of(kind);

        assertThat(matrix.kind()).isEqualTo(kind);
        assertThat(matrix.faults()).extracting(Fault::code).containsAll(EVERYWHERE);
        assertThat(matrix.faults()).allSatisfy(fault -> {
            assertThat(fault.source()).isNotBlank();
            // an adviser: no check sends a command to a machine
            assertThat(String.join(" ", fault.checks()))
                    .doesNotContainIgnoringCase("plc")
                    .doesNotContainIgnoringCase("write ");
        });
    }

    @ParameterizedTest
    @FieldSource("kinds")
    void everyFaultIsNamedByItsOwnTextbookEvidence(String kind) throws MatrixRefused {
        SymptomMatrix matrix = ShippedMatrices.of(kind);
        for (Fault fault : matrix.faults()) {
            if (fault.code().equals(Fault.SENSOR)) {
                continue;
            }
            String[] textbook = fault.symptoms().entrySet().stream()
                    .filter(symptom -> symptom.getValue() >= 0.3)
                    .map(java.util.Map.Entry::getKey)
                    .filter(symptom -> !symptom.endsWith("_low")
                            || !fault.symptoms().containsKey(symptom.replace("_low", "_high")))
                    .toArray(String[]::new);
            assertThat(matrix.rank(Evidence.lines(textbook)).getFirst().fault())
                    .as("%s by %s", fault.code(), List.of(textbook))
                    .isEqualTo(fault.code());
        }
    }

    @Test
    void allMistakesComeAtOnceEachWithItsLine() {
        String toml = """
                [matrix]
                kind = "mill"
                nmae = "mill"

                [[fault]]
                code = "bearing_outer_race"
                name = "outer"
                severity = "grave"
                required = ["bearing_outer_lines"]
                symptoms = { bearing_outer_line = 1.0, kurtosis_high = 7 }
                checks = ["look"]
                source = "practice"
                """;

        assertThatThrownBy(() -> SymptomMatrix.parse("mill.toml", toml))
                .isInstanceOfSatisfying(
                        MatrixRefused.class,
                        refused -> assertThat(refused.mistakes())
                                .anyMatch(m -> m.equals("line 3: unknown key \"nmae\" in [matrix]; did you mean name?"))
                                .anyMatch(m ->
                                        m.startsWith("line 1: name is missing") || m.startsWith("line 1: no [[fault]]"))
                                .anyMatch(m -> m.startsWith("line 8: severity \"grave\""))
                                .anyMatch(m -> m.startsWith("line 9: required symptom \"bearing_outer_lines\""))
                                .anyMatch(m -> m.startsWith("line 10: symptom \"bearing_outer_line\"")
                                        && m.endsWith("did you mean bearing_outer_lines?"))
                                .anyMatch(m -> m.startsWith("line 10: weight of kurtosis_high"))
                                .anyMatch(m -> m.startsWith("line 11: 1 checks found"))
                                .anyMatch(m -> m.contains("sensor_fault")));
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "'[[fault'",
        "'fault = 3'",
        "'fault = [1, 2]'",
        "'[matrix]\nkind = 7'",
        "'matrix = 1\nfault = \"x\"'"
    })
    void whatIsNoMatrixIsRefusedNotThrownAt(String toml) {
        assertThatThrownBy(() -> SymptomMatrix.parse("x.toml", toml)).isInstanceOf(MatrixRefused.class);
    }

    @Test
    void anUnknownKindIsAnsweredWithTheNearest() {
        assertThatThrownBy(() -> ShippedMatrices.of("hydro_fransis"))
                .isInstanceOf(MatrixRefused.class)
                .hasMessageContaining("did you mean hydro_francis?");
    }

    /** Any quantity may be a symptom: only its likeness to a known one tells a slip of the pen. */
    @Test
    void aSlipOfOneLetterInASymptomIsToldWithTheRightSpelling() {
        String toml = """
                [matrix]
                kind = "mill"
                name = "mill"
                [[fault]]
                code = "sensor_fault"
                name = "a sensor"
                severity = "advisory"
                required = ["sensor_stuck"]
                symptoms = { sensor_stuck = 1.0, kurtosys_high = 0.5, load_low = 0.5 }
                checks = ["Look.", "Listen."]
                source = "us"
                """;
        assertThatThrownBy(() -> SymptomMatrix.parse("mill.toml", toml))
                .isInstanceOf(MatrixRefused.class)
                .hasMessageContaining("1 mistake")
                .hasMessageContaining("line 9: symptom \"kurtosys_high\"")
                .hasMessageContaining("did you mean kurtosis_high?");
    }

    @ParameterizedTest
    @CsvSource({
        "belt_conveyor, gear_damage, gear_sidebands kurtosis_high gear_mesh_lines",
        "belt_conveyor, gear_wear, gear_mesh_lines acceleration_rms_high",
        "hydro_crossflow, gear_damage, gear_sidebands kurtosis_high crest_high",
        "hydro_crossflow, gear_wear, gear_mesh_lines",
        "hydro_pelton, gear_damage, gear_sidebands",
        "hydro_pelton, gear_wear, gear_mesh_lines oil_temperature_high"
    })
    void aMachineWithGearsNamesThem(String kind, String fault, String symptoms) {
        Candidate best = matrix(kind).rank(Evidence.lines(symptoms.split(" "))).getFirst();
        assertThat(best.fault()).isEqualTo(fault);
    }
}
