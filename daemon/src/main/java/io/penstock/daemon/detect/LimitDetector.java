package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.window.ChannelValidity;
import io.penstock.daemon.window.ChannelValidity.Verdict;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.sensors.reading.Quality;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tier 1: the asset's configured limits, on valid samples and on features of waveforms, with hysteresis, delays and deadband.
 * A channel whose readings are invalid keeps its alarms: silence is no proof of health.
 */
public final class LimitDetector implements Detector {
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final Asset asset;
    private final ValiditySettings settings;
    private final String owner;
    private Map<String, Watched> channels;

    public LimitDetector(Asset asset, ValiditySettings settings) {
        this.asset = asset;
        // a true overload is never withheld as a spike: the limit's own delay filters it
        this.settings = new ValiditySettings(
                settings.trustUncertain(),
                Double.POSITIVE_INFINITY,
                settings.gapAfter(),
                settings.gapIntervals(),
                settings.lasting(),
                settings.spikeHold());
        this.owner = "limits/3 " + asset.id() + " " + asset.measured() + " " + shape(asset) + " " + this.settings;
        this.channels = fresh();
        for (Channel channel : asset.channels()) {
            for (Limit limit : channel.limits()) {
                if (channel.isWaveform() == limit.of().equals("value")
                        || (channel.isWaveform() && feature(limit.of(), null).isEmpty())) {
                    throw new IllegalArgumentException("limit of channel " + channel.id() + ": it is on " + limit.of()
                            + ", expected " + (channel.isWaveform() ? FEATURES : "value"));
                }
            }
        }
    }

    /** Where limits stand, not how high: a limit that is moved ends or goes on what was said under the old one. */
    private static List<String> shape(Asset asset) {
        return asset.channels().stream()
                .flatMap(c -> c.limits().stream()
                        .map(l -> c.id() + " " + l.of() + (l.above() ? " above " : " below ") + l.severity()))
                .toList();
    }

    private static final String FEATURES =
            "velocity_rms, acceleration_rms, peak, kurtosis, crest, high_band_rms or blade_pass_modulation";

    private static final class Watched {
        final Channel channel;
        final ChannelValidity validity;
        final List<Standing> standings = new ArrayList<>();

        Watched(Channel channel, ValiditySettings settings) {
            this.channel = channel;
            this.validity = new ChannelValidity(channel, settings);
            channel.limits().forEach(limit -> standings.add(new Standing()));
        }
    }

    @Override
    public void clockSet(ClockSet set) {
        channels.values().forEach(watched -> {
            watched.validity.clockSet(set);
            watched.standings.forEach(standing -> standing.clockSet(set));
        });
    }

    private Map<String, Watched> fresh() {
        Map<String, Watched> fresh = new LinkedHashMap<>();
        for (Channel channel : asset.channels()) {
            if (!channel.limits().isEmpty()) {
                fresh.put(channel.id(), new Watched(channel, settings));
            }
        }
        return fresh;
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        switch (observation) {
            case Observation.Sample sample -> {
                Watched watched = channels.get(sample.channel().id());
                if (watched == null || watched.channel.isWaveform()) {
                    return;
                }
                Verdict verdict = watched.validity.judge(sample.timeMicros(), sample.value(), sample.quality());
                // nor is a fast one, nor one beyond which the sensor cannot see
                if (verdict == Verdict.VALID || verdict == Verdict.RATE || verdict == Verdict.CLIPPED) {
                    for (int i = 0; i < watched.standings.size(); i++) {
                        Limit limit = watched.channel.limits().get(i);
                        String symptom = watched.channel.quantity() + (limit.above() ? "_high" : "_low");
                        check(
                                watched,
                                i,
                                symptom,
                                watched.channel.unit(),
                                sample.value(),
                                sample.timeMicros(),
                                sample.quality(),
                                sample.position(),
                                findings);
                    }
                }
            }
            case Observation.Vibration vibration -> {
                Watched watched = channels.get(vibration.channel().id());
                if (watched == null) {
                    return;
                }
                for (int i = 0; i < watched.standings.size(); i++) {
                    Limit limit = watched.channel.limits().get(i);
                    double value = feature(limit.of(), vibration.features()).orElse(Double.NaN);
                    if (Double.isFinite(value)) {
                        check(
                                watched,
                                i,
                                symptomOf(limit),
                                unitOf(limit.of(), watched.channel.unit()),
                                value,
                                vibration.timeMicros(),
                                vibration.quality(),
                                vibration.position(),
                                findings);
                    }
                }
            }
            case Observation.State state -> {}
            case Observation.Clock clock -> {}
            case Observation.Clipped clipped -> {}
        }
    }

