package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows at which operating point a machine is, and whether it has settled there. With operating points a vector is handed on only
 * when the machine was still there a little later: a load change moves other channels before its own has crossed an edge. A machine
 * without any is always at 0, and nothing is held back.
 */
final class OperatingPlace {
    static final int UNSETTLED = -1;
    private static final long NEVER = Long.MIN_VALUE;
    private static final Duration CONFIRMED = Duration.ofSeconds(10);
    /** Vectors held back, at most; more a second than that are handed on sooner. */
    private static final int MOST_HELD = 200;

    private final Asset asset;
    private final @Nullable OperatingPoints points;
    private final int channel;
    private final int channels;
    private final String unit;
    private final Deque<Observation.State> held = new ArrayDeque<>();
    private int part = -1;
    private long sinceMicros = NEVER;

    /** What is done with a vector of a settled machine. */
    @FunctionalInterface
    interface Settled {
        void at(int place, Observation.State state);
    }

    /** @param channels the scalar channels in the order of the state vector */
    OperatingPlace(Asset asset, List<Channel> channels) {
        OperatingPoints given = asset.operatingPoints();
        int place = -1;
        for (int c = 0; c < channels.size() && given != null; c++) {
            if (channels.get(c).id().equals(given.channel())) {
                place = c;
            }
        }
        this.asset = asset;
        this.points = place < 0 ? null : given;
        this.channel = place;
        this.channels = channels.size();
        this.unit = place < 0 ? "" : channels.get(place).unit();
    }

    int count() {
        return points == null ? 1 : points.count();
    }

    String name(int place) {
        return points == null ? "all" : points.name(place, unit);
    }

    /** Takes the next vector in, and hands on those that are known to be of a settled machine now. */
    void accept(Observation.State state, Settled settled) {
        if (points == null) {
            settled.at(0, state);
            return;
        }
        if (!isSettled(points, state)) {
            held.clear();
            return;
        }
        held.addLast(state);
        Duration wait = points.settle().compareTo(CONFIRMED) < 0 ? points.settle() : CONFIRMED;
        long until = state.timeMicros() - Standing.micros(wait);
        while (!held.isEmpty() && (held.getFirst().timeMicros() <= until || held.size() > MOST_HELD)) {
            settled.at(part, held.removeFirst());
        }
    }

    /** Where the machine is now, for who cannot wait until that is confirmed; {@link #UNSETTLED} while it settles. */
    int at(Observation.State state) {
        return points == null ? 0 : isSettled(points, state) ? part : UNSETTLED;
    }

    private boolean isSettled(OperatingPoints points, Observation.State state) {
        double value = state.values()[channel];
        if (Double.isNaN(value)) {
            return false;
        }
        int now = points.of(value, part);
        if (now != part || state.timeMicros() < sinceMicros) {
            // the first vectors ever are no change: the machine may have been there for days
            boolean first = part < 0;
            part = now;
            held.clear();
            sinceMicros = first ? state.timeMicros() - Standing.micros(points.settle()) : state.timeMicros();
        }
        return state.timeMicros() - sinceMicros >= Standing.micros(points.settle());
    }

    void clockSet(ClockSet set) {
        sinceMicros = set.moved(sinceMicros);
        List<Observation.State> moved = held.stream()
                .map(s -> new Observation.State(s.asset(), set.moved(s.timeMicros()), s.values(), s.position()))
                .toList();
        held.clear();
        held.addAll(moved);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(part);
        out.writeLong(sinceMicros);
        out.writeInt(held.size());
        for (Observation.State state : held) {
            out.writeLong(state.timeMicros());
            Snapshot.doubles(out, state.values());
            out.writeLong(state.position());
        }
    }

    void read(DataInputStream in) throws IOException {
        part = Math.clamp(in.readInt(), -1, count() - 1);
        sinceMicros = in.readLong();
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            long time = in.readLong();
            double[] values = new double[channels];
            Snapshot.doubles(in, values);
            held.addLast(new Observation.State(asset, time, values, in.readLong()));
        }
    }
}
