package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cli.PlotCommand.Drawn;
import io.penstock.daemon.plot.EnvelopeChart;
import io.penstock.daemon.plot.GearChart;
import io.penstock.daemon.plot.TrendChart;
import io.penstock.daemon.plot.TrendChart.Seen;
import io.penstock.daemon.plot.WaveformFeature;
import io.penstock.daemon.store.StoredReadings;
import io.penstock.daemon.store.StoredReadings.Waveform;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.WindowSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A case's diagrams from the readings that are still there, analysed as they were when they came. */
final class CasePlot {
    private static final int MOST_TRENDS = 8;
    private static final int RANGES = 1_000;
    /** Each is analysed anew: a second of work or so. */
    private static final int WAVEFORMS = 300;

    private final CaseRecord record;
    private final Asset asset;
    private final VibrationAnalysis analysis;
    private final long from;
    private final long to;
    private final Map<Long, Optional<VibrationFeatures>> analysed = new HashMap<>();

    CasePlot(CaseRecord record, Asset asset, VibrationAnalysis analysis, Duration around) {
        this.record = record;
        this.asset = asset;
        this.analysis = analysis;
        long micros = around.toMillis() * 1_000;
        from = record.openedMicros() - micros;
        to = Math.max(record.updatedMicros(), record.closedMicros()) + micros;
    }

    /** Trends first, in the order of the evidence, then the spectra of the bearings it names. */
    List<Drawn> draw(Connection c) throws SQLException {
        List<Drawn> drawn = new ArrayList<>();
        List<TrendChart> trends = TrendChart.of(record, asset);
        for (TrendChart trend : trends.subList(0, Math.min(MOST_TRENDS, trends.size()))) {
            List<Seen> seen = seen(c, trend);
            if (!seen.isEmpty()) {
                drawn.add(new Drawn(trend.chart(record, seen), List.of()));
            }
        }
        Set<String> shown = new HashSet<>();
        for (EvidenceLine line : record.evidence()) {
            String fault = WaveformFeature.fault(line.symptom());
            Channel channel = line.channel() == null ? null : asset.channel(line.channel());
            boolean bearing = fault != null || line.symptom().equals("bearing_lines_unclear");
            if (bearing && channel != null && shown.add(channel.id() + "\n" + line.location() + "\n" + fault)) {
                spectrum(c, line, channel, (at, samples) -> bearing(at, samples, line, channel, fault))
                        .ifPresent(drawn::add);
            }
            boolean gear = line.symptom().startsWith("gear_");
            if (gear && channel != null && shown.add(channel.id() + "\n" + line.location())) {
                spectrum(c, line, channel, (at, samples) -> gear(at, samples, line, channel))
                        .ifPresent(drawn::add);
            }
        }
        if (trends.size() > MOST_TRENDS && !drawn.isEmpty()) {
            Drawn last = drawn.removeLast();
            List<String> text = new ArrayList<>(last.text());
            text.add("Not drawn: "
                    + String.join(
                            "; ",
                            trends.subList(MOST_TRENDS, trends.size()).stream()
                                    .map(TrendChart::name)
                                    .toList()));
            drawn.add(new Drawn(last.chart(), text));
        }
        return drawn;
    }

    private List<Seen> seen(Connection c, TrendChart trend) throws SQLException {
        List<Seen> seen = new ArrayList<>();
        WaveformFeature feature = trend.feature();
        String channel = trend.channel().id();
        if (feature == null) {
            for (StoredReadings.Range range : StoredReadings.scalars(c, record.asset(), channel, from, to, RANGES)) {
                seen.add(new Seen(range.timeMicros(), range.least(), range.most()));
            }
            return seen;
        }
        OptionalInt blades = asset.blades();
        for (long position : StoredReadings.waveforms(c, record.asset(), channel, from, to, WAVEFORMS)) {
            Optional<Waveform> waveform = StoredReadings.waveform(c, position);
            if (waveform.isPresent()) {
                double value = features(c, trend.channel(), waveform.get())
                        .map(features -> feature.in(features, blades))
                        .orElse(Double.NaN);
                seen.add(new Seen(waveform.get().timeMicros(), value, value));
            }
        }
        return seen;
    }

