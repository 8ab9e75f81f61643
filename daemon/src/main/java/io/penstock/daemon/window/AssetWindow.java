package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.window.ChannelValidity.Verdict;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Turns the readings of one asset, in journal order, into observations: every scalar as a sample, every usable waveform as its
 * features, and the valid scalars together as state vectors on a grid of source time. A grid instant is told when the first
 * later reading comes, so it holds everything known up to it and nothing after. Not thread-safe.
 */
public final class AssetWindow {
    /** A converter's clock is good to parts in a thousand; beyond this the waveform is of another rate. */
    private static final double RATE_TOLERANCE = 0.02;

    private static final long NEVER = Long.MIN_VALUE;
    private static final long MICROS_BACK_IS_A_NEW_CLOCK = 60_000_000L;

    private final Asset asset;
    private final WaveformAnalysis analysis;
    private final WindowSettings settings;
    private final List<Channel> scalars;
    private final Map<String, Integer> places = new HashMap<>();
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final ChannelValidity[] validity = new ChannelValidity[scalars.size()];
        final double[] held = new double[scalars.size()];
        final long[] heldMicros = new long[scalars.size()];
        final Map<String, Long> waveformMicros = new HashMap<>();
        final Map<String, SourceClock> clocks = new LinkedHashMap<>();
        long newestMicros = NEVER;
        long toldMicros = NEVER;
        long position = -1;
        double shaftHz = Double.NaN;
        long shaftMicros = NEVER;
        long dropped;
        long unknown;

