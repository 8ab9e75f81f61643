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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

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

    /** What a restart must not forget. */
    private final class Memory {
        final HealthyPoints<EwmaBaseline> healthy =
                new HealthyPoints<>(asset, channels, settings.state(), new EwmaBaseline.Learning(channels, settings));
        final double[] smoothed = new double[channels.size()];
        final List<Standing> high = new ArrayList<>();
        final List<Standing> low = new ArrayList<>();

        Memory() {
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
        this.owner = "chart/4 " + asset.id() + " "
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
        memory.healthy.accept(state, (point, moved, settled) -> inspect(point, moved, settled, findings));
    }

    @Override
    public void clockSet(ClockSet set) {
        memory.healthy.clockSet(set);
        memory.high.forEach(standing -> standing.clockSet(set));
        memory.low.forEach(standing -> standing.clockSet(set));
    }

    private void inspect(
            Point<EwmaBaseline> point, boolean moved, Observation.State state, Consumer<Finding> findings) {
        Memory m = memory;
        if (moved) {
            // what was smoothed at another operating point says nothing here
            Arrays.fill(m.smoothed, 0);
        }
        EwmaBaseline baseline = point.baseline;
        if (baseline == null) {
            // a machine that is not well learns nothing
            if (!m.anyActive()) {
                m.healthy.learn(point, state);
            }
            return;
        }
        double cap = settings.state().cap();
        for (int c = 0; c < channels.size(); c++) {
            double z = (state.values()[c] - baseline.mean()[c]) / baseline.spread()[c];
            if (!Double.isNaN(z)) {
                chart(state, point, baseline, c, Math.clamp(z, -cap, cap) - point.followed[c], findings);
            }
        }
    }

    private void chart(
            Observation.State state,
            Point<EwmaBaseline> point,
            EwmaBaseline baseline,
            int c,
            double z,
            Consumer<Finding> findings) {
        Memory m = memory;
        m.smoothed[c] += settings.lambda() * (m.healthy.lessAir(baseline, c, z) - m.smoothed[c]);
        double far = Math.abs(m.smoothed[c]) / baseline.reach(c);
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
        double held = settings.state().followShifted();
        m.healthy.follow(baseline, c, z, off ? held : 1, far > settings.grave() ? held : 1);
    }

    private Finding finding(
            Observation.State state,
            Point<EwmaBaseline> point,
            EwmaBaseline baseline,
            int c,
            boolean above,
            boolean active,
            double far) {
        Channel channel = channels.get(c);
        double healthy = memory.healthy.healthy(point, baseline, c);
        double spread = baseline.spread()[c];
        double reach = baseline.reach(c) * spread;
        return new Finding(
                asset.id(),
                channel.id(),
                Finding.Tier.CHART,
                channel.quantity() + (above ? "_high" : "_low"),
                null,
                active,
                state.timeMicros(),
                healthy + memory.smoothed[c] * spread,
                channel.unit(),
                healthy + (above ? reach : -reach),
                "EWMA chart on the healthy baseline of " + point.vectors + " vectors" + memory.healthy.here(),
                healthy,
                far > settings.grave() ? Severity.WARNING : Severity.ADVISORY,
                far / (1 + far),
                1,
                Quality.GOOD,
                state.position());
    }

    @Override
    public void commission(Commission order) {
        switch (order) {
            case LEARN -> memory.healthy.mayLearn();
            case FREEZE -> memory.healthy.freeze(point -> {});
            case RELEARN -> memory = new Memory();
        }
    }

    @Override
    public List<LearnedChannel> learned() {
        return memory.healthy.learned("chart");
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            m.healthy.write(out);
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
            m.healthy.read(in);
            Snapshot.doubles(in, m.smoothed);
            for (int c = 0; c < channels.size(); c++) {
                m.high.get(c).read(in);
                m.low.get(c).read(in);
            }
        });
        memory = m;
    }
}