    private void check(
            Watched watched,
            int place,
            String symptom,
            String unit,
            double value,
            long time,
            Quality quality,
            long position,
            Consumer<Finding> findings) {
        Limit limit = watched.channel.limits().get(place);
        Standing standing = watched.standings.get(place);
        double beyond = limit.above() ? value - limit.value() : limit.value() - value;
        // the deadband: what is smaller than the resolution is no crossing back
        double back = watched.channel.isWaveform()
                ? limit.hysteresis()
                : Math.max(limit.hysteresis(), watched.channel.resolution());
        boolean holds = standing.isActive() ? beyond > -back : beyond > 0;
        Standing.Word word = standing.tell(holds, time, limit.onDelay(), limit.offDelay(), AGAIN);
        if (word == Standing.Word.NOTHING) {
            return;
        }
        // several limits of one symptom (zone C, zone D) are one finding: the heaviest that holds speaks
        int speaks = heaviest(watched, limit);
        if (speaks >= 0 && speaks != place && word != Standing.Word.ENDS) {
            return;
        }
        Limit told = speaks >= 0 ? watched.channel.limits().get(speaks) : limit;
        double past = told.above() ? value - told.value() : told.value() - value;
        double scale = Math.max(Math.abs(told.value()), 1e-9);
        findings.accept(new Finding(
                asset.id(),
                watched.channel.id(),
                Finding.Tier.LIMIT,
                symptom,
                null,
                speaks >= 0,
                time,
                value,
                unit,
                told.value(),
                told.source(),
                Double.NaN,
                told.severity(),
                Math.clamp(0.5 + past / scale, 0, 1),
                1,
                quality,
                position));
    }

    /** The place of the most severe limit that holds and names the same symptom, or -1. */
    private static int heaviest(Watched watched, Limit like) {
        int best = -1;
        List<Limit> limits = watched.channel.limits();
        for (int i = 0; i < limits.size(); i++) {
            Limit limit = limits.get(i);
            if (watched.standings.get(i).isActive()
                    && limit.of().equals(like.of())
                    && limit.above() == like.above()
                    && (best < 0 || limit.severity().compareTo(limits.get(best).severity()) > 0)) {
                best = i;
            }
        }
        return best;
    }

    private static String symptomOf(Limit limit) {
        String name = switch (limit.of()) {
            case "rms" -> "acceleration_rms";
            case "high_band_rms" -> "high_band";
            default -> limit.of();
        };
        return name + (limit.above() ? "_high" : "_low");
    }

    private static String unitOf(String feature, String channelUnit) {
        return switch (feature) {
            case "velocity_rms" -> "mm/s";
            case "rms", "acceleration_rms", "peak", "high_band_rms", "high_band" -> channelUnit;
            default -> "1";
        };
    }

    /** The feature of that name; 0 stands for any where only the name is asked about. */
    private static OptionalDouble feature(String name, @Nullable VibrationFeatures features) {
        VibrationFeatures f = features == null ? NOTHING : features;
        return switch (name) {
            case "velocity_rms" -> OptionalDouble.of(f.velocityRms());
            case "rms", "acceleration_rms" -> OptionalDouble.of(f.rms());
            case "peak" -> OptionalDouble.of(f.peak());
            case "kurtosis" -> OptionalDouble.of(f.kurtosis());
            case "crest" -> OptionalDouble.of(f.crest());
            case "high_band_rms", "high_band" -> OptionalDouble.of(f.highBandRms());
            case "blade_pass_modulation" -> OptionalDouble.of(f.bladePassModulation());
            default -> OptionalDouble.empty();
        };
    }

    private static final VibrationFeatures NOTHING =
            new VibrationFeatures(0, 0, 0, 0, 0, 0, 0, 0, List.of(), 0, List.of());

    @Override
    public byte[] snapshot() {
        return Snapshot.write(owner, out -> {
            for (Watched watched : channels.values()) {
                watched.validity.write(out);
                for (Standing standing : watched.standings) {
                    standing.write(out);
                }
            }
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        channels = fresh();
        Map<String, Watched> read = fresh();
        Snapshot.read(owner, snapshot, in -> {
            for (Watched watched : read.values()) {
                watched.validity.read(in);
                for (Standing standing : watched.standings) {
                    standing.read(in);
                }
            }
        });
        channels = read;
    }
}
