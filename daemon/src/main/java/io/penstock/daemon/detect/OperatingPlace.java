package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.OperatingPoints;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Follows at which operating point a machine is, and whether it has settled there. A machine without any is always at 0. */
final class OperatingPlace {
    static final int UNSETTLED = -1;
    private static final long NEVER = Long.MIN_VALUE;

    private final @Nullable OperatingPoints points;
    private final int channel;
    private final String unit;
    private int part = -1;
    private long sinceMicros = NEVER;

    /** @param channels the scalar channels in the order of the state vector */
    OperatingPlace(Asset asset, List<Channel> channels) {
        OperatingPoints given = asset.operatingPoints().orElse(null);
        int place = -1;
        for (int c = 0; c < channels.size() && given != null; c++) {
            if (channels.get(c).id().equals(given.channel())) {
                place = c;
            }
        }
        this.points = place < 0 ? null : given;
        this.channel = place;
        this.unit = place < 0 ? "" : channels.get(place).unit();
    }

    int count() {
        return points == null ? 1 : points.count();
    }

    String name(int place) {
        return points == null ? "all" : points.name(place, unit);
    }

    /** Where the machine is by this vector, or {@link #UNSETTLED}: on its way, or not known. */
    int at(double[] values, long timeMicros) {
        if (points == null) {
            return 0;
        }
        double value = values[channel];
        if (Double.isNaN(value)) {
            return UNSETTLED;
        }
        int now = points.of(value, part);
        if (now != part || timeMicros < sinceMicros) {
            // the first vectors ever are no change: the machine may have been there for days
            boolean first = part < 0;
            part = now;
            sinceMicros = first ? timeMicros - Standing.micros(points.settle()) : timeMicros;
        }
        return timeMicros - sinceMicros >= Standing.micros(points.settle()) ? part : UNSETTLED;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(part);
        out.writeLong(sinceMicros);
    }

    void read(DataInputStream in) throws IOException {
        part = Math.clamp(in.readInt(), -1, count() - 1);
        sinceMicros = in.readLong();
    }
}
