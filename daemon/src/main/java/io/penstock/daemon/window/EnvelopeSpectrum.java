package io.penstock.daemon.window;

import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import java.util.List;

/**
 * The envelope spectrum that detection judged, to be looked at: levels in dB over the local floor, bin {@code k} at
 * {@code k * hertzPerBin}, and the scores read from it.
 */
public final class EnvelopeSpectrum {
    private final double shaftHz;
    private final Envelope envelope;
    private final List<ElementScore> elements;
    private final int lines;

    /**
     * A line that an element's pattern looks for.
     *
     * @param name as the field says it: {@code BPFO 1x}, {@code BPFI 1x+fr}, {@code 2xBSF-FTF}
     * @param hertz where it was looked for, slip included
     * @param db its level over the floor, as it counted: 0 where it falls on a multiple of the shaft speed
     */
    public record Line(String name, double hertz, double db) {}

    /** Takes the envelope over: its owner loads no other waveform into it. */
    EnvelopeSpectrum(double shaftHz, Envelope envelope, List<ElementScore> elements) {
        this.shaftHz = shaftHz;
        this.envelope = envelope;
        this.elements = List.copyOf(elements);
        this.lines = envelope.lines();
    }

    /** Shaft speed, refined from the spectrum where possible, revolutions per second. */
    public double shaftHz() {
        return shaftHz;
    }

    public double hertzPerBin() {
        return envelope.hertzPerBin();
    }

    /** The scores of every element, best first, as {@link VibrationFeatures#elements} has them. */
    public List<ElementScore> elements() {
        return elements;
    }

    /** Whether the element spoke in the second whitening alone rather than in the mean of both. */
    public boolean isEvened(Bearing bearing, ElementScore score) {
        return ElementLines.way(bearing, score, envelope, shaftHz) == Envelope.Way.EVENED;
    }

    /**
     * Levels of the bins, dB over the local floor; 0 below the second bin.
     *
     * @param evened those of the second whitening alone, else the mean of both
     */
    public double[] levels(boolean evened) {
        double[] levels = new double[lines];
        for (int k = 2; k < lines; k++) {
            levels[k] = envelope.level(k, evened ? Envelope.Way.EVENED : Envelope.Way.BOTH);
        }
        return levels;
    }

    /** The lines of an element's pattern where they were looked for, in order of frequency. */
    public List<Line> lines(Bearing bearing, ElementScore score) {
        return ElementLines.lines(bearing, score, envelope, shaftHz);
    }
}
