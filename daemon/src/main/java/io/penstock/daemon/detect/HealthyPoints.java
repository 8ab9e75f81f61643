package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is healthy at each operating point of a machine, for a detector that learns it from state vectors: learned from the first
 * vectors there, frozen, followed where a channel wandered while healthy, saved.
 *
 * @param <B> what is learned at a point
 */
final class HealthyPoints<B extends HealthyPoints.Baseline> {
    /** A baseline of fewer vectors knows neither spread nor covariance. */
    private static final int LEAST_VECTORS = 60;
    /** The air of a day changes a temperature by no more an hour, in kelvins; faults that heat anything are faster, or its limit's. */
    private static final double AIR_AN_HOUR = 2;

    private static final double MICROS_AN_HOUR = 3.6e9;
    /** Longer than that nobody knows what the air did. */
    private static final double MOST_HOURS = 2;
    /** Share of what a temperature may still follow that is forgotten in a vector: the air has had its time. */
    private static final double AIR_FADES = 0.05;

    /** What was learned at one operating point. The arrays are channel by channel and belong to the baseline. */
    interface Baseline {
        double[] mean();

        /** NaN for a channel that was not seen often enough. */
        double[] spread();

        /** Share of its deviation by which each channel is followed in a vector. */
        double[] gain();

        /** How far the smoothed value of a channel may be off, in spreads. */
        double reach(int channel);

        void write(DataOutputStream out) throws IOException;
    }

    /** How a baseline comes about. */
    interface Learning<B> {
        /** @param rows state vectors, NaN where no valid value was known */
        B fit(List<double[]> rows);

        /** What {@link Baseline#write} wrote. */
        B read(DataInputStream in) throws IOException;
    }

    /** One operating point. */
    static final class Point<B> {
        private final List<double[]> learning = new ArrayList<>();
        private int complete;
        private long frozenMicros;
        /** How far each channel's baseline has followed, in spreads. */
        final double[] followed;
        /** For how long the air went on, hours, without this baseline being known to follow it. */
        private double blindHours;
        /** Part of what another point's baseline is moved by that this one's takes over, channel by channel. */
        private final double[] share;
        /** State vectors the baseline was learned from. */
        int vectors;

        /** Null while it is learned. */
        @Nullable
        B baseline;

        private Point(int channels) {
            followed = new double[channels];
            share = new double[channels];
            Arrays.fill(share, 1);
        }
    }

    /** What is done with a vector of a machine that has settled at a point. */
    @FunctionalInterface
    interface Settled<B> {
        /** @param moved whether the vector before was of another operating point */
        void at(Point<B> point, boolean moved, Observation.State state);
    }

    private final List<Channel> channels;
    private final StateSettings length;
    private final Learning<B> kind;
    private final OperatingPlace place;
    private final List<Point<B>> points = new ArrayList<>();
    private boolean mayLearn = true;
    private int at = OperatingPlace.UNSETTLED;
    private long airMicros = Long.MIN_VALUE;
    /** How far each temperature may still follow the air, in its unit; 0 for other channels. */
    private final double[] air;

    /**
     * @param channels the scalar channels in the order of the state vector
     * @param length how many vectors are learned from, and how long they are waited for
     */
    HealthyPoints(Asset asset, List<Channel> channels, StateSettings length, Learning<B> kind) {
        this.channels = channels;
        this.length = length;
        this.kind = kind;
        this.place = new OperatingPlace(asset, channels);
        this.air = new double[channels.size()];
        for (int i = 0; i < place.count(); i++) {
            points.add(new Point<>(channels.size()));
        }
    }

    /** Takes the next vector in, and hands on those that are known to be of a settled machine now. */
    void accept(Observation.State state, Settled<B> settled) {
        place.accept(state, (where, vector) -> {
            boolean moved = where != at;
            at = where;
            Point<B> here = points.get(where);
            breathe(vector.timeMicros(), here, moved);
            settled.at(here, moved, vector);
        });
    }

    /** Whether the machine was at this point last. */
    boolean isAt(Point<B> point) {
        return at >= 0 && points.get(at) == point;
    }

    /** The point the machine was at last, in words to follow a sentence; empty where it has one point. */
    String here() {
        return points.size() == 1 || at < 0 ? "" : " at " + place.name(at);
    }

