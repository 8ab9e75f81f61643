package io.penstock.daemon.window;

import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import java.util.List;

/** The spectrum that detection judged gears by, to be looked at: the amplitude of each bin, and the lines looked for in it. */
public final class GearSpectrum {
    private final Spectrum spectrum;
    private final VibrationFeatures features;
    private final GearLines lines;

    /**
     * A line of a gear.
     *
     * @param name as the field says it: {@code GMF 1x}, {@code GMF 2x+fp} (a pinion's turn above), {@code GMF 1x-fw}
     * @param db its level over its surroundings, as it counted
     */
    public record Line(String name, double hertz, double db) {}

    /** Takes the spectrum over: its owner loads no other waveform into it. */
    GearSpectrum(Spectrum spectrum, VibrationFeatures features) {
        this.spectrum = spectrum;
        this.features = features;
        this.lines = new GearLines(spectrum, features.shaftHz(), new double[128]);
    }

    public double shaftHz() {
        return features.shaftHz();
    }

    public double hertzPerBin() {
        return spectrum.hertzPerBin();
    }

    /** The scores of every gear of the channel, as {@link VibrationFeatures#gears} has them. */
    public List<GearScore> gears() {
        return features.gears();
    }

    /** RMS of a line in each bin, in the channel's unit. */
    public double[] amplitudes() {
        double[] amplitudes = new double[spectrum.size()];
        for (int k = 1; k < amplitudes.length; k++) {
            amplitudes[k] = spectrum.lineRms(k);
        }
        return amplitudes;
    }

    /** The lines of a gear where they were looked for, in order of frequency. */
    public List<Line> lines(Gear gear, GearScore.Part part) {
        double meshHz = features.gears().stream()
                .filter(score -> score.gear().equals(gear.id()) && score.part() == GearScore.Part.MESH)
                .mapToDouble(GearScore::measuredHz)
                .findFirst()
                .orElseThrow();
        return lines.lines(gear, meshHz, part).stream()
                .map(line -> new Line(line.name(), line.hertz(), line.db()))
                .toList();
    }
}
