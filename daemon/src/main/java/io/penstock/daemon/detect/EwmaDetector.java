package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tier 1, chart: has a single channel left where it was when healthy? An EWMA chart (Roberts 1959) on a frozen baseline for each
 * operating point, its limits widened for autocorrelation. It names the channel by itself, where the state needs all of them. A remark
 * until far beyond its limit: a channel alone may follow the season. A channel that wandered while healthy is followed, as the state
 * does.
 */
public final class EwmaDetector implements Detector {
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final Asset asset;
    private final List<Channel> channels;
    private final EwmaSettings settings;
    private final String owner;
    private Memory memory;

    /** What is healthy at one operating point. */
    private static final class Point {
        final List<double[]> learning = new ArrayList<>();
        int complete;
        final double[] followed;
        int vectors;
        long frozenMicros;

        @Nullable
        EwmaBaseline baseline;

        Point(int channels) {
            followed = new double[channels];
        }
    }

    /** What a restart must not forget. */
    private final class Memory {
        final OperatingPlace place = new OperatingPlace(asset, channels);
        final List<Point> points = new ArrayList<>();
        boolean mayLearn = true;
        int at = OperatingPlace.UNSETTLED;
        final double[] smoothed = new double[channels.size()];
        final List<Standing> high = new ArrayList<>();
        final List<Standing> low = new ArrayList<>();

        Memory() {
            for (int i = 0; i < place.count(); i++) {
                points.add(new Point(channels.size()));
            }
            for (int c = 0; c < channels.size(); c++) {
                high.add(new Standing());
                low.add(new Standing());
            }
        }

        boolean anyActive() {
            return high.stream().anyMatch(Standing::isActive) || low.stream().anyMatch(Standing::isActive);
        }
    }

