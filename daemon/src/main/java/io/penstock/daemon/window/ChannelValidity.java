package io.penstock.daemon.window;

import io.penstock.daemon.asset.Channel;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The one rule of which readings of a scalar channel may be believed. Pure and strictly causal: a jump is withheld for one
 * reading, and believed when the next one confirms it.
 */
public final class ChannelValidity {
    /** What to think of a reading. Only a valid one may enter features. */
    public enum Verdict {
        VALID,
        /** Not newer than the one before (a duplicate, or too late), or of a time no clock of a plant shows. */
        LATE,
        /** Marked bad or uncertain by the source, or no number. */
        BAD_QUALITY,
        /** Beyond what the sensor can truly give. */
        OUT_OF_RANGE,
        /** Pinned at the end of what the sensor can give: the true value may lie beyond. */
        CLIPPED,
        /** Changed faster than the quantity can since the reading before. */
        RATE,
        /** Repeats bit for bit for too long. */
        STUCK,
        /** Far off its neighbours; withheld until the next reading shows whether it was a spike. */
        SPIKE
    }

    /** No quantity of a plant has a number this large in any sensible unit; squares of it still fit a double. */
    private static final double LARGEST = 1e15;

    private static final int RING = 128;
    /** From so many readings on their median and spread are worth holding a reading against. */
    private static final int LEAST = 31;
    /** Median and spread are taken anew after so many readings: one sort for each, not one a reading. */
    private static final int ANEW = 32;

    private static final int STUCK_LEAST = 3;
    /** So many readings on end at the end of the range are no chance. */
    private static final int PINNED_LEAST = 3;
    /** So many late readings on end mean that the clock was set back, not that they are late. */
    private static final int CLOCK_SET_BACK = 20;

    /** The year 2200: sums with any duration of the settings still fit a long. */
    private static final long LATEST_MICROS = 7_258_118_400_000_000L;

    private static final double MAD_TO_SIGMA = 1.4826;
    /** So many times farther off than a spike that is only withheld. */
    public static final double GRAVE = 1.5;

    private final Channel channel;
    private final ValiditySettings settings;
    private final double[] ring = new double[RING];
    private final double[] scratch = new double[RING];
    private int filled;
    private int next;
    private int sinceTaken;
    private double median = Double.NaN;
    private double spread = Double.NaN;
    private long lastMicros = Long.MIN_VALUE;
    private int late;
    private double lastValue = Double.NaN;
    private long sameSinceMicros;
    private int same;
    private double suspect = Double.NaN;
    private double returnedFrom = Double.NaN;
    private int pinned;
    private long rateMicros = Long.MIN_VALUE;
    private double rateValue = Double.NaN;
    private double rate = Double.NaN;

    public ChannelValidity(Channel channel, ValiditySettings settings) {
        this.channel = channel;
        this.settings = settings;
    }

    /** The gateway's clock was set: what was known by receive times moves with it. */
    public void clockSet(ClockSet set) {
        lastMicros = set.moved(lastMicros);
        sameSinceMicros = set.moved(sameSinceMicros);
        rateMicros = set.moved(rateMicros);
    }

    public Verdict judge(long timeMicros, double value, Quality quality) {
        returnedFrom = Double.NaN;
        rate = Double.NaN;
        if (!isPlausible(timeMicros)) {
            return Verdict.LATE;
        }
        if (timeMicros == lastMicros) {
            return Verdict.LATE;
        }
        if (timeMicros < lastMicros) {
            late++;
            if (late < CLOCK_SET_BACK) {
                return Verdict.LATE;
            }
            same = 0;
        }
        late = 0;
        lastMicros = timeMicros;
        boolean tooFast = isTooFast(timeMicros, value, quality);
        if (quality == Quality.BAD || (quality == Quality.UNCERTAIN && !settings.trustUncertain())) {
            return Verdict.BAD_QUALITY;
        }
        if (Double.isNaN(value)) {
            return Verdict.BAD_QUALITY;
        }
        if (Math.abs(value) > LARGEST
                || value < channel.rangeLow().orElse(Double.NEGATIVE_INFINITY)
                || value > channel.rangeHigh().orElse(Double.POSITIVE_INFINITY)) {
            return Verdict.OUT_OF_RANGE;
        }
        pinned = isAtEnd(value) ? Math.min(pinned + 1, PINNED_LEAST) : 0;
        boolean stuck = isStuck(timeMicros, value);
        if (pinned >= PINNED_LEAST) {
            return Verdict.CLIPPED;
        }
        if (stuck) {
            return Verdict.STUCK;
        }
        if (tooFast) {
            return Verdict.RATE;
        }
        return jumped(value) ? Verdict.SPIKE : Verdict.VALID;
    }

    /** Whether a source time is after 1970 and before 2200. */
    static boolean isPlausible(long timeMicros) {
        return timeMicros > 0 && timeMicros < LATEST_MICROS;
    }

    /** Median of the good readings: what a spike was held against. */
    public double expected() {
        return median;
    }

    /** The value of a spike that the newest reading has shown to be one, and a grave one, else NaN. */
    public double spike() {
        return returnedFrom;
    }

    /** How fast the newest reading changed since the one before, in the channel's unit a second; NaN where that is unknown. */
    public double rate() {
        return rate;
    }

