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

    /** One waveform on its way through the rules. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one call, never compared
    private record Pass(Observation.Vibration seen, ChannelState state, double[] vector, Consumer<Finding> findings) {}

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

        Pass pass = new Pass(vibration, state, vector, findings);
        velocity(pass);
        overall(pass);
        orders(pass);
        highBand(pass);
        elements(pass);
        if (!state.baseline.known() && vibration.quality() == Quality.GOOD) {
            state.baseline.learn(vector);
        }
    }

    private void velocity(Pass pass) {
        List<Limit> limits = limitsOf(pass.seen, "velocity_rms", SMALL_MACHINE);
        double value = pass.vector[VELOCITY];
        double baseline = pass.state.baseline.median(VELOCITY);
        double threshold =
                overBaseline(pass.state, VELOCITY, settings.velocityRatio(), 2 * settings.orderFloorMmPerS());
        String source = learnedSource(settings.velocityRatio());
        Severity severity = Severity.ADVISORY;
        for (Limit limit : limits) {
            // a machine whose healthy level lies in zone C was accepted like that: only a change counts then
            if (value > limit.value() && !(baseline > 0.8 * limit.value())) {
                threshold = limit.value();
                source = limit.source();
                severity = limit.severity();
                break;
            }
        }
        if (Double.isNaN(threshold)) {
            threshold = limits.getLast().value();
        }
        judge(pass, over("velocity_rms_high", value, "mm/s", threshold, source, baseline, severity));
    }

    /** The channel's own limits of a feature, or else these; highest first, at least one. */
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

    /** Holds a feature against its baseline alone. */
    private void learned(Pass pass, String symptom, int feature, String unit, double ratio, double floor) {
        double limit = overBaseline(pass.state, feature, ratio, floor);
        double healthy = pass.state.baseline.median(feature);
        judge(pass, over(symptom, pass.vector[feature], unit, limit, learnedSource(ratio), healthy, Severity.ADVISORY));
    }

    private void overall(Pass pass) {
        VibrationBaseline baseline = pass.state.baseline;
        String unit = pass.seen.channel().unit();
        learned(pass, "acceleration_rms_high", ACCELERATION, unit, settings.accelerationRatio(), 0);
        learned(pass, "crest_high", CREST, "1", settings.crestRatio(), settings.crestLimit());
        double healthy = baseline.median(KURTOSIS);
        double apart = Math.max(0.5, settings.spreads() * baseline.spread(KURTOSIS));
        double limit = settings.kurtosisLimit();
        limit = baseline.known() ? Math.max(limit, healthy + apart) : limit + 0.5;
        String source = "3 is a Gaussian; healthy baseline and spread";
        judge(pass, over("kurtosis_high", pass.vector[KURTOSIS], "1", limit, source, healthy, Severity.ADVISORY));
    }

    private void orders(Pass pass) {
        if (!pass.state.baseline.known()) {
            return;
        }
        int many = 0;
        int beyond = 0;
        double strongest = 0;
        for (int i = 0; i < VibrationBaseline.ORDERS.length; i++) {
            int place = FIRST_ORDER + i;
            double limit = overBaseline(pass.state, place, settings.orderRatio(), settings.orderFloorMmPerS());
            if (pass.vector[place] > limit) {
                many++;
                beyond += ownToLooseness(VibrationBaseline.ORDERS[i]) ? 1 : 0;
                strongest = Math.max(strongest, pass.vector[place] / limit);
            }
            if (!ORDER_SYMPTOMS[i].isEmpty()) {
                order(pass, ORDER_SYMPTOMS[i], place);
            }
        }
        order(pass, "blade_pass_high", BLADE_PASS);
        order(pass, "line_2x_high", LINE_TWICE);
        String source = "shaft orders 0.5 to 6 over " + learnedSource(settings.orderRatio());
        double strength = many == 0 ? 0 : strength(strongest);
        int asked = settings.manyOrders();
        Verdict verdict = new Verdict("order_many_high", null, many, "1", asked, source, 0, Severity.WARNING, strength);
        boolean shown = many >= asked && beyond >= settings.ordersBeyond();
        report(pass, latch(pass.state, verdict.symptom), shown, many < asked - 1, verdict);
    }

    /** Imbalance raises the first order, misalignment the first three; the half orders and the long row above belong to knocking parts. */
    private static boolean ownToLooseness(double order) {
        return order > 3 || order != Math.rint(order);
    }

    private void order(Pass pass, String symptom, int place) {
        learned(pass, symptom, place, "mm/s", settings.orderRatio(), settings.orderFloorMmPerS());
    }

    private void highBand(Pass pass) {
        double healthy = pass.state.baseline.median(HIGH_BAND);
        if (healthy > 0) {
            double db = 20 * Math.log10(Math.max(pass.vector[HIGH_BAND], 1e-12) / healthy);
            double spread = settings.spreads() * pass.state.baseline.spread(HIGH_BAND);
            double limit = Math.max(settings.highBandDb(), 20 * Math.log10(1 + spread / healthy));
            String source = "over the healthy level of the band above 5 kHz";
            Severity advisory = Severity.ADVISORY;
            judge(pass, new Verdict("high_band_high", null, db, "dB", limit, source, 0, advisory, excess(db - limit)));
        }
        learned(pass, "blade_pass_modulation", MODULATION, "1", settings.orderRatio(), settings.modulationLimit());
    }

    private void elements(Pass pass) {
        List<ElementScore> scores = pass.seen.features().elements();
        if (scores.isEmpty()) {
            return;
        }
        ElementScore best = scores.getFirst();
        ElementScore rival = rival(scores);
        double asked = pass.vector[KURTOSIS] > settings.kurtosisLimit() ? settings.speakDb() : settings.speakQuietDb();
        boolean speaks = isOwn(best, pass.seen) && best.db() >= asked && best.db() - rival.db() >= settings.marginDb();
        for (ElementScore score : scores) {
            if (isOwn(score, pass.seen)) {
                String symptom = symptomOf(score.fault());
                VibrationLatch latch = latch(pass.state, symptom + "\n" + score.bearing());
                boolean gone = score.db() < settings.hysteresis() * settings.speakDb();
                report(pass, latch, speaks && score == best, gone, line(symptom, score, asked, rival));
            }
        }
        // modulated noise has a high kurtosis too
        boolean impulsive = latch(pass.state, "kurtosis_high").active()
                && !latch(pass.state, "blade_pass_modulation").active();
        boolean named = speaks || anyActive(pass.state, "bearing_");
        String source = "lines over their surroundings; nearest is " + best.fault() + " of " + best.bearing();
        Verdict unclear = new Verdict(
                "bearing_lines_unclear", null, best.db(), "dB", asked, source, Double.NaN, Severity.ADVISORY, 0.5);
        report(pass, latch(pass.state, "unclear"), impulsive && !named, !impulsive || named, unclear);
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

    private static Verdict line(String symptom, ElementScore score, double asked, ElementScore rival) {
        String source = "lines over their surroundings in the envelope spectrum; next is " + rival.fault() + " of "
                + rival.bearing() + " with " + Math.round(rival.db()) + " dB";
        double strength = excess(score.db() - asked);
        String where = score.bearing();
        return new Verdict(symptom, where, score.db(), "dB", asked, source, Double.NaN, Severity.WARNING, strength);
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

    private void judge(Pass pass, Verdict verdict) {
        if (Double.isNaN(verdict.value) || Double.isNaN(verdict.limit)) {
            return;
        }
        boolean gone = verdict.value < settings.hysteresis() * verdict.limit;
        report(pass, latch(pass.state, verdict.symptom), verdict.value > verdict.limit, gone, verdict);
    }

    private void report(Pass pass, VibrationLatch latch, boolean shown, boolean gone, Verdict verdict) {
        VibrationLatch.Outcome outcome = latch.step(shown, gone, settings);
        if (outcome == VibrationLatch.Outcome.QUIET) {
            return;
        }
        Observation.Vibration seen = pass.seen;
        pass.findings.accept(new Finding(
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
