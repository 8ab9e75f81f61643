package io.penstock.daemon.window;

import java.util.Optional;

/** Which waveforms hold a measurement at all: numbers, enough of them, not flat, not cut off at the converter's end. */
public final class WaveformValidity {
    private static final int SHORTEST = 256;
    /** No sensor gives more, in any unit. */
    private static final float LARGEST = 1e15f;
    /** Fewer samples at the extreme are chance. */
    private static final int FEWEST_CLIPPED = 8;
    /** And so many times as many at the extreme as at the value next to it: a sine's crest has at most 2.5 times. */
    private static final int PILE = 4;
    /** A signal of fewer levels than this is too coarse to tell. */
    private static final int FEWEST_LEVELS = 32;

    /** What to think of a waveform. Only a good one may enter features. */
    enum Verdict {
        GOOD,
        /** Too short, flat, or with samples that are no numbers. */
        UNUSABLE,
        /** Cut off: its samples pile up at its extreme value. */
        CLIPPED
    }

    private WaveformValidity() {}

    static Verdict judge(float[] samples) {
        if (samples.length < SHORTEST) {
            return Verdict.UNUSABLE;
        }
        float least = samples[0];
        float most = samples[0];
        int atLeast = 0;
        int atMost = 0;
        for (float sample : samples) {
            // squares and fourth powers of what passes still fit a double
            if (!(Math.abs(sample) < LARGEST)) {
                return Verdict.UNUSABLE;
            }
            if (sample <= least) {
                atLeast = sample < least ? 1 : atLeast + 1;
                least = sample;
            }
            if (sample >= most) {
                atMost = sample > most ? 1 : atMost + 1;
                most = sample;
            }
        }
        if (least == most) {
            return Verdict.UNUSABLE;
        }
        int pile = Math.max(FEWEST_CLIPPED, samples.length / 1000);
        boolean clipped = (atMost >= pile && isPile(samples, most, least, true))
                || (atLeast >= pile && isPile(samples, least, most, false));
        return clipped ? Verdict.CLIPPED : Verdict.GOOD;
    }

    /** Why a recording cannot be judged, in words; empty where it can. */
    public static Optional<String> trouble(String channel, float[] samples) {
        String head = "channel " + channel + ": ";
        if (samples.length < SHORTEST) {
            return Optional.of(
                    head + "a waveform of " + samples.length + " samples is too short, expected at least " + SHORTEST);
        }
        for (int i = 0; i < samples.length; i++) {
            if (!(Math.abs(samples[i]) < LARGEST)) {
                return Optional.of(head + "sample " + i + " is " + samples[i]
                        + ", expected a finite number that an accelerometer can give");
            }
        }
        return switch (judge(samples)) {
            case GOOD -> Optional.empty();
            case UNUSABLE -> Optional.of(head + "every sample is " + samples[0] + ": is the sensor connected?");
            case CLIPPED ->
                Optional.of(head + "cut off at " + extreme(samples)
                        + ", the end of its sensor's or converter's range: record it again with a wider one");
        };
    }

    /** The sample farthest from zero: where a clipped waveform was cut off. */
    static double extreme(float[] samples) {
        float extreme = 0;
        for (float sample : samples) {
            extreme = Math.abs(sample) > Math.abs(extreme) ? sample : extreme;
        }
        return extreme;
    }

    private static boolean isPile(float[] samples, float end, float other, boolean upper) {
        float next = other;
        int atEnd = 0;
        int atNext = 0;
        for (float sample : samples) {
            if (sample == end) {
                atEnd++;
            } else if (upper ? sample > next : sample < next) {
                next = sample;
                atNext = 1;
            } else if (sample == next) {
                atNext++;
            }
        }
        double levels = Math.abs((double) end - other) / Math.abs((double) end - next);
        return atEnd >= Math.max(FEWEST_CLIPPED, samples.length / 1000)
                && atEnd >= (long) PILE * atNext
                && levels >= FEWEST_LEVELS;
    }
}
