package io.penstock.daemon.cases;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The symptom vocabulary that detectors write and matrices read: a closed set of names for sensors, state and vibration, and
 * {@code <quantity>_high} or {@code <quantity>_low} for every measured quantity.
 */
public final class SymptomWords {
    /** Symptoms of a sensor, not of the machine behind it. */
    public static final Set<String> SENSOR = Set.of(
            "sensor_stuck",
            "sensor_out_of_range",
            "sensor_gap",
            "sensor_bad_quality",
            "sensor_spike",
            "sensor_clipping",
            "sensor_rate",
            "sensor_clock");

    private static final Set<String> NAMED = Set.of(
            "state_shift",
            "onset",
            "blade_pass_modulation",
            "bearing_outer_lines",
            "bearing_inner_lines",
            "bearing_ball_lines",
            "bearing_cage_lines",
            "bearing_lines_unclear",
            "gear_mesh_lines",
            "gear_sidebands");

    private static final Set<String> VIBRATION = Set.of(
            "velocity_rms_high",
            "acceleration_rms_high",
            "kurtosis_high",
            "crest_high",
            "high_band_high",
            "blade_pass_high",
            "blade_pass_modulation",
            "line_2x_high",
            "order_1x_high",
            "order_2x_high",
            "order_3x_high",
            "order_half_high",
            "order_many_high",
            "bearing_lines_unclear",
            "gear_mesh_lines",
            "gear_sidebands");

    private SymptomWords() {}

    /** Whether a matrix may name it. */
    public static boolean known(String symptom) {
        return SENSOR.contains(symptom)
                || NAMED.contains(symptom)
                || symptom.matches("[a-z][a-z0-9_]{1,50}_(high|low)");
    }

    /** Whether it is a word of this vocabulary alone, with no name of a site's own quantity in it. */
    public static boolean named(String symptom) {
        return SENSOR.contains(symptom) || NAMED.contains(symptom);
    }

    /** Whether it speaks of the sensor and not of the machine. */
    public static boolean ofSensor(String symptom) {
        return symptom.startsWith("sensor_");
    }

    /** Whether it names no physical quantity and so can rank no fault. */
    public static boolean ofState(String symptom) {
        return symptom.equals("state_shift") || symptom.equals("onset");
    }

    /** Whether it is read from a waveform rather than from a slow value. */
    public static boolean ofVibration(String symptom) {
        return VIBRATION.contains(symptom) || (symptom.endsWith("_lines") && symptom.startsWith("bearing_"));
    }

    /** In words for a person: {@code bearing_temperature_high} is "bearing temperature high". */
    public static String spoken(String symptom) {
        return switch (symptom) {
            case "state_shift" -> "operating state shifted";
            case "onset" -> "sudden change";
            case "velocity_rms_high" -> "vibration velocity high";
            case "acceleration_rms_high" -> "vibration acceleration high";
            case "crest_high" -> "crest factor high";
            case "high_band_high" -> "high-frequency vibration high";
            case "blade_pass_high" -> "blade pass vibration high";
            case "blade_pass_modulation" -> "noise modulated at blade pass";
            case "line_2x_high" -> "vibration at twice mains frequency high";
            case "order_1x_high" -> "1x shaft order high";
            case "order_2x_high" -> "2x shaft order high";
            case "order_3x_high" -> "3x shaft order high";
            case "order_half_high" -> "half shaft order high";
            case "order_many_high" -> "many shaft orders high";
            case "bearing_outer_lines" -> "bearing outer race lines";
            case "bearing_inner_lines" -> "bearing inner race lines";
            case "bearing_ball_lines" -> "bearing ball lines";
            case "bearing_cage_lines" -> "bearing cage lines";
            case "bearing_lines_unclear" -> "bearing lines unclear";
            case "gear_mesh_lines" -> "gear mesh lines";
            case "gear_sidebands" -> "sidebands of the gear mesh";
            case "sensor_out_of_range" -> "sensor out of range";
            case "sensor_bad_quality" -> "sensor quality bad";
            case "sensor_clipping" -> "sensor at the end of its range";
            case "sensor_rate" -> "sensor changes too fast";
            case "sensor_clock" -> "sensor clock wrong";
            default -> symptom.replace('_', ' ').toLowerCase(Locale.ROOT);
        };
    }

    /** The word nearest in spelling, at most three letters away; null where none is. */
    public static @Nullable String nearest(String word, Collection<String> known) {
        String best = null;
        int least = 4;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < least || (distance == least && best != null && candidate.compareTo(best) < 0)) {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /** Levenshtein's distance. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
