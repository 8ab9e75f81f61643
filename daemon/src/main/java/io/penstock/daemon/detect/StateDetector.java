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
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tier 2, state: is the machine where it was when healthy? A multivariate EWMA chart (MEWMA T-squared, Lowry et al. 1992) on a
 * baseline learned from the first vectors and then frozen, so a fault that stays is never learned as normal. Only a channel that
 * wandered while healthy (a temperature) is followed, slowly, and hardly at all while something is wrong. Names the channels that moved,
 * each with its baseline.
 */
public final class StateDetector implements Detector {
    private static final Duration AGAIN = Duration.ofSeconds(10);
    /** Share of the limit below which an ended finding may begin anew. */
    private static final double REARM = 0.7;
    /** So many times the limit is no straying. */
    private static final double GRAVE_RATIO = 4;
    /** Nor is a shift that lasts so long. */
    private static final Duration STAYS = Duration.ofSeconds(30);
    /** A baseline of fewer vectors knows neither spread nor covariance. */
    static final int LEAST_VECTORS = 60;

    private final Asset asset;
    private final List<Channel> channels;
    private final StateSettings settings;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final OperatingPlace place = new OperatingPlace(asset, channels);
        final List<Point> points = new ArrayList<>();
        boolean mayLearn = true;
        int at = OperatingPlace.UNSETTLED;
        final double[] smoothed = new double[channels.size()];
        final Standing shift = new Standing();
        final Standing[] high = standings();
        final Standing[] low = standings();
        double ratio;
        double peak;
        long shiftedMicros;
        boolean grave;
        /** Ended, though not far below the limit: quiet until it is well back, or farther off than ever. */
        boolean resting;

        Memory() {
            for (int i = 0; i < place.count(); i++) {
                points.add(new Point(channels.size()));
            }
        }

