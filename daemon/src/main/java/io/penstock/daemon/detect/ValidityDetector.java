package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.ChannelValidity;
import io.penstock.daemon.window.ChannelValidity.Verdict;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tier 0: which sensor is not to be believed. The rule is {@link ChannelValidity}, the same one that keeps invalid readings out of
 * the state vectors; what it withholds is told here as a finding on the sensor.
 */
public final class ValidityDetector implements Detector {
    private static final Duration AGAIN = Duration.ofSeconds(10);
    /** So many spikes within the hold are a noisy sensor. */
    private static final int MANY_SPIKES = 3;

    private static final long NEVER = Long.MIN_VALUE;
    /** Share of the newest interval in the usual one. */
    private static final double INTERVAL_WEIGHT = 0.1;

    private final Asset asset;
    private final ValiditySettings settings;
    private final String owner;
    private Map<String, Sensor> sensors;

    public ValidityDetector(Asset asset, ValiditySettings settings) {
        this.asset = asset;
        this.settings = settings;
        this.owner = "validity/4 " + asset.id() + " " + asset.measured() + " " + settings;
        this.sensors = fresh();
    }

    /** One channel's sensor: what was seen of it and what is said about it. */
    private static final class Sensor {
        final Channel channel;
        final ChannelValidity validity;
        final Standing stuck = new Standing();
        final Standing outOfRange = new Standing();
        final Standing badQuality = new Standing();
        final Standing gap = new Standing();
        final Standing spike = new Standing();
        final Standing clipping = new Standing();
        final Standing rate = new Standing();
        final Standing clock = new Standing();
        long lastMicros = NEVER;
        double usualInterval = Double.NaN;
        long badSince = NEVER;
        long spikeMicros = NEVER;
        int spikes;
        double lastValue = Double.NaN;
        double fastest = Double.NaN;
        long rateSince = NEVER;
        long position = -1;

        Sensor(Channel channel, ValiditySettings settings) {
            this.channel = channel;
            this.validity = new ChannelValidity(channel, settings);
        }

        private Standing[] standings() {
            return new Standing[] {stuck, outOfRange, badQuality, gap, spike, clipping, rate, clock};
        }

        void clockSet(ClockSet set) {
            validity.clockSet(set);
            for (Standing standing : standings()) {
                standing.clockSet(set);
            }
            lastMicros = set.moved(lastMicros);
            badSince = set.moved(badSince);
            spikeMicros = set.moved(spikeMicros);
            rateSince = set.moved(rateSince);
        }

        void write(DataOutputStream out) throws IOException {
            validity.write(out);
            for (Standing standing : standings()) {
                standing.write(out);
            }
            out.writeLong(lastMicros);
            out.writeDouble(usualInterval);
            out.writeLong(badSince);
            out.writeLong(spikeMicros);
            out.writeInt(spikes);
            out.writeDouble(lastValue);
            out.writeDouble(fastest);
            out.writeLong(rateSince);
            out.writeLong(position);
        }

        void read(DataInputStream in) throws IOException {
            validity.read(in);
            for (Standing standing : standings()) {
                standing.read(in);
            }
            lastMicros = in.readLong();
            usualInterval = in.readDouble();
            badSince = in.readLong();
            spikeMicros = in.readLong();
            spikes = in.readInt();
            lastValue = in.readDouble();
            fastest = in.readDouble();
            rateSince = in.readLong();
            position = in.readLong();
        }
    }

    @Override
    public void clockSet(ClockSet set) {
        sensors.values().forEach(sensor -> sensor.clockSet(set));
    }

    private Map<String, Sensor> fresh() {
        Map<String, Sensor> fresh = new LinkedHashMap<>();
        for (Channel channel : asset.channels()) {
            fresh.put(channel.id(), new Sensor(channel, settings));
        }
        return fresh;
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        switch (observation) {
            case Observation.Sample sample -> {
                Sensor sensor = sensors.get(sample.channel().id());
                if (sensor != null) {
                    judge(sensor, sample, findings);
                }
            }
            case Observation.Vibration vibration -> {
                Sensor sensor = sensors.get(vibration.channel().id());
                if (sensor != null) {
                    seen(sensor, vibration.timeMicros(), vibration.position());
                    badQuality(sensor, false, vibration.timeMicros(), vibration.quality(), findings);
                    clipping(sensor, false, vibration.timeMicros(), vibration.quality(), findings);
                }
            }
            case Observation.Clipped clipped -> {
                Sensor sensor = sensors.get(clipped.channel().id());
                if (sensor != null) {
                    seen(sensor, clipped.timeMicros(), clipped.position());
                    badQuality(sensor, false, clipped.timeMicros(), clipped.quality(), findings);
                    sensor.lastValue = clipped.extreme();
                    clipping(sensor, true, clipped.timeMicros(), clipped.quality(), findings);
                }
            }
            case Observation.Clock clock -> {
                Sensor sensor = sensors.get(clock.channel().id());
                if (sensor != null) {
                    clock(sensor, clock, findings);
                }
            }
            case Observation.State state -> {
                for (Sensor sensor : sensors.values()) {
                    silence(sensor, state.timeMicros(), state.position(), findings);
                }
            }
        }
    }

