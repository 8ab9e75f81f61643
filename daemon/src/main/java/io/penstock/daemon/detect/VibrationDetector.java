package io.penstock.daemon.detect;

import static io.penstock.daemon.detect.VibrationBaseline.ACCELERATION;
import static io.penstock.daemon.detect.VibrationBaseline.BLADE_PASS;
import static io.penstock.daemon.detect.VibrationBaseline.CREST;
import static io.penstock.daemon.detect.VibrationBaseline.FIRST_ORDER;
import static io.penstock.daemon.detect.VibrationBaseline.HIGH_BAND;
import static io.penstock.daemon.detect.VibrationBaseline.KURTOSIS;
import static io.penstock.daemon.detect.VibrationBaseline.LINE_TWICE;
import static io.penstock.daemon.detect.VibrationBaseline.MODULATION;
import static io.penstock.daemon.detect.VibrationBaseline.VELOCITY;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import io.penstock.sensors.reading.Quality;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a waveform's features against limits with a named source and against the channel's own healthy baseline. Waveforms of
 * bad quality and of a machine that stands are passed over.
 */
public final class VibrationDetector implements Detector {
    private static final int VERSION = 1;

    private static final List<Limit> SMALL_MACHINE = zones(2.8, 4.5);
    private static final String[] ORDER_SYMPTOMS = {
        "order_half_high", "order_1x_high", "", "order_2x_high", "", "order_3x_high", "", "", ""
    };

    private final VibrationSettings settings;
    private final Map<String, ChannelState> channels = new TreeMap<>();

    private static final class ChannelState {
        final VibrationBaseline baseline;
        final Map<String, VibrationLatch> latches = new TreeMap<>();

        ChannelState(VibrationSettings settings) {
            baseline = new VibrationBaseline(settings.baselineWindows());
        }
    }

    /** What is said of a symptom in one waveform: the value, what it is held against, and who says so. */
    private record Verdict(
            String symptom,
            @Nullable String location,
            double value,
            String unit,
            double limit,
            String source,
            double baseline,
            Severity severity,
            double strength) {}

    public VibrationDetector(VibrationSettings settings) {
        this.settings = settings;
    }

    private static List<Limit> zones(double warning, double alarm) {
        String table = "ISO 20816-3, 15 to 300 kW on a rigid base, zone ";
        return List.of(limit(alarm, Severity.ALARM, table + "D"), limit(warning, Severity.WARNING, table + "C"));
    }

