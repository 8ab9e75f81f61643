package io.penstock.daemon.eval;

import io.penstock.daemon.cases.SymptomMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How faults show on machines, for the golden set's generator: what tells a fault, what usually comes with it and what sometimes does.
 * Written from ISO 13373-3 and -9, ISO 20958, IEC 60609-1, IEC 60994 and practice, apart from the symptom matrices: no weight of theirs
 * stands here, so that a matrix is not measured by its own numbers.
 *
 * @param code of the symptom matrix
 * @param tells groups, each "this or that": all must be seen for a person to name the fault
 * @param usual shown in about two of three cases
 * @param sometimes in about one of four
 */
record FaultSigns(String code, List<List<String>> tells, List<String> usual, List<String> sometimes) {
    /** Fault, machine classes (* for all others), tells (& between groups, | within), usual, sometimes. */
    private static final String TABLE = """
            bearing_outer_race; *; bearing_outer_lines; kurtosis_high acceleration_rms_high; crest_high high_band_high velocity_rms_high bearing_temperature_high
            bearing_inner_race; *; bearing_inner_lines; kurtosis_high crest_high; acceleration_rms_high high_band_high order_1x_high bearing_temperature_high
            bearing_ball; *; bearing_ball_lines; kurtosis_high; acceleration_rms_high high_band_high crest_high bearing_temperature_high bearing_cage_lines
            bearing_cage; *; bearing_cage_lines; ; kurtosis_high high_band_high bearing_temperature_high velocity_rms_high
            imbalance; *; order_1x_high; velocity_rms_high; acceleration_rms_high order_2x_high bearing_temperature_high
            misalignment; *; order_2x_high; order_1x_high velocity_rms_high; order_3x_high bearing_temperature_high acceleration_rms_high
            looseness; *; order_many_high|order_half_high; velocity_rms_high order_3x_high order_2x_high; order_1x_high kurtosis_high crest_high acceleration_rms_high
            cavitation; centrifugal_pump; blade_pass_modulation; high_band_high acceleration_rms_high suction_pressure_low; blade_pass_high flow_low kurtosis_high power_low
            cavitation; hydro_francis; blade_pass_modulation; high_band_high acceleration_rms_high; blade_pass_high tailwater_level_low pressure_pulsation_high power_low
            cavitation; *; blade_pass_modulation; high_band_high acceleration_rms_high; blade_pass_high power_low kurtosis_high velocity_rms_high
            overheating_lubrication; *; bearing_temperature_high; oil_temperature_high; oil_level_low oil_pressure_low oil_flow_low high_band_high acceleration_rms_high
            electrical; induction_motor; line_2x_high|current_unbalance_high|current_sideband_high; winding_temperature_high current_high; voltage_low velocity_rms_high speed_low
            electrical; *; line_2x_high|current_unbalance_high; winding_temperature_high current_high; voltage_low velocity_rms_high power_low
            flow_obstruction; centrifugal_pump; flow_low & discharge_pressure_high|pressure_high; power_low current_low; bearing_temperature_high
            flow_obstruction; fan; flow_low & filter_pressure_high|pressure_high; power_low current_low; high_band_high
            flow_obstruction; *; flow_low; power_low level_high gate_opening_high; current_low head_low needle_opening_high
            leak; centrifugal_pump; discharge_pressure_low|pressure_low & flow_high; current_high; level_low power_high
            leak; fan; pressure_low & flow_high; current_high; power_high
            leak; *; head_low|pressure_low; flow_high power_low; level_low current_low
            draft_tube_surge; *; pressure_pulsation_high; power_low|power_high; order_half_high velocity_rms_high
            nozzle_fault; *; needle_opening_high|needle_opening_low; power_low|power_high; speed_high speed_low
            belt_slip; belt_conveyor; slip_high & belt_speed_low; drum_temperature_high; current_low
            belt_slip; *; slip_high; power_low; belt_temperature_high speed_low frequency_low
            gear_damage; *; gear_sidebands; gear_mesh_lines kurtosis_high; crest_high acceleration_rms_high gear_oil_temperature_high
            gear_wear; *; gear_mesh_lines; acceleration_rms_high; high_band_high gear_oil_temperature_high velocity_rms_high
            impeller_wear; *; flow_low & discharge_pressure_low|pressure_low; power_low current_low; blade_pass_high
            aerodynamic; *; blade_pass_high; velocity_rms_high pressure_pulsation_high; flow_low high_band_high
            overload; *; current_high & power_high|torque_high; speed_low; winding_temperature_high
            overload_jam; *; current_high & torque_high; power_high speed_low; belt_speed_low gear_oil_temperature_high
            belt_mistracking; *; belt_offset_high|belt_offset_low; ; current_high
            excitation_fault; *; excitation_current_low|excitation_voltage_low|excitation_current_high|excitation_voltage_high; voltage_low|voltage_high; reactive_power_low reactive_power_high
            cooling_blocked; *; air_temperature_high; winding_temperature_high air_flow_low; bearing_temperature_high
            """;

    FaultSigns {
        tells = tells.stream().map(List::copyOf).toList();
        usual = List.copyOf(usual);
        sometimes = List.copyOf(sometimes);
    }

    /** The signs of every fault of a machine class, in the matrix's order; what nobody measures there is left out. */
    static Map<String, FaultSigns> of(SymptomMatrix matrix) {
        Set<String> measured = new TreeSet<>();
        matrix.faults().forEach(fault -> measured.addAll(fault.symptoms().keySet()));
        Map<String, FaultSigns> signs = new LinkedHashMap<>();
        matrix.faults()
                .forEach(fault -> TABLE.lines()
                        .map(line -> line.split(";", -1))
                        .filter(parts -> parts[0].strip().equals(fault.code()))
                        .filter(parts -> List.of("*", matrix.kind()).contains(parts[1].strip()))
                        .findFirst()
                        .ifPresent(parts -> signs.put(
                                fault.code(),
                                new FaultSigns(
                                        fault.code(),
                                        groups(parts[2], measured),
                                        words(parts[3], measured),
                                        words(parts[4], measured)))));
        return signs;
    }

    private static List<List<String>> groups(String text, Set<String> measured) {
        List<List<String>> groups = new ArrayList<>();
        for (String group : text.strip().split(" & ")) {
            groups.add(List.of(group.strip().split("\\|")).stream()
                    .filter(measured::contains)
                    .toList());
        }
        return groups;
    }

    private static List<String> words(String text, Set<String> measured) {
        return text.isBlank()
                ? List.of()
                : List.of(text.strip().split("\\s+")).stream()
                        .filter(word -> List.of(word.split("\\|")).stream().anyMatch(measured::contains))
                        .toList();
    }

    /** Whether a person would name the fault from these symptoms, by what tells it alone. */
    boolean toldBy(Set<String> symptoms) {
        return tells.stream().allMatch(group -> group.stream().anyMatch(symptoms::contains));
    }
}