        private Standing[] standings() {
            Standing[] standings = new Standing[channels.size()];
            Arrays.setAll(standings, i -> new Standing());
            return standings;
        }
    }

    /** What is healthy at one operating point. */
    private static final class Point {
        final List<double[]> learning = new ArrayList<>();
        int complete;
        final double[] followed;
        int vectors;
        long frozenMicros;

        @Nullable
        StateBaseline baseline;

        Point(int channels) {
            followed = new double[channels];
        }
    }

    public StateDetector(Asset asset, StateSettings settings) {
        this.asset = asset;
        this.channels = AssetWindow.scalarsOf(asset);
        this.settings = settings;
        this.owner = "state/2 " + asset.id() + " "
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
        Point point = m.points.get(at);
        StateBaseline baseline = point.baseline;
        if (baseline == null) {
            m.at = at;
            learn(point, state);
            return;
        }
        if (at != m.at) {
            // what was smoothed at another operating point says nothing here
            Arrays.fill(m.smoothed, 0);
            m.at = at;
        }
        double[] z = baseline.deviation(state.values(), settings.cap());
        StateBaseline.minus(z, point.followed);
        StateBaseline.smooth(m.smoothed, z, settings.lambda());
        m.ratio = baseline.distance(m.smoothed, state.values()) / baseline.limit();
        Standing.Word word = m.shift.tell(isHolding(), state.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
        if (word == Standing.Word.BEGINS) {
            m.shiftedMicros = state.timeMicros();
            m.grave = false;
        }
        boolean graver = m.shift.isActive() && !m.grave && isGrave(state.timeMicros());
        m.grave |= graver;
        if (word != Standing.Word.NOTHING || graver) {
            findings.accept(new Finding(
                    asset.id(),
                    null,
                    Finding.Tier.STATE,
                    "state_shift",
                    null,
                    m.shift.isActive(),
                    state.timeMicros(),
                    m.ratio * baseline.limit(),
                    "1",
                    baseline.limit(),
                    limitSource(),
                    Double.NaN,
                    severity(),
                    score(),
                    1,
                    Quality.GOOD,
                    state.position()));
        }
        follow(point, baseline, z);
        channels(state, point, baseline, graver, findings);
    }

    /** A machine that is not well, or whose baselines are frozen, learns nothing. */
    private void learn(Point point, Observation.State state) {
        Memory m = memory;
        if (!m.mayLearn || m.shift.isActive()) {
            return;
        }
        point.learning.add(state.values().clone());
        if (isComplete(state.values())) {
            point.complete++;
        }
        if (point.complete >= settings.fitVectors()
                || point.learning.size() >= (long) settings.patience() * settings.fitVectors()) {
            fit(point, state.timeMicros());
        }
        point.frozenMicros = state.timeMicros();
    }

    private void fit(Point point, long timeMicros) {
        StateBaseline fitted = StateBaseline.fit(point.learning, channels, settings);
        point.vectors = point.learning.size();
        point.frozenMicros = timeMicros;
        point.learning.clear();
        point.baseline = fitted;
        if (memory.at >= 0 && memory.points.get(memory.at) == point) {
            System.arraycopy(fitted.last, 0, memory.smoothed, 0, fitted.last.length);
        }
        System.arraycopy(fitted.followedAtEnd, 0, point.followed, 0, point.followed.length);
    }

    /** What a channel wanders here (the season, the day) it wanders at every operating point, and as fast. */
    private void follow(Point point, StateBaseline baseline, double[] z) {
        double[] before = point.followed.clone();
        double share = memory.shift.isActive() ? settings.followShifted() : 1;
        for (int c = 0; c < z.length; c++) {
            double gain = 0;
            for (Point each : memory.points) {
                StateBaseline its = each.baseline;
                gain = its == null ? gain : Math.max(gain, its.gain[c]);
            }
            point.followed[c] += Double.isNaN(z[c]) ? 0 : share * gain * z[c];
        }
        for (Point other : memory.points) {
            StateBaseline its = other.baseline;
            if (other == point || its == null) {
                continue;
            }
            for (int c = 0; c < before.length; c++) {
                double moved = (point.followed[c] - before[c]) * baseline.spread[c] / its.spread[c];
                if (!Double.isNaN(moved)) {
                    other.followed[c] += moved;
                }
            }
        }
    }

    private static boolean isComplete(double[] values) {
        for (double value : values) {
            if (Double.isNaN(value)) {
                return false;
            }
        }
        return true;
    }

    private boolean isHolding() {
        Memory m = memory;
        if (m.shift.isActive()) {
            m.peak = Math.max(m.peak, m.ratio);
            boolean holds = m.ratio > settings.endRatio() && m.ratio >= settings.endOfPeak() * m.peak;
            m.resting = !holds && m.ratio >= REARM;
            return holds;
        }
        m.resting = m.resting && m.ratio >= REARM && m.ratio <= m.peak;
        if (m.resting) {
            return false;
        }
        m.peak = m.ratio;
        return m.ratio > 1;
    }

    /** A machine that strays a little and comes back is a remark; one that stays away, or is far off, is not. */
    private boolean isGrave(long timeMicros) {
        return memory.ratio >= GRAVE_RATIO || timeMicros - memory.shiftedMicros >= Standing.micros(STAYS);
    }

    private Severity severity() {
        return memory.grave ? Severity.WARNING : Severity.ADVISORY;
    }

    private String limitSource() {
        return settings.factor() + " x the " + settings.quantile() + " quantile of the healthy baseline of "
                + memory.points.get(memory.at).vectors + " vectors" + here();
    }

    private String here() {
        return memory.points.size() == 1 ? "" : " at " + memory.place.name(memory.at);
    }

    /** Names the channels that moved while the state is shifted. */
    private void channels(
            Observation.State state, Point point, StateBaseline baseline, boolean graver, Consumer<Finding> findings) {
        Memory m = memory;
        double total = 0;
        for (int c = 0; c < channels.size(); c++) {
            if (!Double.isNaN(baseline.spread[c])) {
                total += Math.abs(m.smoothed[c]);
            }
        }
        double wide = Math.sqrt(settings.factor());
        for (int c = 0; c < channels.size(); c++) {
            if (Double.isNaN(baseline.spread[c])) {
                continue;
            }
            double share = total > 0 ? Math.abs(m.smoothed[c]) / total : 0;
            double limit = wide * baseline.strayed[c];
            boolean moved = m.shift.isActive() && Math.abs(m.smoothed[c]) > limit;
            for (boolean above : new boolean[] {true, false}) {
                Standing standing = above ? m.high[c] : m.low[c];
                boolean way = above ? m.smoothed[c] > 0 : m.smoothed[c] < 0;
                // named once, it stays named until it is back, whatever its share is by then
                boolean holds = moved && way && (standing.isActive() || share >= settings.channelShare());
                Standing.Word word = standing.tell(holds, state.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
                if (word != Standing.Word.NOTHING || (graver && standing.isActive())) {
                    findings.accept(moved(state, point, baseline, c, above, standing.isActive(), limit, share));
                }
            }
        }
    }

    private Finding moved(
            Observation.State state,
            Point point,
            StateBaseline baseline,
            int c,
            boolean above,
            boolean active,
            double limit,
            double share) {
        Channel channel = channels.get(c);
        double spread = baseline.spread[c];
        double healthy = baseline.mean[c] + point.followed[c] * spread;
        double far = Math.abs(memory.smoothed[c]) / limit;
        return new Finding(
                asset.id(),
                channel.id(),
                Finding.Tier.STATE,
                channel.quantity() + (above ? "_high" : "_low"),
                null,
                active,
                state.timeMicros(),
                healthy + memory.smoothed[c] * spread,
                channel.unit(),
                healthy + (above ? limit : -limit) * spread,
                "healthy baseline of " + point.vectors + " vectors" + here(),
                healthy,
                severity(),
                far / (1 + far),
                share,
                Quality.GOOD,
                state.position());
    }

    /** How far the newest vector is off, 0..1; 0.5 at the limit; 0 while the baseline is learned. */
    public double score() {
        return memory.ratio / (1 + memory.ratio);
    }

    /** Whether the state is shifted now. */
    public boolean isShifted() {
        return memory.shift.isActive();
    }

    /** Whether every operating point has its baseline. */
    public boolean isFrozen() {
        return memory.points.stream().allMatch(point -> point.baseline != null);
    }

    @Override
    public void commission(Commission order) {
        switch (order) {
            case LEARN -> memory.mayLearn = true;
            case FREEZE -> {
                memory.mayLearn = false;
                for (Point point : memory.points) {
                    if (point.baseline == null && point.complete >= LEAST_VECTORS) {
                        fit(point, point.frozenMicros);
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
        double wide = Math.sqrt(settings.factor());
        for (int p = 0; p < memory.points.size(); p++) {
            Point point = memory.points.get(p);
            StateBaseline baseline = point.baseline;
            for (int c = 0; c < channels.size(); c++) {
                double spread = baseline == null ? Double.NaN : baseline.spread[c];
                double mean = baseline == null ? Double.NaN : baseline.mean[c] + point.followed[c] * spread;
                double reach = baseline == null ? Double.NaN : wide * baseline.strayed[c] * spread;
                all.add(new LearnedChannel(
                        "state",
                        memory.place.name(p),
                        channels.get(c).id(),
                        baseline != null && !Double.isNaN(spread),
                        baseline == null ? point.learning.size() : point.vectors,
                        settings.fitVectors(),
                        mean,
                        spread,
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
            out.writeDouble(m.ratio);
            out.writeDouble(m.peak);
            out.writeLong(m.shiftedMicros);
            out.writeBoolean(m.grave);
            out.writeBoolean(m.resting);
            m.shift.write(out);
            for (int c = 0; c < channels.size(); c++) {
                m.high[c].write(out);
                m.low[c].write(out);
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
            m.ratio = in.readDouble();
            m.peak = in.readDouble();
            m.shiftedMicros = in.readLong();
            m.grave = in.readBoolean();
            m.resting = in.readBoolean();
            m.shift.read(in);
            for (int c = 0; c < channels.size(); c++) {
                m.high[c].read(in);
                m.low[c].read(in);
            }
        });
        memory = m;
    }

    private static void write(Point point, DataOutputStream out) throws IOException {
        StateBaseline baseline = point.baseline;
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
            StateBaseline baseline = new StateBaseline(channels.size());
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
