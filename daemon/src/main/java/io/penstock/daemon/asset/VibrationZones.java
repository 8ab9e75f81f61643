package io.penstock.daemon.asset;

import java.time.Duration;
import java.util.List;

/**
 * Zones of vibration severity (ISO 20816-1): A and B are for unlimited operation, C for a limited time, D does damage.
 *
 * @param name as in an asset file, {@code iso20816-3/group2/rigid}
 * @param title the table in words, shown with every line of evidence that rests on it
 * @param zoneB where zone B begins, mm/s RMS from 10 to 1000 Hz; NaN where nothing is asked
 * @param zoneC where zone C begins
 * @param zoneD where zone D begins
 * @param caveat what a reader must know: where the numbers were copied from, which machines it is not for
 */
public record VibrationZones(String name, String title, double zoneB, double zoneC, double zoneD, String caveat) {
    /** No table: only the channel's own limits and its healthy baseline speak. */
    public static final VibrationZones NONE =
            new VibrationZones("none", "no table", Double.NaN, Double.NaN, Double.NaN, "");

    /** What a machine is held against whose asset file names no table: the nearest published fit for a small one. */
    public static final VibrationZones USUAL = new VibrationZones(
            "iso20816-3/group2/rigid",
            "ISO 20816-3 group 2, 15 to 300 kW on a rigid base",
            1.4,
            2.8,
            4.5,
            "copied from a secondary source; check it against the standard");

    public VibrationZones {
        if (!name.equals("none") && !(zoneB > 0 && zoneB < zoneC && zoneC < zoneD && zoneD < 1_000)) {
            throw new IllegalArgumentException("zones of " + name + ": " + zoneB + ", " + zoneC + ", " + zoneD
                    + " mm/s, expected rising numbers above 0");
        }
    }

    public boolean isNone() {
        return name.equals("none");
    }

    /** Limits of {@code velocity_rms}, highest first: zone D is an alarm, zone C a warning. */
    public List<Limit> limits() {
        return isNone() ? List.of() : List.of(limit(zoneD, Severity.ALARM, "D"), limit(zoneC, Severity.WARNING, "C"));
    }

    private Limit limit(double value, Severity severity, String zone) {
        Duration none = Duration.ZERO;
        String source = title + ", zone " + zone;
        return new Limit("velocity_rms", true, value, 0.1 * value, none, none, severity, source);
    }

    /** The zone a velocity lies in; empty without a table. */
    public String zoneOf(double mmPerSecond) {
        if (isNone() || Double.isNaN(mmPerSecond)) {
            return "";
        }
        return mmPerSecond > zoneD ? "D" : mmPerSecond > zoneC ? "C" : mmPerSecond > zoneB ? "B" : "A";
    }
}