    private void judge(Sensor sensor, Observation.Sample sample, Consumer<Finding> findings) {
        Verdict verdict = sensor.validity.judge(sample.timeMicros(), sample.value(), sample.quality());
        if (verdict == Verdict.LATE) {
            return;
        }
        long time = sample.timeMicros();
        seen(sensor, time, sample.position());
        sensor.lastValue = sample.value();
        Quality quality = sample.quality();
        badQuality(sensor, verdict == Verdict.BAD_QUALITY, time, quality, findings);
        if (verdict == Verdict.BAD_QUALITY) {
            return;
        }
        boolean outside = verdict == Verdict.OUT_OF_RANGE;
        double low = sensor.channel.rangeLow().orElse(Double.NEGATIVE_INFINITY);
        double bound = sample.value() < low ? low : sensor.channel.rangeHigh().orElse(Double.NaN);
        say(sensor, "sensor_out_of_range", sensor.outOfRange, outside, time, quality, bound, "sensor range", findings);
        say(
                sensor,
                "sensor_stuck",
                sensor.stuck,
                verdict == Verdict.STUCK,
                time,
                quality,
                Double.NaN,
                "repeats bit for bit for " + sensor.channel.stuckAfter().toSeconds() + " s",
                findings);
        boolean pinned = verdict == Verdict.CLIPPED;
        double end = sample.value() <= low + sensor.channel.resolution() / 2
                ? low
                : sensor.channel.rangeHigh().orElse(Double.NaN);
        say(
                sensor,
                "sensor_clipping",
                sensor.clipping,
                pinned,
                time,
                quality,
                end,
                "end of the sensor range",
                findings);
        rate(sensor, verdict == Verdict.RATE, time, quality, findings);
        if (verdict == Verdict.SPIKE) {
            findings.accept(spike(sensor, sample));
        }
        if (!Double.isNaN(sensor.validity.spike())) {
            boolean again =
                    sensor.spikeMicros != NEVER && time - sensor.spikeMicros < Standing.micros(settings.spikeHold());
            sensor.spikes = again ? Math.min(sensor.spikes + 1, MANY_SPIKES) : 1;
            sensor.spikeMicros = time;
            sensor.lastValue = sensor.validity.spike();
        }
        boolean recent = sensor.spikeMicros != NEVER
                && time >= sensor.spikeMicros
                && time - sensor.spikeMicros < Standing.micros(settings.spikeHold());
        say(
                sensor,
                "sensor_spike",
                sensor.spike,
                recent,
                time,
                quality,
                Double.NaN,
                "one reading " + ChannelValidity.GRAVE * settings.spikeSpreads()
                        + " spreads off the readings before it",
                findings);
    }

    private Finding spike(Sensor sensor, Observation.Sample sample) {
        return new Finding(
                asset.id(),
                sensor.channel.id(),
                Finding.Tier.VALIDITY,
                Finding.SPIKE,
                null,
                true,
                sample.timeMicros(),
                sample.value(),
                sensor.channel.unit(),
                Double.NaN,
                settings.spikeSpreads() + " spreads off the readings before it",
                sensor.validity.expected(),
                Severity.ADVISORY,
                0.5,
                1,
                sample.quality(),
                sample.position());
    }

    private void seen(Sensor sensor, long time, long position) {
        if (sensor.lastMicros != NEVER && time > sensor.lastMicros) {
            double interval = Math.min(time - sensor.lastMicros, gapMicros(sensor));
            sensor.usualInterval = Double.isNaN(sensor.usualInterval)
                    ? interval
                    : sensor.usualInterval + INTERVAL_WEIGHT * (interval - sensor.usualInterval);
        }
        sensor.lastMicros = time;
        sensor.position = position;
    }

    private double gapMicros(Sensor sensor) {
        double least = Standing.micros(settings.gapAfter());
        return Double.isNaN(sensor.usualInterval)
                ? Math.max(least, 3600e6)
                : Math.max(least, settings.gapIntervals() * sensor.usualInterval);
    }

    private void silence(Sensor sensor, long now, long position, Consumer<Finding> findings) {
        if (sensor.lastMicros == NEVER) {
            return;
        }
        sensor.position = Math.max(sensor.position, position);
        boolean silent = now - sensor.lastMicros > gapMicros(sensor);
        double seconds = (now - sensor.lastMicros) / 1e6;
        Standing.Word word = sensor.gap.tell(silent, now, Duration.ZERO, Duration.ZERO, AGAIN);
        if (word != Standing.Word.NOTHING) {
            findings.accept(finding(
                    sensor,
                    "sensor_gap",
                    silent,
                    now,
                    Math.max(0, seconds),
                    "s",
                    gapMicros(sensor) / 1e6,
                    "usual interval of the channel",
                    Severity.WARNING,
                    Quality.BAD));
        }
    }

