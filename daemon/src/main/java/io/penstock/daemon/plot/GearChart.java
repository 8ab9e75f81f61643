package io.penstock.daemon.plot;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import io.penstock.daemon.window.GearSpectrum;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A spectrum around a gear's mesh frequency with the harmonics of the mesh and the sidebands of one of its wheels.
 *
 * @param text what the diagram shows, a line each: the scores, every line with its place and level
 */
public record GearChart(Chart chart, List<String> text) {
    public GearChart {
        text = List.copyOf(text);
    }

    /**
     * @param subject whose waveform it is, for the title
     * @param location {@code gear}, {@code gear/pinion} or {@code gear/wheel} as a finding names it; null for the first gear
     */
    public static GearChart of(String subject, Asset asset, GearSpectrum spectrum, @Nullable String location) {
        GearScore named = spectrum.gears().stream()
                .filter(score -> WaveformFeature.gearLocation(score).equals(location))
                .findFirst()
                .orElse(spectrum.gears().getFirst());
        List<GearScore> own = spectrum.gears().stream()
                .filter(score -> score.gear().equals(named.gear()))
                .toList();
        // a mesh is drawn with the sidebands of its clearer wheel
        GearScore shown = named.part() != GearScore.Part.MESH
                ? named
                : own.stream()
                        .filter(score -> score.part() != GearScore.Part.MESH && !Double.isNaN(score.db()))
                        .max(Comparator.comparingDouble(GearScore::db))
                        .orElse(named);
        Gear gear = asset.gears().stream()
                .filter(candidate -> candidate.id().equals(shown.gear()))
                .findFirst()
                .orElseThrow();
        List<GearSpectrum.Line> lines = spectrum.lines(gear, shown.part());
        double last = 1.1 * lines.getLast().hertz();
        // the shaft's own lines below would make those of the teeth invisible
        double first = 0.6 * own.getFirst().measuredHz();
        int from = (int) Math.ceil(first / spectrum.hertzPerBin());
        double[] all = spectrum.amplitudes();
        double[] drawn = Arrays.copyOfRange(all, from, Math.min(all.length, (int) (last / spectrum.hertzPerBin()) + 1));
        double[] sorted = drawn.clone();
        Arrays.sort(sorted);
        double floor = Math.max(sorted[sorted.length / 2], Double.MIN_NORMAL);
        List<Point> points = new ArrayList<>();
        for (int k = 0; k < drawn.length; k++) {
            double db = 20 * Math.log10(Math.max(drawn[k], floor) / floor);
            points.add(new Point((from + k) * spectrum.hertzPerBin(), 0, db));
        }
        List<Mark> marks = new ArrayList<>();
        List<String> text = new ArrayList<>();
        for (GearScore score : own) {
            text.add(text(score));
        }
        for (GearSpectrum.Line line : lines) {
            boolean harmonic = line.name().matches("GMF \\d+x");
            marks.add(new Mark(line.hertz(), format("%s %.1f Hz", line.name(), line.hertz()), harmonic));
            text.add(format("  %-12s %9.2f Hz  %5.1f dB", line.name(), line.hertz(), line.db()));
        }
        String title = "Spectrum, " + SafeName.forPeople(subject) + ": gear mesh of "
                + SafeName.forPeople(shown.gear())
                + format(", %.1f dB", own.getFirst().db())
                + (shown.part() == GearScore.Part.MESH
                        ? ""
                        : format(
                                "; sidebands of the %s, %.1f dB",
                                shown.part().name().toLowerCase(Locale.ROOT), shown.db()));
        return new GearChart(
                new Chart(
                        title,
                        "Hz (acceleration, over its median in this stretch)",
                        "dB",
                        true,
                        points,
                        List.of(),
                        marks),
                text);
    }

    private static String text(GearScore score) {
        String what = switch (score.part()) {
            case MESH -> "gear mesh (GMF)";
            case PINION -> "pinion (fp)";
            case WHEEL -> "wheel (fw)";
        };
        String level = Double.isNaN(score.db())
                ? "turns too slowly for its sidebands to be told apart in this waveform"
                : format("%.1f dB", score.db())
                        + (score.part() == GearScore.Part.MESH
                                ? ""
                                : format(", sidebands %.2f times the mesh line", score.sidebandRatio()));
        return format(
                "%s of %s: %s; expected at %.2f Hz, found at %.2f Hz",
                what, SafeName.forPeople(score.gear()), level, score.expectedHz(), score.measuredHz());
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
