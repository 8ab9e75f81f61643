package io.penstock.daemon.plot;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import io.penstock.daemon.window.EnvelopeSpectrum;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An envelope spectrum with the lines of one bearing element, and faintly the first line of every other element of that bearing.
 *
 * @param text what the diagram shows, a line each: the score, every line with its place and level, the other elements
 */
public record EnvelopeChart(Chart chart, List<String> text) {
    public EnvelopeChart {
        text = List.copyOf(text);
    }

    /**
     * @param subject whose waveform it is, for the title
     * @param bearing id of the bearing to show, null for the best score's
     * @param fault the element to show, as {@code bearing_outer_race}; null for the bearing's best
     */
    public static EnvelopeChart of(
            String subject, Asset asset, EnvelopeSpectrum spectrum, @Nullable String bearing, @Nullable String fault) {
        ElementScore shown = spectrum.elements().stream()
                .filter(score -> bearing == null || score.bearing().equals(bearing))
                .filter(score -> fault == null || score.fault().equals(fault))
                .findFirst()
                .orElse(spectrum.elements().getFirst());
        Bearing geometry = bearing(asset, shown.bearing());
        boolean evened = spectrum.isEvened(geometry, shown);
        double[] levels = spectrum.levels(evened);
        List<Point> points = new ArrayList<>(levels.length);
        for (int k = 0; k < levels.length; k++) {
            points.add(new Point(k * spectrum.hertzPerBin(), 0, Math.max(0, levels[k])));
        }
        List<Mark> marks = new ArrayList<>();
        List<String> text = new ArrayList<>();
        text.add(text(
                "%s at bearing %s: %.1f dB; first line expected at %.2f Hz, found at %.2f Hz; shaft %.3f Hz (%.1f /min)",
                name(shown.fault()),
                SafeName.forPeople(shown.bearing()),
                shown.db(),
                shown.expectedHz(),
                shown.measuredHz(),
                spectrum.shaftHz(),
                60 * spectrum.shaftHz()));
        for (EnvelopeSpectrum.Line line : spectrum.lines(geometry, shown)) {
            marks.add(new Mark(line.hertz(), text("%s %.1f Hz", line.name(), line.hertz()), true));
            text.add(text("  %-12s %9.2f Hz  %5.1f dB", line.name(), line.hertz(), line.db()));
        }
        for (ElementScore other : spectrum.elements()) {
            if (other != shown && other.bearing().equals(shown.bearing())) {
                EnvelopeSpectrum.Line first = first(spectrum.lines(geometry, other), other);
                marks.add(new Mark(first.hertz(), text("%s %.1f Hz", first.name(), first.hertz()), false));
                text.add(text(
                        "  beside it: %s, %.1f dB, %s at %.2f Hz",
                        name(other.fault()), other.db(), first.name(), first.hertz()));
            }
        }
        marks.sort(Comparator.comparingDouble(Mark::x));
        boolean loud = shown.db() >= VibrationSettings.DEFAULTS.speakDb();
        if (!loud) {
            text.add(text(
                    "  element not identified: detection names one from %.0f dB on",
                    VibrationSettings.DEFAULTS.speakDb()));
        }
        String title =
                "Envelope spectrum, " + SafeName.forPeople(subject) + (loud ? ": " : ", not identified; clearest: ")
                        + name(shown.fault()) + " of bearing " + SafeName.forPeople(shown.bearing())
                        + text(", %.1f dB", shown.db());
        String whitening = evened ? "evened band" : "cepstrum pre-whitened and evened band, mean";
        return new EnvelopeChart(
                new Chart(title, "Hz (" + whitening + ")", "dB", true, points, List.of(), marks), text);
    }

    private static EnvelopeSpectrum.Line first(List<EnvelopeSpectrum.Line> lines, ElementScore score) {
        return lines.stream()
                .min(Comparator.comparingDouble(line -> Math.abs(line.hertz() - score.measuredHz())))
                .orElseThrow();
    }

    private static Bearing bearing(Asset asset, String id) {
        return asset.bearings().stream()
                .filter(bearing -> bearing.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String name(String fault) {
        return switch (fault) {
            case "bearing_outer_race" -> "outer ring (BPFO)";
            case "bearing_inner_race" -> "inner ring (BPFI)";
            case "bearing_ball" -> "ball (BSF)";
            default -> "cage (FTF)";
        };
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