    private Optional<VibrationFeatures> features(Connection c, Channel channel, Waveform waveform) throws SQLException {
        Optional<VibrationFeatures> known = analysed.get(waveform.position());
        if (known != null) {
            return known;
        }
        Optional<VibrationFeatures> features = Optional.empty();
        double shaftHz = shaftHz(c, waveform);
        try {
            features = Optional.of(analysis.analyse(asset, channel, waveform.samples(), waveform.rateHz(), shaftHz));
        } catch (IllegalArgumentException unusable) {
            // what detection passed over (too short, not finite) is a gap in the curve
        }
        analysed.put(waveform.position(), features);
        return features;
    }

    /**
     * A line's number worked out anew from the stored waveform it rests on; empty where that was purged, and where the line's number
     * is none of one waveform alone.
     */
    OptionalDouble again(Connection c, EvidenceLine line) throws SQLException {
        Channel channel = line.channel() == null ? null : asset.channel(line.channel());
        WaveformFeature feature = channel == null || !channel.isWaveform() ? null : WaveformFeature.of(line, channel);
        Optional<Waveform> waveform = StoredReadings.waveform(c, line.position());
        if (channel == null
                || feature == null
                || waveform.isEmpty()
                || !feature.unit().equals(line.unit())) {
            return OptionalDouble.empty();
        }
        Optional<VibrationFeatures> features = features(c, channel, waveform.get());
        return features.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(feature.in(features.get(), asset.blades()));
    }

    /** The speed that was known when the waveform was journalled; NaN where none was. */
    private double shaftHz(Connection c, Waveform waveform) throws SQLException {
        long stale = WindowSettings.standard().staleAfter().toMillis() * 1_000;
        for (Channel channel : asset.channels()) {
            if (channel.quantity().equals("speed") && !channel.isWaveform()) {
                double rpm = StoredReadings.before(
                        c, record.asset(), channel.id(), waveform.position(), waveform.timeMicros() - stale);
                if (!Double.isNaN(rpm)) {
                    return rpm / 60;
                }
            }
        }
        return Double.NaN;
    }

    /** Makes a spectrum's diagram of a waveform and the speed at its time. */
    @FunctionalInterface
    private interface Drawing {
        Optional<Drawn> of(double shaftHz, Waveform waveform);
    }

    private Optional<Drawn> bearing(
            double shaftHz, Waveform found, EvidenceLine line, Channel channel, @Nullable String fault) {
        return analysis.envelope(asset, channel, found.samples(), found.rateHz(), shaftHz)
                .map(s -> EnvelopeChart.of(record.asset() + "/" + channel.id(), asset, s, line.location(), fault))
                .map(chart -> new Drawn(chart.chart(), chart.text()));
    }

    private Optional<Drawn> gear(double shaftHz, Waveform found, EvidenceLine line, Channel channel) {
        return analysis.gearSpectrum(asset, channel, found.samples(), found.rateHz(), shaftHz)
                .map(s -> GearChart.of(record.asset() + "/" + channel.id(), asset, s, line.location()))
                .map(chart -> new Drawn(chart.chart(), chart.text()));
    }

    private Optional<Drawn> spectrum(Connection c, EvidenceLine line, Channel channel, Drawing drawing)
            throws SQLException {
        Optional<Waveform> waveform = StoredReadings.waveform(c, line.position());
        String which =
                "Waveform of journal position " + line.position() + ", the one line " + line.number() + " rests on.";
        if (waveform.isEmpty()) {
            List<Long> left = StoredReadings.waveforms(c, record.asset(), channel.id(), from, to, WAVEFORMS);
            if (left.isEmpty()) {
                return Optional.empty();
            }
            waveform = StoredReadings.waveform(c, left.getLast());
            which = "The waveform line " + line.number()
                    + " rests on was purged; this is the newest one left, position " + left.getLast() + ".";
        }
        if (waveform.isEmpty()) {
            return Optional.empty();
        }
        Waveform found = waveform.get();
        String note = which;
        try {
            return drawing.of(shaftHz(c, found), found).map(drawn -> {
                List<String> text = new ArrayList<>(drawn.text());
                text.add(note);
                return new Drawn(drawn.chart(), text);
            });
        } catch (IllegalArgumentException unusable) {
            return Optional.empty();
        }
    }
}