    public EwmaDetector(Asset asset, EwmaSettings settings) {
        this.asset = asset;
        this.channels = AssetWindow.scalarsOf(asset);
        this.settings = settings;
        this.owner = "chart/1 " + asset.id() + " "
                + channels.stream().map(Channel::withoutLimits).toList() + " " + asset.operatingPoints() + " "
                + settings;
        this.memory = new Memory();
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.State state)
                || channels.isEmpty()
                || state.values().length != channels.size()) {
            return;
        }
        memory.place.accept(state, (at, settled) -> inspect(at, settled, findings));
    }

    private void inspect(int at, Observation.State state, Consumer<Finding> findings) {
        Memory m = memory;
        boolean moved = at != m.at;
        m.at = at;
        Point point = m.points.get(at);
        EwmaBaseline baseline = point.baseline;
        if (baseline == null) {
            learn(point, state);
            return;
        }
        for (int c = 0; c < channels.size(); c++) {
            if (moved) {
                m.smoothed[c] = 0;
            }
            double cap = settings.state().cap();
            double z = (state.values()[c] - baseline.mean[c]) / baseline.spread[c];
            if (!Double.isNaN(z)) {
                chart(state, point, baseline, c, Math.clamp(z, -cap, cap) - point.followed[c], findings);
            }
        }
    }

    private void chart(
            Observation.State state, Point point, EwmaBaseline baseline, int c, double z, Consumer<Finding> findings) {
        Memory m = memory;
        m.smoothed[c] += settings.lambda() * (z - m.smoothed[c]);
        double far = Math.abs(m.smoothed[c]) / baseline.limit[c];
        for (boolean above : new boolean[] {true, false}) {
            Standing standing = above ? m.high.get(c) : m.low.get(c);
            boolean way = above ? m.smoothed[c] > 0 : m.smoothed[c] < 0;
            boolean holds = way && far > (standing.isActive() ? settings.endRatio() : 1);
            Standing.Word word = standing.tell(holds, state.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
            if (word != Standing.Word.NOTHING) {
                findings.accept(finding(state, point, baseline, c, above, standing.isActive(), far));
            }
        }
        boolean off = m.high.get(c).isActive() || m.low.get(c).isActive();
        double gain = 0;
        for (Point each : m.points) {
            EwmaBaseline its = each.baseline;
            gain = its == null ? gain : Math.max(gain, its.gain[c]);
        }
        double followed = (off ? settings.state().followShifted() : 1) * gain * z;
        for (Point each : m.points) {
            EwmaBaseline its = each.baseline;
            // what a channel wandered here it wandered at every operating point
            double share = its == null ? Double.NaN : followed * baseline.spread[c] / its.spread[c];
            each.followed[c] += Double.isNaN(share) ? 0 : share;
        }
    }

    private Finding finding(
            Observation.State state,
            Point point,
            EwmaBaseline baseline,
            int c,
            boolean above,
            boolean active,
            double far) {
        Channel channel = channels.get(c);
        double healthy = healthy(point, baseline, c);
        double reach = baseline.limit[c] * baseline.spread[c];
        return new Finding(
                asset.id(),
                channel.id(),
                Finding.Tier.CHART,
                channel.quantity() + (above ? "_high" : "_low"),
                null,
                active,
                state.timeMicros(),
                healthy + memory.smoothed[c] * baseline.spread[c],
                channel.unit(),
                healthy + (above ? reach : -reach),
                "EWMA chart on the healthy baseline of " + point.vectors + " vectors"
                        + (memory.points.size() == 1 ? "" : " at " + memory.place.name(memory.at)),
                healthy,
                far > settings.grave() ? Severity.WARNING : Severity.ADVISORY,
                far / (1 + far),
                1,
                Quality.GOOD,
                state.position());
    }

    private static double healthy(Point point, EwmaBaseline baseline, int c) {
        return baseline.mean[c] + point.followed[c] * baseline.spread[c];
    }

    /** A machine that is not well, or whose baselines are frozen, learns nothing. */
    private void learn(Point point, Observation.State state) {
        if (!memory.mayLearn || memory.anyActive()) {
            return;
        }
        point.learning.add(state.values().clone());
        boolean complete = true;
        for (double value : state.values()) {
            complete &= !Double.isNaN(value);
        }
        point.complete += complete ? 1 : 0;
        point.frozenMicros = state.timeMicros();
        StateSettings length = settings.state();
        if (point.complete >= length.fitVectors()
                || point.learning.size() >= (long) length.patience() * length.fitVectors()) {
            fit(point);
        }
    }

    private void fit(Point point) {
        point.baseline = EwmaBaseline.fit(point.learning, channels, settings);
        point.vectors = point.learning.size();
        point.learning.clear();
    }

    @Override
    public void commission(Commission order) {
        switch (order) {
            case LEARN -> memory.mayLearn = true;
            case FREEZE -> {
                memory.mayLearn = false;
                for (Point point : memory.points) {
                    if (point.baseline == null && point.complete >= StateDetector.LEAST_VECTORS) {
                        fit(point);
                    }
                    point.learning.clear();
                    point.complete = 0;
                }
            }
            case RELEARN -> memory = new Memory();
        }
    }

    @Override
    public List<LearnedChannel> learned() {
        List<LearnedChannel> all = new ArrayList<>();
        for (int p = 0; p < memory.points.size(); p++) {
            Point point = memory.points.get(p);
            EwmaBaseline baseline = point.baseline;
            for (int c = 0; c < channels.size(); c++) {
                double mean = baseline == null ? Double.NaN : healthy(point, baseline, c);
                double reach = baseline == null ? Double.NaN : baseline.limit[c] * baseline.spread[c];
                all.add(new LearnedChannel(
                        "chart",
                        memory.place.name(p),
                        channels.get(c).id(),
                        baseline != null && !Double.isNaN(reach),
                        baseline == null ? point.learning.size() : point.vectors,
                        settings.state().fitVectors(),
                        mean,
                        baseline == null ? Double.NaN : baseline.spread[c],
                        mean - reach,
                        mean + reach,
                        channels.get(c).unit(),
                        baseline == null ? 0 : point.frozenMicros));
            }
        }
        return all;
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            m.place.write(out);
            out.writeBoolean(m.mayLearn);
            out.writeInt(m.at);
            for (Point point : m.points) {
                write(point, out);
            }
            Snapshot.doubles(out, m.smoothed);
            for (int c = 0; c < channels.size(); c++) {
                m.high.get(c).write(out);
                m.low.get(c).write(out);
            }
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        memory = new Memory();
        Memory m = new Memory();
        Snapshot.read(owner, snapshot, in -> {
            m.place.read(in);
            m.mayLearn = in.readBoolean();
            m.at = Math.clamp(in.readInt(), OperatingPlace.UNSETTLED, m.points.size() - 1);
            for (Point point : m.points) {
                read(point, in);
            }
            Snapshot.doubles(in, m.smoothed);
            for (int c = 0; c < channels.size(); c++) {
                m.high.get(c).read(in);
                m.low.get(c).read(in);
            }
        });
        memory = m;
    }

    private static void write(Point point, DataOutputStream out) throws IOException {
        EwmaBaseline baseline = point.baseline;
        out.writeBoolean(baseline != null);
        if (baseline != null) {
            baseline.write(out);
        } else {
            out.writeInt(point.complete);
            out.writeInt(point.learning.size());
            for (double[] row : point.learning) {
                Snapshot.doubles(out, row);
            }
        }
        Snapshot.doubles(out, point.followed);
        out.writeInt(point.vectors);
        out.writeLong(point.frozenMicros);
    }

    private void read(Point point, DataInputStream in) throws IOException {
        if (in.readBoolean()) {
            EwmaBaseline baseline = new EwmaBaseline(channels.size());
            baseline.read(in);
            point.baseline = baseline;
        } else {
            point.complete = in.readInt();
            int rows = in.readInt();
            for (int r = 0; r < rows; r++) {
                double[] row = new double[channels.size()];
                Snapshot.doubles(in, row);
                point.learning.add(row);
            }
        }
        Snapshot.doubles(in, point.followed);
        point.vectors = in.readInt();
        point.frozenMicros = in.readLong();
    }
}