    private static Limit limit(double value, Severity severity, String source) {
        Duration none = Duration.ZERO;
        return new Limit("velocity_rms", true, value, 0.1 * value, none, none, severity, source);
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.Vibration vibration) || vibration.quality() == Quality.BAD) {
            return;
        }
        Asset asset = vibration.asset();
        VibrationFeatures features = vibration.features();
        boolean standing = asset.ratedRpm().isPresent()
                && !(features.shaftHz() > 0.3 * asset.ratedRpm().getAsDouble() / 60);
        if (standing) {
            return;
        }
        ChannelState state = channels.computeIfAbsent(vibration.channel().id(), id -> new ChannelState(settings));
        double[] vector = VibrationBaseline.vector(features);

        velocity(vibration, state, vector, findings);
        overall(vibration, state, vector, findings);
        orders(vibration, state, vector, findings);
        highBand(vibration, state, vector, findings);
        elements(vibration, state, findings);
        if (!state.baseline.known() && vibration.quality() == Quality.GOOD) {
            state.baseline.learn(vector);
        }
    }

    private void velocity(Observation.Vibration seen, ChannelState state, double[] vector, Consumer<Finding> findings) {
        List<Limit> limits = limitsOf(seen, "velocity_rms", SMALL_MACHINE);
        double value = vector[VELOCITY];
        double baseline = state.baseline.median(VELOCITY);
        // a machine whose healthy level lies in zone C was accepted like that: only a change counts then
        double learned = overBaseline(state, VELOCITY, settings.velocityRatio(), 2 * settings.orderFloorMmPerS());
        double threshold = learned;
        String source = learnedSource(settings.velocityRatio());
        Severity severity = Severity.ADVISORY;
        for (Limit limit : limits) {
            if (value > limit.value() && !(baseline > 0.8 * limit.value())) {
                threshold = limit.value();
                source = limit.source();
                severity = limit.severity();
                break;
            }
        }
        if (Double.isNaN(threshold)) {
            threshold = limits.isEmpty()
                    ? Double.POSITIVE_INFINITY
                    : limits.getLast().value();
        }
        verdict(seen, state, findings, over("velocity_rms_high", value, "mm/s", threshold, source, baseline, severity));
    }

    private static List<Limit> limitsOf(Observation.Vibration seen, String of, List<Limit> otherwise) {
        List<Limit> own = seen.channel().limits().stream()
                .filter(limit -> limit.above() && limit.of().equals(of))
                .sorted(Comparator.comparingDouble(Limit::value).reversed())
                .toList();
        return own.isEmpty() ? otherwise : own;
    }

    private String learnedSource(double ratio) {
        return ratio + " times the healthy baseline of " + settings.baselineWindows() + " waveforms";
    }

    /** The limit that follows from the baseline; NaN while there is none. */
    private double overBaseline(ChannelState state, int feature, double ratio, double floor) {
        double median = state.baseline.median(feature);
        double spread = state.baseline.spread(feature);
        return Math.max(Math.max(median * ratio, median + settings.spreads() * spread), floor);
    }

    private void overall(Observation.Vibration seen, ChannelState state, double[] vector, Consumer<Finding> findings) {
        VibrationBaseline baseline = state.baseline;
        if (baseline.known()) {
            double ratio = settings.accelerationRatio();
            verdict(
                    seen,
                    state,
                    findings,
                    over(
                            "acceleration_rms_high",
                            vector[ACCELERATION],
                            seen.channel().unit(),
                            overBaseline(state, ACCELERATION, ratio, 0),
                            learnedSource(ratio),
                            baseline.median(ACCELERATION),
                            Severity.ADVISORY));
        }
        double kurtosis = Math.max(
                settings.kurtosisLimit(),
                baseline.known()
                        ? baseline.median(KURTOSIS) + Math.max(0.5, settings.spreads() * baseline.spread(KURTOSIS))
                        : settings.kurtosisLimit() + 0.5);
        verdict(
                seen,
                state,
                findings,
                over(
                        "kurtosis_high",
                        vector[KURTOSIS],
                        "1",
                        kurtosis,
                        "3 is a Gaussian; healthy baseline and spread",
                        baseline.median(KURTOSIS),
                        Severity.ADVISORY));
        double crest = baseline.known()
                ? overBaseline(state, CREST, settings.crestRatio(), settings.crestLimit())
                : settings.crestLimit() + 1;
        verdict(
                seen,
                state,
                findings,
                over(
                        "crest_high",
                        vector[CREST],
                        "1",
                        crest,
                        learnedSource(settings.crestRatio()),
                        baseline.median(CREST),
                        Severity.ADVISORY));
    }

    private void orders(Observation.Vibration seen, ChannelState state, double[] vector, Consumer<Finding> findings) {
        if (!state.baseline.known()) {
            return;
        }
        int many = 0;
        double strongest = 0;
        for (int i = 0; i < VibrationBaseline.ORDERS.length; i++) {
            int place = FIRST_ORDER + i;
            double limit = overBaseline(state, place, settings.orderRatio(), settings.orderFloorMmPerS());
            if (vector[place] > limit) {
                many++;
                strongest = Math.max(strongest, vector[place] / limit);
            }
            if (!ORDER_SYMPTOMS[i].isEmpty()) {
                order(ORDER_SYMPTOMS[i], place, seen, state, vector, findings);
            }
        }
        verdict(
                seen,
                state,
                findings,
                new Verdict(
                        "order_many_high",
                        null,
                        many,
                        "1",
                        settings.manyOrders(),
                        "shaft orders 0.5 to 6 over " + learnedSource(settings.orderRatio()),
                        0,
                        Severity.WARNING,
                        many == 0 ? 0 : strength(strongest)));
        order("blade_pass_high", BLADE_PASS, seen, state, vector, findings);
        order("line_2x_high", LINE_TWICE, seen, state, vector, findings);
    }

    private void order(
            String symptom,
            int place,
            Observation.Vibration seen,
            ChannelState state,
            double[] vector,
            Consumer<Finding> findings) {
        verdict(
                seen,
                state,
                findings,
                over(
                        symptom,
                        vector[place],
                        "mm/s",
                        overBaseline(state, place, settings.orderRatio(), settings.orderFloorMmPerS()),
                        learnedSource(settings.orderRatio()),
                        state.baseline.median(place),
                        Severity.ADVISORY));
    }

    private void highBand(Observation.Vibration seen, ChannelState state, double[] vector, Consumer<Finding> findings) {
        double healthy = state.baseline.median(HIGH_BAND);
        if (healthy > 0) {
            double db = 20 * Math.log10(Math.max(vector[HIGH_BAND], 1e-12) / healthy);
            double spreadDb = 20 * Math.log10(1 + settings.spreads() * state.baseline.spread(HIGH_BAND) / healthy);
            double limit = Math.max(settings.highBandDb(), spreadDb);
            verdict(
                    seen,
                    state,
                    findings,
                    new Verdict(
                            "high_band_high",
                            null,
                            db,
                            "dB",
                            limit,
                            "over the healthy level of the band above 5 kHz",
                            0,
                            Severity.ADVISORY,
                            excess(db - limit)));
        }
        if (!Double.isNaN(vector[MODULATION]) && state.baseline.known()) {
            double limit = overBaseline(state, MODULATION, settings.orderRatio(), settings.modulationLimit());
            verdict(
                    seen,
                    state,
                    findings,
                    over(
                            "blade_pass_modulation",
                            vector[MODULATION],
                            "1",
                            limit,
                            learnedSource(settings.orderRatio()),
                            state.baseline.median(MODULATION),
                            Severity.ADVISORY));
        }
    }

    private void elements(Observation.Vibration seen, ChannelState state, Consumer<Finding> findings) {
        List<ElementScore> scores = seen.features().elements();
        if (scores.isEmpty()) {
            return;
        }
        ElementScore best = scores.getFirst();
        ElementScore rival = rival(scores);
        boolean own = isOwn(best, seen);
        boolean speaks = own && best.db() >= settings.speakDb() && best.db() - rival.db() >= settings.marginDb();
        for (ElementScore score : scores) {
            if (!isOwn(score, seen)) {
                continue;
            }
            boolean named = speaks && (score == best);
            String symptom = symptomOf(score.fault());
            VibrationLatch latch = latch(state, symptom + "\n" + score.bearing());
            boolean gone = score.db() < settings.hysteresis() * settings.speakDb();
            report(seen, findings, latch, named, gone, line(symptom, score, rival));
        }
        // modulated noise has a high kurtosis too
        boolean impulsive = latch(state, "kurtosis_high").active()
                && !latch(state, "blade_pass_modulation").active();
        boolean anySpeaks = speaks || anyActive(state, "bearing_");
        report(
                seen,
                findings,
                latch(state, "unclear"),
                impulsive && !anySpeaks,
                !impulsive || anySpeaks,
                new Verdict(
                        "bearing_lines_unclear",
                        null,
                        best.db(),
                        "dB",
                        settings.speakDb(),
                        "lines over their surroundings; nearest is " + best.fault() + " of " + best.bearing(),
                        Double.NaN,
                        Severity.ADVISORY,
                        0.5));
    }

    private static boolean anyActive(ChannelState state, String prefix) {
        return state.latches.entrySet().stream()
                .anyMatch(entry ->
                        entry.getKey().startsWith(prefix) && entry.getValue().active());
    }

    private static boolean isOwn(ElementScore score, Observation.Vibration seen) {
        return seen.asset().bearings().stream()
                .anyMatch(bearing -> bearing.id().equals(score.bearing())
                        && bearing.channel().equals(seen.channel().id()));
    }

    /** The best element whose lines stand elsewhere: the same element of a twin bearing is no rival. */
    private static ElementScore rival(List<ElementScore> scores) {
        ElementScore best = scores.getFirst();
        for (ElementScore score : scores) {
            boolean same =
                    score.fault().equals(best.fault()) && Math.abs(score.expectedHz() / best.expectedHz() - 1) < 0.025;
            if (score != best && !same) {
                return score;
            }
        }
        return new ElementScore(best.bearing(), "none", 0, Double.NaN, Double.NaN);
    }

    private Verdict line(String symptom, ElementScore score, ElementScore rival) {
        return new Verdict(
                symptom,
                score.bearing(),
                score.db(),
                "dB",
                settings.speakDb(),
                "lines over their surroundings in the envelope spectrum; next is " + rival.fault() + " of "
                        + rival.bearing() + " with " + Math.round(rival.db()) + " dB",
                Double.NaN,
                Severity.WARNING,
                excess(score.db() - settings.speakDb()));
    }

    /** The symptom of an element's lines. */
    static String symptomOf(String fault) {
        return switch (fault) {
            case "bearing_outer_race" -> "bearing_outer_lines";
            case "bearing_inner_race" -> "bearing_inner_lines";
            case "bearing_ball" -> "bearing_ball_lines";
            default -> "bearing_cage_lines";
        };
    }

    private Verdict over(
            String symptom,
            double value,
            String unit,
            double limit,
            String source,
            double baseline,
            Severity severity) {
        return new Verdict(symptom, null, value, unit, limit, source, baseline, severity, strength(value / limit));
    }

    /** 0.5 at the limit, 0.75 at twice the limit, towards 1. */
    private static double strength(double ratio) {
        return ratio >= 1 ? 1 - 0.5 / ratio : Math.clamp(0.5 * ratio, 0, 0.5);
    }

    /** 0.5 at the limit, 1 at 12 dB over it. */
    private static double excess(double db) {
        return Math.clamp(0.5 + db / 24, 0, 1);
    }

    private void verdict(Observation.Vibration seen, ChannelState state, Consumer<Finding> findings, Verdict verdict) {
        if (Double.isNaN(verdict.value) || Double.isNaN(verdict.limit)) {
            return;
        }
        boolean shown = verdict.symptom.equals("order_many_high")
                ? verdict.value >= verdict.limit
                : verdict.value > verdict.limit;
        boolean gone = verdict.value < settings.hysteresis() * verdict.limit;
        report(seen, findings, latch(state, verdict.symptom), shown, gone, verdict);
    }

    private void report(
            Observation.Vibration seen,
            Consumer<Finding> findings,
            VibrationLatch latch,
            boolean shown,
            boolean gone,
            Verdict verdict) {
        VibrationLatch.Outcome outcome = latch.step(shown, gone, settings);
        if (outcome == VibrationLatch.Outcome.QUIET) {
            return;
        }
        findings.accept(new Finding(
                seen.asset().id(),
                seen.channel().id(),
                Finding.Tier.VIBRATION,
                verdict.symptom,
                verdict.location,
                outcome == VibrationLatch.Outcome.HOLDS,
                seen.timeMicros(),
                verdict.value,
                verdict.unit,
                verdict.limit,
                verdict.source,
                verdict.baseline,
                verdict.severity,
                verdict.strength,
                1,
                seen.quality(),
                seen.position()));
    }

    private static VibrationLatch latch(ChannelState state, String key) {
        return state.latches.computeIfAbsent(key, unused -> new VibrationLatch());
    }

    @Override
    public byte[] snapshot() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(settings.toString().hashCode());
            out.writeInt(channels.size());
            for (Map.Entry<String, ChannelState> entry : channels.entrySet()) {
                out.writeUTF(entry.getKey());
                ChannelState state = entry.getValue();
                state.baseline.write(out);
                out.writeInt(state.latches.size());
                for (Map.Entry<String, VibrationLatch> latch : state.latches.entrySet()) {
                    out.writeUTF(latch.getKey());
                    latch.getValue().write(out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    @Override
    public void restore(byte[] snapshot) {
        channels.clear();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(snapshot))) {
            int version = in.readByte();
            int hash = in.readInt();
            if (version != VERSION || hash != settings.toString().hashCode()) {
                throw new IllegalArgumentException(
                        "vibration snapshot: version " + version + " or other settings; the baseline is learned anew");
            }
            Map<String, ChannelState> read = new TreeMap<>();
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                String channel = in.readUTF();
                ChannelState state = new ChannelState(settings);
                state.baseline.read(in);
                int latches = in.readInt();
                for (int k = 0; k < latches; k++) {
                    String key = in.readUTF();
                    VibrationLatch latch = new VibrationLatch();
                    latch.read(in);
                    state.latches.put(key, latch);
                }
                read.put(channel, state);
            }
            channels.putAll(read);
        } catch (IOException e) {
            throw new IllegalArgumentException("vibration snapshot: cut off or damaged (" + e.getMessage() + ")", e);
        }
    }
}