    /**
     * Held against the reading before, whatever that was worth, so that a new level is believed with its second reading.
     */
    private boolean isTooFast(long timeMicros, double value, Quality quality) {
        if (channel.maxRatePerS().isEmpty() || !Double.isFinite(value) || quality == Quality.BAD) {
            return false;
        }
        double step = value - rateValue;
        boolean known = rateMicros != Long.MIN_VALUE && timeMicros > rateMicros && !Double.isNaN(step);
        if (known) {
            rate = step / ((timeMicros - rateMicros) / 1e6);
        }
        rateMicros = timeMicros;
        rateValue = value;
        return known
                && Math.abs(rate) > channel.maxRatePerS().getAsDouble()
                && Math.abs(step) > 2 * channel.resolution();
    }

    /**
     * Whether the value stands at an end of the range. Zero, and 100 of a per cent channel, are no such end: a machine that stands
     * and a gate that is open are there truly.
     */
    private boolean isAtEnd(double value) {
        return isAt(value, channel.rangeLow()) || isAt(value, channel.rangeHigh());
    }

    private boolean isAt(double value, OptionalDouble bound) {
        if (bound.isEmpty()) {
            return false;
        }
        double end = bound.getAsDouble();
        boolean natural = end == 0 || (end == 100 && channel.unit().equals("%"));
        return !natural && Math.abs(value - end) <= channel.resolution() / 2;
    }

    /** Since when the value repeats, microseconds since the epoch. */
    public long sameSinceMicros() {
        return sameSinceMicros;
    }

    private boolean isStuck(long timeMicros, double value) {
        if (same > 0 && Double.doubleToLongBits(value) == Double.doubleToLongBits(lastValue)) {
            same = Math.min(same + 1, STUCK_LEAST);
        } else {
            same = 1;
            sameSinceMicros = timeMicros;
            lastValue = value;
        }
        return channel.stuckAfter().isPositive()
                && same >= STUCK_LEAST
                && timeMicros - sameSinceMicros >= channel.stuckAfter().toNanos() / 1000;
    }

    private boolean jumped(double value) {
        if (!isFarOff(value)) {
            returnedFrom = grave(suspect);
            suspect = Double.NaN;
            remember(value);
            return false;
        }
        if (!Double.isNaN(suspect)) {
            if (Math.abs(value - suspect) < Math.abs(suspect - median) / 2) {
                // twice on end at the same place: a new level, not a spike
                suspect = Double.NaN;
                forget();
                remember(value);
                return false;
            }
            returnedFrom = grave(suspect);
        }
        suspect = value;
        return true;
    }

    /** A reading that speaks against its sensor stands farther off than one that is only withheld: heavy tails are no broken wire. */
    private double grave(double value) {
        boolean far =
                Math.abs(value - median) > GRAVE * settings.spikeSpreads() * Math.max(spread, channel.resolution());
        return far ? value : Double.NaN;
    }

    /**
     * Whether a reading is an outlier of the last {@value #RING} good ones, held against their median and median absolute deviation
     * (the Hampel identifier): a few wild readings among them, or noise that grows, do not hide the next.
     */
    private boolean isFarOff(double value) {
        if (filled < LEAST || Double.isInfinite(settings.spikeSpreads())) {
            return false;
        }
        if (Double.isNaN(spread) || sinceTaken >= ANEW) {
            takeMedian();
        }
        // none where more than half the readings are equal: they tell nothing of the spread
        return spread > 0
                && Math.abs(value - median) > settings.spikeSpreads() * Math.max(spread, channel.resolution());
    }

    private void takeMedian() {
        System.arraycopy(ring, 0, scratch, 0, filled);
        Arrays.sort(scratch, 0, filled);
        median = scratch[filled / 2];
        for (int i = 0; i < filled; i++) {
            scratch[i] = Math.abs(ring[i] - median);
        }
        Arrays.sort(scratch, 0, filled);
        // a value that stood still for a while must not narrow the spread: it is taken of those that differ
        int equal = 0;
        while (equal < filled && scratch[equal] == 0) {
            equal++;
        }
        spread = equal > filled / 2 ? 0 : MAD_TO_SIGMA * scratch[equal + (filled - equal) / 2];
        sinceTaken = 0;
    }

    private void forget() {
        filled = 0;
        next = 0;
        median = Double.NaN;
        spread = Double.NaN;
    }

    private void remember(double value) {
        ring[next] = value;
        next = (next + 1) % RING;
        filled = Math.min(filled + 1, RING);
        sinceTaken++;
    }

    public void write(DataOutputStream out) throws IOException {
        Snapshot.doubles(out, ring);
        out.writeInt(filled);
        out.writeInt(next);
        out.writeInt(sinceTaken);
        out.writeDouble(median);
        out.writeDouble(spread);
        out.writeLong(lastMicros);
        out.writeInt(late);
        out.writeDouble(lastValue);
        out.writeLong(sameSinceMicros);
        out.writeInt(same);
        out.writeDouble(suspect);
        out.writeInt(pinned);
        out.writeLong(rateMicros);
        out.writeDouble(rateValue);
    }

    public void read(DataInputStream in) throws IOException {
        Snapshot.doubles(in, ring);
        filled = Math.clamp(in.readInt(), 0, RING);
        next = Math.floorMod(in.readInt(), RING);
        sinceTaken = in.readInt();
        median = in.readDouble();
        spread = in.readDouble();
        lastMicros = in.readLong();
        late = in.readInt();
        lastValue = in.readDouble();
        sameSinceMicros = in.readLong();
        same = in.readInt();
        suspect = in.readDouble();
        pinned = in.readInt();
        rateMicros = in.readLong();
        rateValue = in.readDouble();
    }
}