    /**
     * Learns a vector at a point without a baseline; frozen baselines learn nothing.
     *
     * @return whether the point has its baseline now
     */
    boolean learn(Point<B> point, Observation.State state) {
        if (!mayLearn) {
            return false;
        }
        double[] row = state.values().clone();
        point.learning.add(row);
        point.complete += isComplete(row) ? 1 : 0;
        point.frozenMicros = state.timeMicros();
        boolean enough = point.complete >= length.fitVectors()
                || point.learning.size() >= (long) length.patience() * length.fitVectors();
        if (enough) {
            fit(point);
        }
        return enough;
    }

    private static boolean isComplete(double[] row) {
        for (double value : row) {
            if (Double.isNaN(value)) {
                return false;
            }
        }
        return true;
    }

    private void fit(Point<B> point) {
        point.baseline = kind.fit(point.learning);
        point.vectors = point.learning.size();
        point.learning.clear();
    }

    void clockSet(ClockSet set) {
        place.clockSet(set);
        airMicros = set.moved(airMicros);
    }

    /** While a machine was unsettled, was learned elsewhere or not seen at all, the air went on. */
    private void breathe(long timeMicros, Point<B> here, boolean moved) {
        double hours =
                airMicros == Long.MIN_VALUE ? 0 : Math.clamp((timeMicros - airMicros) / MICROS_AN_HOUR, 0, MOST_HOURS);
        airMicros = timeMicros;
        for (Point<B> each : points) {
            boolean unfollowed = each.baseline != null && (moved || here.baseline == null);
            each.blindHours = unfollowed ? Math.min(MOST_HOURS, each.blindHours + hours) : each.blindHours;
            for (int c = 0; c < air.length; c++) {
                each.share[c] += AIR_FADES * (1 - each.share[c]);
            }
        }
        for (int c = 0; c < air.length; c++) {
            air[c] = (1 - AIR_FADES) * air[c] + airOf(channels.get(c).unit()) * hours;
        }
        B baseline = here.baseline;
        if (moved && baseline != null) {
            arrive(here, baseline, hours);
        }
    }

    /**
     * What a baseline is off when the machine comes back to it the air did, to all points alike, or it was off before: learned at
     * another hour of the day than the others, say. Each takes as much of it over as it is itself unknown; moved in full, two points
     * that are apart by a kelvin too much would stay so for good and be told at each change of load. What the noise of a reading may
     * have done says nothing of a distance.
     */
    private void arrive(Point<B> here, B baseline, double hours) {
        double unknown = here.blindHours;
        here.blindHours = 0;
        double[] told = new double[air.length];
        for (int c = 0; c < air.length; c++) {
            double most = airOf(channels.get(c).unit());
            double far = most * unknown / baseline.spread()[c];
            told[c] = far > 0 ? far * far / (far * far + 1) : 0;
            air[c] += most * told[c] * (unknown - hours);
        }
        Arrays.fill(here.share, 1);
        for (Point<B> each : points) {
            if (each == here || !(unknown > 0)) {
                continue;
            }
            double common = each.blindHours / (each.blindHours + unknown);
            each.blindHours *= 1 - common;
            for (int c = 0; c < air.length; c++) {
                each.share[c] = 1 - told[c] * (1 - common);
            }
        }
    }

    /** A deviation less what the air may have done to it, in spreads. */
    double lessAir(B baseline, int c, double z) {
        double far = Math.max(0, Math.abs(z) - air[c] / baseline.spread()[c]);
        return air[c] > 0 ? Math.copySign(far, z) : z;
    }

    private static double airOf(String unit) {
        return switch (unit) {
            case "Cel", "K" -> AIR_AN_HOUR;
            case "[degF]" -> AIR_AN_HOUR * 1.8;
            default -> 0;
        };
    }