    private void badQuality(Sensor sensor, boolean bad, long time, Quality quality, Consumer<Finding> findings) {
        say(
                sensor,
                "sensor_bad_quality",
                sensor.badQuality,
                bad,
                time,
                quality,
                Double.NaN,
                "quality given by the source",
                findings);
    }

    /** Whole waveforms cut off: the first already says that the sensor is too small for what it measures. */
    private void clipping(Sensor sensor, boolean clipped, long time, Quality quality, Consumer<Finding> findings) {
        Standing.Word word = sensor.clipping.tell(clipped, time, Duration.ZERO, Duration.ZERO, AGAIN);
        if (word != Standing.Word.NOTHING) {
            findings.accept(finding(
                    sensor,
                    "sensor_clipping",
                    clipped,
                    time,
                    sensor.lastValue,
                    sensor.channel.unit(),
                    Double.NaN,
                    "samples pile up at the extreme value of the waveform",
                    Severity.WARNING,
                    quality));
        }
    }

    private void rate(Sensor sensor, boolean tooFast, long time, Quality quality, Consumer<Finding> findings) {
        double most = sensor.channel.maxRatePerS().orElse(Double.NaN);
        if (tooFast) {
            sensor.fastest = sensor.validity.rate();
        }
        Standing.Word word = sensor.rate.tell(tooFast, time, Duration.ZERO, settings.lasting(), AGAIN);
        if (word == Standing.Word.BEGINS) {
            sensor.rateSince = time;
        }
        boolean lasting = sensor.rate.isActive() && time - sensor.rateSince >= Standing.micros(settings.lasting());
        if (word != Standing.Word.NOTHING) {
            findings.accept(finding(
                    sensor,
                    "sensor_rate",
                    sensor.rate.isActive(),
                    time,
                    sensor.fastest,
                    sensor.channel.unit() + "/s",
                    sensor.fastest < 0 ? -most : most,
                    "fastest change the quantity can make",
                    lasting ? Severity.WARNING : Severity.ADVISORY,
                    quality));
        }
    }

    private void clock(Sensor sensor, Observation.Clock clock, Consumer<Finding> findings) {
        sensor.position = clock.position();
        Standing.Word word =
                sensor.clock.tell(!clock.trusted(), clock.timeMicros(), Duration.ZERO, Duration.ZERO, AGAIN);
        if (word != Standing.Word.NOTHING) {
            findings.accept(finding(
                    sensor,
                    "sensor_clock",
                    sensor.clock.isActive(),
                    clock.timeMicros(),
                    clock.aheadSeconds(),
                    "s",
                    clock.aheadSeconds() > 0 ? 60 : 0,
                    clock.unset()
                            ? "a clock never set shows a time before 2020; receive times stand in"
                            : "a clock may be 60 s ahead and never goes back; receive times stand in",
                    Severity.WARNING,
                    Quality.UNCERTAIN));
        }
    }

    private void say(
            Sensor sensor,
            String symptom,
            Standing standing,
            boolean holds,
            long time,
            Quality quality,
            double limit,
            String source,
            Consumer<Finding> findings) {
        // a passing remark clears only after it has been well for as long as it would have had to last
        Standing.Word word = standing.tell(holds, time, Duration.ZERO, settings.lasting(), AGAIN);
        if (word == Standing.Word.BEGINS) {
            sensor.badSince = time;
        }
        boolean lasting = standing.isActive()
                && time - sensor.badSince >= Standing.micros(settings.lasting())
                && !symptom.equals("sensor_spike");
        boolean heavy = lasting
                || symptom.equals("sensor_stuck")
                || (symptom.equals("sensor_spike") && sensor.spikes >= MANY_SPIKES);
        if (word != Standing.Word.NOTHING) {
            findings.accept(finding(
                    sensor,
                    symptom,
                    standing.isActive(),
                    time,
                    sensor.lastValue,
                    sensor.channel.unit(),
                    limit,
                    source,
                    heavy ? Severity.WARNING : Severity.ADVISORY,
                    quality));
        }
    }

    private Finding finding(
            Sensor sensor,
            String symptom,
            boolean active,
            long time,
            double value,
            String unit,
            double limit,
            String source,
            Severity severity,
            Quality quality) {
        return new Finding(
                asset.id(),
                sensor.channel.id(),
                Finding.Tier.VALIDITY,
                symptom,
                null,
                active,
                time,
                value,
                unit,
                limit,
                source,
                Double.NaN,
                severity,
                severity == Severity.ADVISORY ? 0.5 : 0.9,
                1,
                quality,
                sensor.position);
    }

    @Override
    public byte[] snapshot() {
        return Snapshot.write(owner, out -> {
            for (Sensor sensor : sensors.values()) {
                sensor.write(out);
            }
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        sensors = fresh();
        Map<String, Sensor> read = fresh();
        Snapshot.read(owner, snapshot, in -> {
            for (Sensor sensor : read.values()) {
                sensor.read(in);
            }
        });
        sensors = read;
    }
}
