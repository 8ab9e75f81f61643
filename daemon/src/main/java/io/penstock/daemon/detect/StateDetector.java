package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.sensors.reading.Quality;
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

    private final Asset asset;
    private final List<Channel> channels;
    private final StateSettings settings;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final List<double[]> learning = new ArrayList<>();
        int complete;

        @Nullable
        StateBaseline baseline;

        final double[] smoothed = new double[channels.size()];
        final double[] followed = new double[channels.size()];
        final Standing shift = new Standing();
        final Standing[] high = standings();
        final Standing[] low = standings();
        double ratio;
        double peak;
        /** Ended, though not far below the limit: quiet until it is well back, or farther off than ever. */
        boolean resting;

        private Standing[] standings() {
            Standing[] standings = new Standing[channels.size()];
            Arrays.setAll(standings, i -> new Standing());
            return standings;
        }
    }

    public StateDetector(Asset asset, StateSettings settings) {
        this.asset = asset;
        this.channels = AssetWindow.scalarsOf(asset);
        this.settings = settings;
        this.owner = "state/1 " + asset.id() + " " + channels + " " + settings;
        this.memory = new Memory();
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.State state)
                || channels.isEmpty()
                || state.values().length != channels.size()) {
            return;
        }
        Memory m = memory;
        StateBaseline baseline = m.baseline;
        if (baseline == null) {
            m.learning.add(state.values().clone());
            if (isComplete(state.values())) {
                m.complete++;
            }
            if (m.complete >= settings.fitVectors()
                    || m.learning.size() >= (long) settings.patience() * settings.fitVectors()) {
                StateBaseline fitted = StateBaseline.fit(m.learning, channels, settings);
                m.learning.clear();
                m.baseline = fitted;
                System.arraycopy(fitted.last, 0, m.smoothed, 0, fitted.last.length);
                System.arraycopy(fitted.followedAtEnd, 0, m.followed, 0, m.followed.length);
            }
            return;
        }
        double[] z = baseline.deviation(state.values(), settings.cap());
        StateBaseline.minus(z, m.followed);
        StateBaseline.smooth(m.smoothed, z, settings.lambda());
        m.ratio = baseline.distance(m.smoothed, state.values()) / baseline.limit();
        Standing.Word word = m.shift.tell(isHolding(), state.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
        if (word != Standing.Word.NOTHING) {
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
                    Severity.WARNING,
                    score(),
                    1,
                    Quality.GOOD,
                    state.position()));
        }
        baseline.follow(m.followed, z, m.shift.isActive() ? settings.followShifted() : 1);
        channels(state, baseline, findings);
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

    private String limitSource() {
        return settings.factor() + " x the " + settings.quantile() + " quantile of the healthy baseline of "
                + settings.fitVectors() + " vectors";
    }

    /** Names the channels that moved while the state is shifted. */
    private void channels(Observation.State state, StateBaseline baseline, Consumer<Finding> findings) {
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
                if (word != Standing.Word.NOTHING) {
                    findings.accept(moved(state, baseline, c, above, standing.isActive(), limit, share));
                }
            }
        }
    }

    private Finding moved(
            Observation.State state,
            StateBaseline baseline,
            int c,
            boolean above,
            boolean active,
            double limit,
            double share) {
        Channel channel = channels.get(c);
        double spread = baseline.spread[c];
        double healthy = baseline.mean[c] + memory.followed[c] * spread;
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
                "healthy baseline of " + settings.fitVectors() + " vectors",
                healthy,
                Severity.WARNING,
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

    /** Whether the baseline is learned and frozen. */
    public boolean isFrozen() {
        return memory.baseline != null;
    }

    /** Forgets the baseline and learns a new one from the next vectors: only on an operator's command. */
    public void relearn() {
        memory = new Memory();
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            StateBaseline baseline = m.baseline;
            out.writeBoolean(baseline != null);
            if (baseline != null) {
                baseline.write(out);
            } else {
                out.writeInt(m.complete);
                out.writeInt(m.learning.size());
                for (double[] row : m.learning) {
                    Snapshot.doubles(out, row);
                }
            }
            Snapshot.doubles(out, m.smoothed);
            Snapshot.doubles(out, m.followed);
            out.writeDouble(m.ratio);
            out.writeDouble(m.peak);
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
            if (in.readBoolean()) {
                StateBaseline baseline = new StateBaseline(channels.size());
                baseline.read(in);
                m.baseline = baseline;
            } else {
                m.complete = in.readInt();
                int rows = in.readInt();
                for (int r = 0; r < rows; r++) {
                    double[] row = new double[channels.size()];
                    Snapshot.doubles(in, row);
                    m.learning.add(row);
                }
            }
            Snapshot.doubles(in, m.smoothed);
            Snapshot.doubles(in, m.followed);
            m.ratio = in.readDouble();
            m.peak = in.readDouble();
            m.resting = in.readBoolean();
            m.shift.read(in);
            for (int c = 0; c < channels.size(); c++) {
                m.high[c].read(in);
                m.low[c].read(in);
            }
        });
        memory = m;
    }
}