        Memory() {
            Arrays.fill(held, Double.NaN);
            Arrays.fill(heldMicros, NEVER);
            for (int i = 0; i < validity.length; i++) {
                validity[i] = new ChannelValidity(scalars.get(i), settings.validity());
            }
            asset.channels().forEach(channel -> clocks.put(channel.id(), new SourceClock()));
        }
    }

    public AssetWindow(Asset asset, WaveformAnalysis analysis) {
        this(asset, analysis, WindowSettings.standard());
    }

    public AssetWindow(Asset asset, WaveformAnalysis analysis, WindowSettings settings) {
        this.asset = asset;
        this.analysis = analysis;
        this.settings = settings;
        this.scalars = scalarsOf(asset);
        for (int i = 0; i < scalars.size(); i++) {
            places.put(scalars.get(i).id(), i);
        }
        this.owner = "asset-window/4 " + asset.id() + " "
                + scalars.stream().map(Channel::withoutLimits).toList() + " " + settings;
        this.memory = new Memory();
    }

    /** The scalar channels of an asset, in the order of {@link Observation.State#values()}. */
    public static List<Channel> scalarsOf(Asset asset) {
        return asset.channels().stream().filter(c -> !c.isWaveform()).toList();
    }

    /** Readings of other assets and of channels the asset does not have are counted and passed over. */
    public void accept(Reading reading, long position, Consumer<Observation> out) {
        Channel channel = reading.channel().asset().equals(asset.id())
                ? asset.channel(reading.channel().channel())
                : null;
        if (channel == null) {
            memory.unknown++;
            return;
        }
        switch (reading) {
            case Reading.Scalar scalar -> {
                Integer place = places.get(channel.id());
                if (place == null) {
                    memory.unknown++;
                } else {
                    accept(scalar, place, time(reading, channel, position, out), position, out);
                }
            }
            case Reading.Waveform waveform ->
                accept(waveform, channel, time(reading, channel, position, out), position, out);
        }
    }

    /** The time to reckon with; tells what the channel's clock is worth where it is worth telling. */
    private long time(Reading reading, Channel channel, long position, Consumer<Observation> out) {
        SourceClock clock = memory.clocks.get(channel.id());
        if (clock == null || !settings.receiveTimes()) {
            return reading.sourceMicros();
        }
        boolean before = clock.trust() == SourceClock.Trust.TRUSTED;
        long time = clock.judge(reading.sourceMicros(), reading.receivedMicros());
        boolean trusted = clock.trust() == SourceClock.Trust.TRUSTED;
        if (!trusted || !before) {
            out.accept(new Observation.Clock(
                    asset,
                    channel,
                    time,
                    trusted,
                    clock.trust() == SourceClock.Trust.UNSET,
                    ((double) reading.sourceMicros() - reading.receivedMicros()) / 1e6,
                    position));
        }
        return time;
    }

    /** Says that nothing more comes for the newest instant (the end of a row or of a recording), so its state can be told. */
    public void completeInstant(Consumer<Observation> out) {
        if (memory.newestMicros != NEVER) {
            tellUpTo(memory.newestMicros, true, out);
        }
    }

    /** Duplicate, late, invalid or unusable readings kept out of features since the start. */
    public long dropped() {
        return memory.dropped;
    }

    /** Readings of channels this asset does not have. */
    public long unknown() {
        return memory.unknown;
    }

    private void accept(Reading.Scalar reading, int place, long time, long position, Consumer<Observation> out) {
        Memory m = memory;
        Channel channel = scalars.get(place);
        out.accept(new Observation.Sample(asset, channel, time, reading.value(), reading.quality(), position));
        Verdict verdict = m.validity[place].judge(time, reading.value(), reading.quality());
        if (verdict == Verdict.LATE) {
            m.dropped++;
            return;
        }
        if (m.newestMicros != NEVER && time < m.newestMicros - MICROS_BACK_IS_A_NEW_CLOCK) {
            // the channel's own rule believes it: the source's clock was set back, and the grid goes with it
            m.newestMicros = NEVER;
            m.toldMicros = NEVER;
            Arrays.fill(m.heldMicros, NEVER);
        }
        if (time > m.newestMicros) {
            if (m.newestMicros != NEVER) {
                tellUpTo(time, false, out);
            }
            m.newestMicros = time;
        }
        m.position = position;
        switch (verdict) {
            case VALID -> {
                m.held[place] = reading.value();
                m.heldMicros[place] = time;
                if (channel.quantity().equals("speed")) {
                    m.shaftHz = reading.value() / 60;
                    m.shaftMicros = time;
                }
            }
            // the last believed value stands in until it is stale
            case SPIKE, RATE -> m.dropped++;
            default -> {
                m.dropped++;
                m.heldMicros[place] = NEVER;
            }
        }
    }

    private void accept(
            Reading.Waveform reading, Channel channel, long time, long position, Consumer<Observation> out) {
        Memory m = memory;
        Long before = m.waveformMicros.get(channel.id());
        boolean late = before != null && time <= before && time > before - MICROS_BACK_IS_A_NEW_CLOCK;
        if (late || !channel.isWaveform() || !ChannelValidity.isPlausible(time)) {
            m.dropped++;
            return;
        }
        m.waveformMicros.put(channel.id(), time);
        switch (judge(reading, channel)) {
            case GOOD -> analyse(reading, channel, time, position, out);
            case UNUSABLE -> {
                m.dropped++;
                // tells the validity tier that this sensor spoke, and that it was no use
                out.accept(new Observation.Sample(asset, channel, time, Double.NaN, Quality.BAD, position));
            }
            case CLIPPED -> {
                m.dropped++;
                double extreme = WaveformValidity.extreme(reading.samples());
                out.accept(new Observation.Clipped(asset, channel, time, extreme, reading.quality(), position));
            }
        }
    }

    private void analyse(
            Reading.Waveform reading, Channel channel, long time, long position, Consumer<Observation> out) {
        Memory m = memory;
        boolean fresh = m.shaftMicros != NEVER && Math.abs(time - m.shaftMicros) <= micros(settings.staleAfter());
        VibrationFeatures features =
                analysis.analyse(asset, channel, reading.samples(), reading.rateHz(), fresh ? m.shaftHz : Double.NaN);
        out.accept(new Observation.Vibration(asset, channel, time, features, reading.quality(), position));
    }

    private WaveformValidity.Verdict judge(Reading.Waveform reading, Channel channel) {
        boolean doubted = reading.quality() == Quality.BAD
                || (reading.quality() == Quality.UNCERTAIN
                        && !settings.validity().trustUncertain());
        // at another rate every line stands elsewhere and the healthy baseline says nothing
        double rate = channel.rateHz().orElse(reading.rateHz());
        boolean otherRate = Math.abs(reading.rateHz() - rate) > RATE_TOLERANCE * rate;
        return doubted || otherRate ? WaveformValidity.Verdict.UNUSABLE : WaveformValidity.judge(reading.samples());
    }

    /** Tells the grid instants before {@code time}, and {@code time} itself when nothing more can come for it. */
    private void tellUpTo(long time, boolean inclusive, Consumer<Observation> out) {
        Memory m = memory;
        long step = micros(settings.cadence());
        if (step == 0) {
            if (m.newestMicros != m.toldMicros) {
                m.toldMicros = m.newestMicros;
                tell(m.newestMicros, out);
            }
            return;
        }
        long first = m.toldMicros == NEVER ? ceiling(m.newestMicros, step) : m.toldMicros + step;
        long last = inclusive ? Math.floorDiv(time, step) * step : Math.floorDiv(time - 1, step) * step;
        // beyond this every value is stale: hours of silence cost nothing
        long useful = m.newestMicros + micros(settings.staleAfter());
        for (long instant = first; instant <= Math.min(last, useful); instant += step) {
            tell(instant, out);
        }
        if (last >= first) {
            m.toldMicros = last;
        }
    }

    private void tell(long instant, Consumer<Observation> out) {
        Memory m = memory;
        double[] values = new double[m.held.length];
        boolean any = false;
        long oldest = instant - micros(settings.staleAfter());
        for (int i = 0; i < values.length; i++) {
            boolean fresh = m.heldMicros[i] != NEVER && m.heldMicros[i] >= oldest;
            values[i] = fresh ? m.held[i] : Double.NaN;
            any |= fresh;
        }
        if (any) {
            out.accept(new Observation.State(asset, instant, values, m.position));
        }
    }

    /** The gateway's clock was set: what was known by receive times moves with it, so that no silence is seen. */
    public void clockSet(ClockSet set) {
        Memory m = memory;
        for (ChannelValidity validity : m.validity) {
            validity.clockSet(set);
        }
        for (int i = 0; i < m.heldMicros.length; i++) {
            m.heldMicros[i] = set.moved(m.heldMicros[i]);
        }
        m.waveformMicros.replaceAll((channel, micros) -> set.moved(micros));
        long newest = set.moved(m.newestMicros);
        if (newest != m.newestMicros) {
            m.newestMicros = newest;
            // the grid begins anew at the next whole instant, not where it was decades ago
            m.toldMicros = NEVER;
        }
        m.shaftMicros = set.moved(m.shaftMicros);
    }

    /** Everything a restart must not forget. */
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            for (ChannelValidity validity : m.validity) {
                validity.write(out);
            }
            Snapshot.doubles(out, m.held);
            for (long at : m.heldMicros) {
                out.writeLong(at);
            }
            out.writeInt(m.waveformMicros.size());
            for (Map.Entry<String, Long> entry : m.waveformMicros.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeLong(entry.getValue());
            }
            for (SourceClock clock : m.clocks.values()) {
                clock.write(out);
            }
            out.writeLong(m.newestMicros);
            out.writeLong(m.toldMicros);
            out.writeLong(m.position);
            out.writeDouble(m.shaftHz);
            out.writeLong(m.shaftMicros);
            out.writeLong(m.dropped);
            out.writeLong(m.unknown);
        });
    }

    /**
     * Goes on from a snapshot.
     *
     * @throws IllegalArgumentException when it is not a snapshot of this window with these settings; the window is then as new
     */
    public void restore(byte[] snapshot) {
        memory = new Memory();
        Memory m = new Memory();
        Snapshot.read(owner, snapshot, in -> {
            for (ChannelValidity validity : m.validity) {
                validity.read(in);
            }
            Snapshot.doubles(in, m.held);
            for (int i = 0; i < m.heldMicros.length; i++) {
                m.heldMicros[i] = in.readLong();
            }
            int waveforms = in.readInt();
            for (int i = 0; i < waveforms; i++) {
                m.waveformMicros.put(in.readUTF(), in.readLong());
            }
            for (SourceClock clock : m.clocks.values()) {
                clock.read(in);
            }
            m.newestMicros = in.readLong();
            m.toldMicros = in.readLong();
            m.position = in.readLong();
            m.shaftHz = in.readDouble();
            m.shaftMicros = in.readLong();
            m.dropped = in.readLong();
            m.unknown = in.readLong();
        });
        memory = m;
    }

    private static long ceiling(long time, long step) {
        return -Math.floorDiv(-time, step) * step;
    }

    private static long micros(Duration duration) {
        return Math.addExact(Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000);
    }
}
