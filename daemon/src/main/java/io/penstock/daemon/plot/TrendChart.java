package io.penstock.daemon.plot;

import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.plot.Chart.Kind;
import io.penstock.daemon.plot.Chart.Level;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What a case's evidence rests on, over time: one channel, or one feature of its waveforms, with the limits and healthy values the
 * evidence names.
 *
 * @param channel of the case's asset
 * @param feature of a waveform; null for a scalar channel's own value
 * @param unit of the values
 */
public record TrendChart(
        Channel channel, @org.jspecify.annotations.Nullable WaveformFeature feature, String unit) {
    /** One value, or the range of several, at a source time. */
    public record Seen(long timeMicros, double least, double most) {}

    /** The trends behind a case's evidence, in the order of its lines, each once. */
    public static List<TrendChart> of(CaseRecord record, io.penstock.daemon.asset.Asset asset) {
        List<TrendChart> trends = new ArrayList<>();
        for (EvidenceLine line : record.evidence()) {
            Channel channel = line.channel() == null ? null : asset.channel(line.channel());
            if (channel == null) {
                continue;
            }
            WaveformFeature feature = channel.isWaveform() ? WaveformFeature.of(line, channel) : null;
            if (channel.isWaveform() && feature == null) {
                continue;
            }
            TrendChart trend = new TrendChart(channel, feature, feature == null ? channel.unit() : feature.unit());
            if (!trends.contains(trend)) {
                trends.add(trend);
            }
        }
        return trends;
    }

    /** What is drawn, on the terminal as in the picture. */
    public String name() {
        return SafeName.forPeople(channel.id()) + (feature == null ? "" : ", " + feature.name());
    }

    /** The diagram: seconds, minutes or hours from the case's opening. */
    public Chart chart(CaseRecord record, List<Seen> seen) {
        long opened = record.openedMicros();
        long farthest = 0;
        for (Seen point : seen) {
            farthest = Math.max(farthest, Math.abs(point.timeMicros() - opened));
        }
        double step = farthest > 7_200e6 ? 3_600e6 : farthest > 300e6 ? 60e6 : 1e6;
        String stepName = step > 60e6 ? "h" : step > 1e6 ? "min" : "s";
        List<Point> points = new ArrayList<>(seen.size());
        for (Seen point : seen) {
            points.add(new Point((point.timeMicros() - opened) / step, point.least(), point.most()));
        }
        List<Level> levels = new ArrayList<>();
        List<Mark> marks = new ArrayList<>();
        marks.add(new Mark(0, "case opened", true));
        for (EvidenceLine line : record.evidence()) {
            if (channel.id().equals(line.channel()) && line.unit().equals(unit) && isBehind(line)) {
                add(levels, Kind.LIMIT, line.limit(), "limit ", " (" + clean(line.limitSource()) + ")");
                add(levels, Kind.BASELINE, line.baseline(), "healthy ", "");
                double at = (line.firstMicros() - opened) / step;
                if (line.firstMicros() != opened) {
                    marks.add(new Mark(at, "line " + line.number(), false));
                }
            }
        }
        marks.sort(java.util.Comparator.comparingDouble(Mark::x));
        String title = "Trend, " + SafeName.forPeople(record.asset()) + "/" + name();
        String axis = stepName + " from "
                + Instant.EPOCH.plus(opened, ChronoUnit.MICROS).truncatedTo(ChronoUnit.MILLIS);
        return new Chart(title, axis, clean(EvidenceText.unit(unit)), false, points, levels, marks);
    }

    private boolean isBehind(EvidenceLine line) {
        return feature == null || feature.equals(WaveformFeature.of(line, channel));
    }

    private void add(List<Level> levels, Kind kind, double value, String before, String after) {
        boolean known = levels.stream().anyMatch(level -> level.kind() == kind && level.y() == value);
        if (Double.isFinite(value) && !known) {
            levels.add(new Level(kind, value, before + clean(EvidenceText.quantity(value, unit)) + after));
        }
    }

    /** Units and sources come from asset files: one bounded line. */
    private static String clean(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints().limit(100).forEach(c -> kept.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return kept.toString();
    }
}
