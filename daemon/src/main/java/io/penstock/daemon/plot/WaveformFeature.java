package io.penstock.daemon.plot;

import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The feature of a waveform that a line of evidence speaks of.
 *
 * @param symptom of the line
 * @param location the bearing, where it speaks of one
 * @param name for people
 * @param unit of the values
 */
public record WaveformFeature(String symptom, @Nullable String location, String name, String unit) {
    /** Null where the line speaks of no single feature. */
    public static @Nullable WaveformFeature of(EvidenceLine line, Channel channel) {
        String symptom = line.symptom();
        return switch (symptom) {
            case "velocity_rms_high" -> new WaveformFeature(symptom, null, "velocity RMS 10-1000 Hz", "mm/s");
            case "acceleration_rms_high" -> new WaveformFeature(symptom, null, "acceleration RMS", channel.unit());
            case "kurtosis_high" -> new WaveformFeature(symptom, null, "kurtosis", "1");
            case "crest_high" -> new WaveformFeature(symptom, null, "crest factor", "1");
            case "high_band_high" -> new WaveformFeature(symptom, null, "RMS above 5 kHz", channel.unit());
            case "blade_pass_modulation" -> new WaveformFeature(symptom, null, "modulation at blade pass", "1");
            case "line_2x_high" -> new WaveformFeature(symptom, null, "velocity at twice the mains", "mm/s");
            case "order_half_high", "order_1x_high", "order_2x_high", "order_3x_high" ->
                new WaveformFeature(symptom, null, "velocity at " + order(symptom) + "x shaft", "mm/s");
            case "blade_pass_high" -> new WaveformFeature(symptom, null, "velocity at blade pass", "mm/s");
            case "bearing_lines_unclear" -> new WaveformFeature(symptom, null, "clearest bearing lines", "dB");
            case "gear_mesh_lines", "gear_sidebands" ->
                new WaveformFeature(
                        symptom,
                        line.location(),
                        symptom.replace('_', ' ') + " of " + SafeName.forPeople(String.valueOf(line.location())),
                        "dB");
            default -> {
                String location = line.location();
                if (fault(symptom) == null || location == null) {
                    yield null;
                }
                String lines = symptom.replace('_', ' ') + " at " + SafeName.forPeople(location);
                yield new WaveformFeature(symptom, location, lines, "dB");
            }
        };
    }

    /** The element whose lines a symptom names; null where it names none. */
    public static @Nullable String fault(String symptom) {
        return switch (symptom) {
            case "bearing_outer_lines" -> "bearing_outer_race";
            case "bearing_inner_lines" -> "bearing_inner_race";
            case "bearing_ball_lines" -> "bearing_ball";
            case "bearing_cage_lines" -> "bearing_cage";
            default -> null;
        };
    }

    private static double order(String symptom) {
        return switch (symptom) {
            case "order_half_high" -> 0.5;
            case "order_2x_high" -> 2;
            case "order_3x_high" -> 3;
            default -> 1;
        };
    }

    /**
     * The feature's value; NaN where the waveform has none.
     *
     * @param blades of the runner, for the blade pass
     */
    public double in(VibrationFeatures features, OptionalInt blades) {
        return switch (symptom) {
            case "velocity_rms_high" -> features.velocityRms();
            case "acceleration_rms_high" -> features.rms();
            case "kurtosis_high" -> features.kurtosis();
            case "crest_high" -> features.crest();
            case "high_band_high" -> features.highBandRms();
            case "blade_pass_modulation" -> features.bladePassModulation();
            case "line_2x_high" -> features.lineTwiceVelocity();
            case "order_half_high", "order_1x_high", "order_2x_high", "order_3x_high" ->
                velocity(features, order(symptom));
            case "blade_pass_high" -> blades.isPresent() ? velocity(features, blades.getAsInt()) : Double.NaN;
            case "bearing_lines_unclear" ->
                features.elements().isEmpty()
                        ? Double.NaN
                        : features.elements().getFirst().db();
            case "gear_mesh_lines", "gear_sidebands" ->
                features.gears().stream()
                        .filter(score -> gearLocation(score).equals(location))
                        .mapToDouble(VibrationFeatures.GearScore::db)
                        .findFirst()
                        .orElse(Double.NaN);
            default -> decibels(features);
        };
    }

    /** A gear's part as a finding names it: the gear for its mesh, {@code gear/pinion}, {@code gear/wheel}. */
    static String gearLocation(VibrationFeatures.GearScore score) {
        return switch (score.part()) {
            case MESH -> score.gear();
            case PINION -> score.gear() + "/pinion";
            case WHEEL -> score.gear() + "/wheel";
        };
    }

    private static double velocity(VibrationFeatures features, double order) {
        return features.orders().stream()
                .filter(found -> found.order() == order)
                .mapToDouble(VibrationFeatures.Order::velocity)
                .findFirst()
                .orElse(Double.NaN);
    }

    private double decibels(VibrationFeatures features) {
        String fault = fault(symptom);
        return features.elements().stream()
                .filter(score -> score.fault().equals(fault) && score.bearing().equals(location))
                .mapToDouble(ElementScore::db)
                .findFirst()
                .orElse(Double.NaN);
    }
}
