package io.penstock.daemon.detect;

import com.amazon.randomcutforest.parkservices.AnomalyDescriptor;
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
 * Tier 2, onset: did something just change? An adaptive forest with attribution and expected values, beside a rolling
 * median and spread for the second spike that the forest lets pass. It learns what stays, so alone it never opens a case: its
 * findings are advisory.
 */
public final class OnsetDetector implements Detector {
    private static final double LEAST_SHARE = 0.1;

    private final Asset asset;
    private final List<Channel> channels;
    private final OnsetSettings settings;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final @Nullable Forest forest = channels.isEmpty() ? null : new Forest(channels.size(), settings);
        final RollingSpread[] spreads = new RollingSpread[channels.size()];
        final double[] held = new double[channels.size()];
        final double[] recent = new double[Math.max(1, settings.holdOff())];
        long step;
        long toldStep = Long.MIN_VALUE;
        boolean active;
        double raw;
        double score;

        Memory() {
            Arrays.setAll(spreads, i -> new RollingSpread(settings.robustWindow()));
            Arrays.fill(held, Double.NaN);
        }
    }

    public OnsetDetector(Asset asset, OnsetSettings settings) {
        this.asset = asset;
        this.channels = AssetWindow.scalarsOf(asset);
        this.settings = settings;
        this.owner = "onset/1 " + asset.id() + " " + channels + " " + settings;
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
        double[] robust = robust(values);
        double most = 0;
        for (double score : robust) {
            most = Math.max(most, score);
        }
        double grade = Double.isFinite(descriptor.getAnomalyGrade()) ? descriptor.getAnomalyGrade() : 0;
        m.raw = Math.clamp(Math.max(grade, most), 0, 1);
        heldOff();
        tell(state, descriptor, grade, robust, findings);
    }

    /** How far each value is off its rolling median, 0..1, the companion's weight included. */
    private double[] robust(double[] values) {
        double[] scores = new double[values.length];
        for (int c = 0; c < values.length; c++) {
            if (Double.isNaN(values[c])) {
                continue;
            }
            RollingSpread rolling = memory.spreads[c];
            if (rolling.size() >= Math.min(settings.robustWindow(), 100)) {
                double spread = Math.max(rolling.spread(), channels.get(c).resolution());
                if (!(spread > 0)) {
                    // more than half the values are equal: the tails tell the spread
                    spread = (rolling.quantile(0.95) - rolling.quantile(0.05)) / 3.3;
                }
                double far = spread > 0 ? Math.abs(values[c] - rolling.median()) / spread : 0;
                scores[c] = Math.min(1, settings.robustWeight() * far / settings.robustLimit());
            }
            rolling.add(values[c]);
        }
        return scores;
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

    private void tell(
            Observation.State state,
            AnomalyDescriptor descriptor,
            double grade,
            double[] robust,
            Consumer<Finding> findings) {
        Memory m = memory;
        boolean over = m.raw >= settings.threshold();
        boolean held = m.toldStep != Long.MIN_VALUE && m.step - m.toldStep <= settings.holdOff();
        if (over && !held) {
            m.toldStep = m.step;
            m.active = true;
            double[] shares = shares(descriptor, grade, robust);
            findings.accept(finding(state, null, true, m.raw, "1", settings.threshold(), Double.NaN, 1));
            for (int c = 0; c < shares.length; c++) {
                if (shares[c] >= LEAST_SHARE && !Double.isNaN(state.values()[c])) {
                    double expected = expected(descriptor, c);
                    findings.accept(finding(
                            state,
                            channels.get(c),
                            true,
                            state.values()[c],
                            channels.get(c).unit(),
                            Double.NaN,
                            Double.isNaN(expected) ? memory.spreads[c].median() : expected,
                            shares[c]));
                }
            }
        } else if (m.active && !held && !over) {
            m.active = false;
            findings.accept(finding(state, null, false, m.raw, "1", settings.threshold(), Double.NaN, 1));
            for (Channel channel : channels) {
                findings.accept(
                        finding(state, channel, false, Double.NaN, channel.unit(), Double.NaN, Double.NaN, 0));
            }
        }
    }

    private double[] shares(AnomalyDescriptor descriptor, double grade, double[] robust) {
        double[] shares = new double[channels.size()];
        double[] attribution = descriptor.getRelevantAttribution();
        double sum = 0;
        for (int c = 0; c < shares.length; c++) {
            double part = grade > 0 && attribution != null && c < attribution.length ? attribution[c] : robust[c];
            shares[c] = Double.isFinite(part) ? Math.max(0, part) : 0;
            sum += shares[c];
        }
        for (int c = 0; c < shares.length; c++) {
            shares[c] = sum > 0 ? shares[c] / sum : 1.0 / shares.length;
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
            for (RollingSpread spread : m.spreads) {
                spread.write(out);
            }
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
            for (RollingSpread spread : m.spreads) {
                spread.read(in);
            }
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