    /**
     * Lets the baselines follow a channel's deviation, a temperature's as fast as the air may change it at least: what it wanders here
     * (the season, the day) it wanders at every operating point, and as fast.
     *
     * @param z the deviation from what was followed so far, in spreads of {@code baseline}; NaN follows nothing
     * @param share of the gain
     * @param airShare of what the air may have done
     */
    void follow(B baseline, int c, double z, double share, double airShare) {
        double gain = 0;
        for (Point<B> each : points) {
            gain = each.baseline == null ? gain : Math.max(gain, each.baseline.gain()[c]);
        }
        double spread = baseline.spread()[c];
        double breath = airShare * Math.min(air[c] / spread, Math.abs(z));
        if (breath > 0) {
            air[c] -= breath * spread;
        }
        double moved = Math.max(share * gain * Math.abs(z), breath) * Math.signum(z);
        for (Point<B> each : points) {
            B its = each.baseline;
            double here = its == null ? Double.NaN : moved * spread / its.spread()[c];
            each.followed[c] += Double.isNaN(here) ? 0 : each.share[c] * here;
        }
    }

    /** The value of a channel that is healthy at a point now, in its unit. */
    double healthy(Point<B> point, B baseline, int c) {
        return baseline.mean()[c] + point.followed[c] * baseline.spread()[c];
    }

    /** Points without a baseline learn one. */
    void mayLearn() {
        mayLearn = true;
    }

    /**
     * Nothing is learned from now on; what was being learned is a baseline where it is long enough, and forgotten where it is not.
     *
     * @param learned gets the points that have just got theirs
     */
    void freeze(Consumer<Point<B>> learned) {
        mayLearn = false;
        for (Point<B> point : points) {
            if (point.baseline == null && point.complete >= LEAST_VECTORS) {
                fit(point);
                learned.accept(point);
            }
            point.learning.clear();
            point.complete = 0;
        }
    }

    /** @param detector its short name */
    List<LearnedChannel> learned(String detector) {
        List<LearnedChannel> all = new ArrayList<>();
        for (int p = 0; p < points.size(); p++) {
            Point<B> point = points.get(p);
            for (int c = 0; c < channels.size(); c++) {
                all.add(learned(detector, place.name(p), point, c));
            }
        }
        return all;
    }

    private LearnedChannel learned(String detector, String name, Point<B> point, int c) {
        B baseline = point.baseline;
        double spread = baseline == null ? Double.NaN : baseline.spread()[c];
        double mean = baseline == null ? Double.NaN : healthy(point, baseline, c);
        double reach = baseline == null ? Double.NaN : baseline.reach(c) * spread;
        return new LearnedChannel(
                detector,
                name,
                channels.get(c).id(),
                !Double.isNaN(spread),
                baseline == null ? point.learning.size() : point.vectors,
                length.fitVectors(),
                mean,
                spread,
                mean - reach,
                mean + reach,
                channels.get(c).unit(),
                baseline == null ? 0 : point.frozenMicros);
    }

    void write(DataOutputStream out) throws IOException {
        place.write(out);
        out.writeBoolean(mayLearn);
        out.writeInt(at);
        out.writeLong(airMicros);
        Snapshot.doubles(out, air);
        for (Point<B> point : points) {
            B baseline = point.baseline;
            out.writeBoolean(baseline != null);
            if (baseline != null) {
                baseline.write(out);
            }
            out.writeInt(point.complete);
            out.writeInt(point.learning.size());
            for (double[] row : point.learning) {
                Snapshot.doubles(out, row);
            }
            Snapshot.doubles(out, point.followed);
            out.writeDouble(point.blindHours);
            Snapshot.doubles(out, point.share);
            out.writeInt(point.vectors);
            out.writeLong(point.frozenMicros);
        }
    }

    /** Reads into points that are as new. */
    void read(DataInputStream in) throws IOException {
        place.read(in);
        mayLearn = in.readBoolean();
        at = Math.clamp(in.readInt(), OperatingPlace.UNSETTLED, points.size() - 1);
        airMicros = in.readLong();
        Snapshot.doubles(in, air);
        for (Point<B> point : points) {
            point.baseline = in.readBoolean() ? kind.read(in) : null;
            point.complete = in.readInt();
            int rows = in.readInt();
            for (int r = 0; r < rows; r++) {
                double[] row = new double[channels.size()];
                Snapshot.doubles(in, row);
                point.learning.add(row);
            }
            Snapshot.doubles(in, point.followed);
            point.blindHours = in.readDouble();
            Snapshot.doubles(in, point.share);
            point.vectors = in.readInt();
            point.frozenMicros = in.readLong();
        }
    }
}
