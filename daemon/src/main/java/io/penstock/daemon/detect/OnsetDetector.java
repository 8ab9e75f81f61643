package io.penstock.daemon.detect;

import com.amazon.randomcutforest.parkservices.AnomalyDescriptor;
import com.amazon.randomcutforest.returntypes.DiVector;
import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.sensors.reading.Quality;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tier 2, onset: did something just change? An adaptive forest with attribution and expected values, beside a companion
 * that holds the forest's plain score against its own usual range, for the second spike that the forest's threshold lets pass. It learns what stays, so alone it never opens a case: its
 * findings are advisory.
 */
public final class OnsetDetector implements Detector {
    private static final double LEAST_SHARE = 0.1;
    private static final int FEWEST_USUAL = 100;

    private final Asset asset;
    private final List<Channel> channels;
    private final OnsetSettings settings;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final @Nullable Forest forest = channels.isEmpty() ? null : new Forest(channels.size(), settings);
        final RollingQuantile usual = new RollingQuantile(settings.companionWindow());
        final double[] held = new double[channels.size()];
        final double[] recent = new double[Math.max(1, settings.holdOff())];
        long step;
        long toldStep = Long.MIN_VALUE;
        boolean active;
        double raw;
        double score;

        Memory() {
            Arrays.fill(held, Double.NaN);
        }
    }

    public OnsetDetector(Asset asset, OnsetSettings settings) {
        this.asset = asset;
        this.channels = AssetWindow.scalarsOf(asset);
        this.settings = settings;
        this.owner = "onset/1 " + asset.id() + " "
                + channels.stream().map(Channel::withoutLimits).toList() + " " + settings;
        this.memory = new Memory();
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.State state) || state.values().length != channels.size()) {
            return;
        }
        Memory m = memory;
        Forest forest = m.forest;
        if (forest == null) {
            return;
        }
        double[] values = state.values();
        double[] whole = new double[values.length];
        for (int c = 0; c < values.length; c++) {
            if (!Double.isNaN(values[c])) {
                m.held[c] = values[c];
            }
            // a channel without a value tells nothing new: it stays where it was
            whole[c] = Double.isNaN(m.held[c]) ? 0 : m.held[c];
        }
        m.step++;
        AnomalyDescriptor descriptor = forest.process(whole, m.step);
        double grade = Double.isFinite(descriptor.getAnomalyGrade()) ? descriptor.getAnomalyGrade() : 0;
        m.raw = Math.clamp(Math.max(grade, companion(descriptor.getRCFScore())), 0, 1);
        heldOff();
        tell(state, descriptor, findings);
    }

    /** How far the forest's plain score is beyond its usual range, as a grade: 1 at the companion's limit. */
    private double companion(double score) {
        if (!Double.isFinite(score)) {
            return 0;
        }
        RollingQuantile usual = memory.usual;
        double high = usual.quantile(settings.companionQuantile());
        double grade = usual.size() >= FEWEST_USUAL && high > 0 ? score / high / settings.companionLimit() : 0;
        usual.add(score);
        // short of its limit it says nothing: the forest's own threshold is the better judge there
        return grade >= 1 ? 1 : 0;
    }

    /** The score of a change is told once: what does not exceed the newest scores counts for nothing. */
    private void heldOff() {
        Memory m = memory;
        double highest = 0;
        if (settings.holdOff() > 0) {
            for (double score : m.recent) {
                highest = Math.max(highest, score);
            }
        }
        m.score = m.raw > highest ? m.raw : 0;
        m.recent[(int) Math.floorMod(m.step, (long) m.recent.length)] = m.score;
    }

    private void tell(Observation.State state, AnomalyDescriptor descriptor, Consumer<Finding> findings) {
        Memory m = memory;
        boolean over = m.raw >= settings.threshold();
        boolean held = m.toldStep != Long.MIN_VALUE && m.step - m.toldStep <= settings.holdOff();
        if (over && !held) {
            m.toldStep = m.step;
            m.active = true;
            double[] shares = shares(descriptor);
            findings.accept(finding(state, null, true, m.raw, "1", settings.threshold(), Double.NaN, 1));
            for (int c = 0; c < shares.length; c++) {
                if (shares[c] >= LEAST_SHARE && !Double.isNaN(state.values()[c])) {
                    findings.accept(finding(
                            state,
                            channels.get(c),
                            true,
                            state.values()[c],
                            channels.get(c).unit(),
                            Double.NaN,
                            expected(descriptor, c),
                            shares[c]));
                }
            }
        } else if (m.active && !held && !over) {
            m.active = false;
            findings.accept(finding(state, null, false, m.raw, "1", settings.threshold(), Double.NaN, 1));
            for (Channel channel : channels) {
                findings.accept(finding(state, channel, false, Double.NaN, channel.unit(), Double.NaN, Double.NaN, 0));
            }
        }
    }

    /** Each channel's share in the forest's score, over all vectors of the shingle. */
    private double[] shares(AnomalyDescriptor descriptor) {
        double[] shares = new double[channels.size()];
        DiVector attribution = descriptor.getAttribution();
        double sum = 0;
        if (attribution != null) {
            for (int i = 0; i < attribution.high.length; i++) {
                double part = attribution.high[i] + attribution.low[i];
                if (part > 0 && part < Double.POSITIVE_INFINITY) {
                    shares[i % shares.length] += part;
                    sum += part;
                }
            }
        }
        for (int c = 0; c < shares.length; c++) {
            shares[c] = sum > 0 ? Math.min(1, shares[c] / sum) : 1.0 / shares.length;
        }
        return shares;
    }

    private static double expected(AnomalyDescriptor descriptor, int c) {
        double[][] expected = descriptor.getExpectedValuesList();
        return expected != null && expected.length > 0 && expected[0] != null && c < expected[0].length
                ? expected[0][c]
                : Double.NaN;
    }

    private Finding finding(
            Observation.State state,
            @Nullable Channel channel,
            boolean active,
            double value,
            String unit,
            double limit,
            double expected,
            double share) {
        return new Finding(
                asset.id(),
                channel == null ? null : channel.id(),
                Finding.Tier.ONSET,
                "onset",
                null,
                active,
                state.timeMicros(),
                value,
                unit,
                limit,
                "adaptive forest of " + settings.trees() + " trees over " + settings.shingle() + " vectors",
                expected,
                Severity.ADVISORY,
                memory.raw,
                share,
                Quality.GOOD,
                state.position());
    }

    /** How much of an onset the newest vector is, 0..1; told once within the hold-off. */
    public double score() {
        return memory.score;
    }

    /** Whether the newest vector is the one at which an onset was told. */
    public boolean isOnset() {
        return memory.toldStep == memory.step;
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            byte[] state = m.forest == null ? new byte[0] : m.forest.state();
            out.writeInt(state.length);
            out.write(state);
            m.usual.write(out);
            Snapshot.doubles(out, m.held);
            Snapshot.doubles(out, m.recent);
            out.writeLong(m.step);
            out.writeLong(m.toldStep);
            out.writeBoolean(m.active);
            out.writeDouble(m.raw);
            out.writeDouble(m.score);
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        memory = new Memory();
        Memory m = new Memory();
        Snapshot.read(owner, snapshot, in -> {
            byte[] state = new byte[in.readInt()];
            in.readFully(state);
            if (m.forest != null) {
                m.forest.restore(state);
            }
            m.usual.read(in);
            Snapshot.doubles(in, m.held);
            Snapshot.doubles(in, m.recent);
            m.step = in.readLong();
            m.toldStep = in.readLong();
            m.active = in.readBoolean();
            m.raw = in.readDouble();
            m.score = in.readDouble();
        });
        memory = m;
    }
}
