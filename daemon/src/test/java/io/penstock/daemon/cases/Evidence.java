package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.Finding.Tier;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Findings and evidence lines for tests, at 22 Nov 2026 10:15:30.123 UTC where no time is given. */
public final class Evidence {
    public static final long T0 = 1_795_342_530_123_000L;
    public static final long SECOND = 1_000_000L;

    private Evidence() {}

    /** A vibration line for vibration symptoms, a limit line for others; strength 0.8. */
    public static List<EvidenceLine> lines(String... symptoms) {
        List<EvidenceLine> lines = new ArrayList<>();
        for (String symptom : symptoms) {
            lines.add(line(lines.size() + 1, symptom, channelOf(symptom), 0.8, true));
        }
        return lines;
    }

    public static EvidenceLine line(int number, String symptom, String channel, double strength, boolean active) {
        Finding f = finding("unit-1", channel, symptom, T0, Severity.WARNING, strength);
        return new EvidenceLine(
                number,
                f.channel(),
                f.tier(),
                f.symptom(),
                f.location(),
                active,
                T0,
                T0,
                f.value(),
                f.unit(),
                f.limit(),
                f.limitSource(),
                f.baseline(),
                f.severity(),
                f.strength(),
                f.share(),
                f.quality(),
                f.position());
    }

    public static Finding finding(
            String asset, @Nullable String channel, String symptom, long time, Severity severity, double strength) {
        boolean celsius = symptom.contains("temperature");
        boolean bearing = symptom.startsWith("bearing_") && symptom.endsWith("_lines");
        return new Finding(
                asset,
                channel,
                tierOf(symptom),
                symptom,
                bearing ? "DE" : null,
                true,
                time,
                celsius ? 81.37 : 8.31,
                celsius ? "Cel" : bearing ? "dB" : "mm/s",
                celsius ? 75 : 4.5,
                "ISO 20816-5 zone C",
                celsius ? 55.2 : 2.04,
                severity,
                strength,
                1,
                Quality.GOOD,
                4711);
    }

    public static Finding with(Finding f, Tier tier, boolean active, double share) {
        return new Finding(
                f.asset(),
                f.channel(),
                tier,
                f.symptom(),
                f.location(),
                active,
                f.timeMicros(),
                f.value(),
                f.unit(),
                f.limit(),
                f.limitSource(),
                f.baseline(),
                f.severity(),
                f.strength(),
                share,
                f.quality(),
                f.position());
    }

    public static Finding at(Finding f, long time, boolean active) {
        return new Finding(
                f.asset(),
                f.channel(),
                f.tier(),
                f.symptom(),
                f.location(),
                active,
                time,
                f.value(),
                f.unit(),
                f.limit(),
                f.limitSource(),
                f.baseline(),
                f.severity(),
                f.strength(),
                f.share(),
                f.quality(),
                f.position());
    }

    /** A case of these lines as the matrix ranks them. */
    public static CaseRecord record(SymptomMatrix matrix, List<EvidenceLine> lines) {
        return new CaseRecord(
                "unit-1-20261122T101530.123Z",
                "unit-1",
                1,
                T0,
                T0,
                0,
                Severity.WARNING,
                lines,
                matrix.rank(lines),
                "unit-1/vibration_de");
    }

    private static Tier tierOf(String symptom) {
        if (SymptomWords.ofSensor(symptom)) {
            return Tier.VALIDITY;
        }
        return switch (symptom) {
            case "state_shift" -> Tier.STATE;
            case "onset" -> Tier.ONSET;
            default -> channelOf(symptom).startsWith("vibration") ? Tier.VIBRATION : Tier.LIMIT;
        };
    }

    static String channelOf(String symptom) {
        return switch (symptom.replaceAll("_(high|low)$", "")) {
            case "bearing_temperature" -> "bearing_temp_c";
            case "oil_temperature" -> "oil_temp_c";
            case "head" -> "head_m";
            case "flow" -> "flow_m3_s";
            case "current" -> "generator_current_a";
            case "power" -> "active_power_kw";
            case "gate_opening" -> "gate_opening_pct";
            case "speed" -> "speed_rpm";
            case "pressure", "pressure_pulsation", "winding_temperature", "voltage", "oil_level", "level" ->
                symptom + "_tag";
            default -> SymptomWords.ofSensor(symptom) ? "bearing_temp_c" : "vibration_de";
        };
    }
}
