package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.HealthyPoints.Point;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

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
    /** So many times the limit of T-squared, four times as far as the limit, is no straying. */
    private static final double GRAVE_RATIO = 16;
    /** Nor is a shift that lasts for a third of the baseline, and at least so long. */
    private static final Duration STAYS = Duration.ofSeconds(30);

    private final Asset asset;
    private final List<Channel> channels;
    private final StateSettings settings;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final HealthyPoints<StateBaseline> healthy =
                new HealthyPoints<>(asset, channels, settings, new StateBaseline.Learning(channels, settings));
        final double[] smoothed = new double[channels.size()];
        final Standing shift = new Standing();
        final Standing[] high = standings();
        final Standing[] low = standings();
        double ratio;
        /** The same of the channels that stood still while healthy. */
        double steady;

        double peak;
        /** Since when the shift has been firm, and for how many vectors; 0 while it is not. */
        long firmMicros;

        int firmVectors;
        boolean grave;
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
        this.owner = "state/5 " + asset.id() + " "
                + channels.stream().map(Channel::withoutLimits).toList() + " " + asset.operatingPoints() + " "
                + settings;
        this.memory = new Memory();
    }

    @Override
    public void clockSet(ClockSet set) {
        Memory m = memory;
        m.healthy.clockSet(set);
        m.shift.clockSet(set);
        for (int c = 0; c < m.high.length; c++) {
            m.high[c].clockSet(set);
            m.low[c].clockSet(set);
        }
        m.firmMicros = set.moved(m.firmMicros);
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.State state)
                || channels.isEmpty()
                || state.values().length != channels.size()) {
            return;
        }
        memory.healthy.accept(state, (point, moved, settled) -> inspect(point, moved, settled, findings));
    }

    private void inspect(
            Point<StateBaseline> point, boolean moved, Observation.State state, Consumer<Finding> findings) {
        Memory m = memory;
        if (moved) {
            // what was smoothed at another operating point says nothing here
            Arrays.fill(m.smoothed, 0);
        }
        StateBaseline baseline = point.baseline;
        if (baseline == null) {
            // a machine that is not well learns nothing
            if (!m.shift.isActive() && m.healthy.learn(point, state)) {
                learned(point);
            }
            return;
        }
        double[] z = baseline.deviation(state.values(), settings.cap());
        StateBaseline.minus(z, point.followed);
        double[] unexcused = z.clone();
        for (int c = 0; c < z.length; c++) {
            unexcused[c] = m.healthy.lessAir(baseline, c, z[c]);
        }
        StateBaseline.smooth(m.smoothed, unexcused, settings.lambda());
        m.ratio = baseline.distance(m.smoothed, state.values()) / baseline.limit();
        m.steady = baseline.steadyDistance(m.smoothed, state.values()) / baseline.steadyLimit();
        Standing.Word word = m.shift.tell(isHolding(), state.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
        boolean graver = !m.grave && isGrave(state.timeMicros(), point.vectors);
        m.grave = m.shift.isActive() && (m.grave || graver);
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
                    limitSource(point),
                    Double.NaN,
                    severity(),
                    score(),
                    1,
                    Quality.GOOD,
                    state.position()));
        }
        double share = m.shift.isActive() ? settings.followShifted() : 1;
        for (int c = 0; c < z.length; c++) {
            m.healthy.follow(baseline, c, z[c], share, m.grave ? settings.followShifted() : 1);
        }
        channels(state, point, baseline, graver, findings);
    }

    /** Goes on from where the baseline ended. */
    private void learned(Point<StateBaseline> point) {
        StateBaseline baseline = point.baseline;
        if (baseline == null) {
            return;
        }
        System.arraycopy(baseline.followedAtEnd(), 0, point.followed, 0, channels.size());
        if (memory.healthy.isAt(point)) {
            System.arraycopy(baseline.last(), 0, memory.smoothed, 0, channels.size());
        }
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

    /**
     * A machine that strays a little and comes back is a remark, and so is one of which only channels strayed that wandered while
     * healthy; one that stays away firmly, or is far off, is not.
     */
    private boolean isGrave(long timeMicros, int vectors) {
        Memory m = memory;
        boolean firm = m.steady > (m.firmVectors > 0 ? settings.endRatio() : 1) || m.ratio >= GRAVE_RATIO;
        if (!m.shift.isActive() || !firm) {
            m.firmVectors = 0;
            return false;
        }
        if (m.firmVectors == 0 || timeMicros < m.firmMicros) {
            m.firmMicros = timeMicros;
        }
        m.firmVectors++;
        return m.steady >= GRAVE_RATIO
                || (m.firmVectors >= StateBaseline.lasting(vectors)
                        && timeMicros - m.firmMicros >= Standing.micros(STAYS));
    }

    private Severity severity() {
        return memory.grave ? Severity.WARNING : Severity.ADVISORY;
    }

    private String limitSource(Point<StateBaseline> point) {
        return settings.factor() + " x the " + settings.quantile() + " quantile of the healthy baseline of "
                + point.vectors + " vectors" + memory.healthy.here();
    }

    /** Names the channels that moved while the state is shifted. */
    private void channels(
            Observation.State state,
            Point<StateBaseline> point,
            StateBaseline baseline,
            boolean graver,
            Consumer<Finding> findings) {
        Memory m = memory;
        double total = 0;
        for (int c = 0; c < channels.size(); c++) {
            if (!Double.isNaN(baseline.spread()[c])) {
                total += Math.abs(m.smoothed[c]);
            }
        }
        for (int c = 0; c < channels.size(); c++) {
            if (Double.isNaN(baseline.spread()[c])) {
                continue;
            }
            double share = total > 0 ? Math.abs(m.smoothed[c]) / total : 0;
            double limit = baseline.reach(c);
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
            Point<StateBaseline> point,
            StateBaseline baseline,
            int c,
            boolean above,
            boolean active,
            double limit,
            double share) {
        Channel channel = channels.get(c);
        double spread = baseline.spread()[c];
        double healthy = memory.healthy.healthy(point, baseline, c);
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
                "healthy baseline of " + point.vectors + " vectors" + memory.healthy.here(),
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

    @Override
    public void commission(Commission order) {
        switch (order) {
            case LEARN -> memory.healthy.mayLearn();
            case FREEZE -> memory.healthy.freeze(this::learned);
            case RELEARN -> memory = new Memory();
        }
    }

    @Override
    public List<LearnedChannel> learned() {
        return memory.healthy.learned("state");
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            m.healthy.write(out);
            Snapshot.doubles(out, m.smoothed);
            out.writeDouble(m.ratio);
            out.writeDouble(m.steady);
            out.writeDouble(m.peak);
            out.writeLong(m.firmMicros);
            out.writeInt(m.firmVectors);
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
            m.healthy.read(in);
            Snapshot.doubles(in, m.smoothed);
            m.ratio = in.readDouble();
            m.steady = in.readDouble();
            m.peak = in.readDouble();
            m.firmMicros = in.readLong();
            m.firmVectors = in.readInt();
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
}
