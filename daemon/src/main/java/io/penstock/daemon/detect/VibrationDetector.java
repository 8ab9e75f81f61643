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
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a waveform's features against limits with a named source and against the channel's own healthy baseline at the machine's
 * operating point. Waveforms of bad quality and of a machine that stands are passed over. While the operating point is not known or
 * the machine settles there, fixed limits and lines that geometry places speak alone, and nothing is learned.
 */
public final class VibrationDetector implements Detector {
    /** A state older than this no longer tells the operating point. */
    private static final long STATE_HOLDS_MICROS = 60_000_000L;

    /** A gear's lines count as gone when they fell this far below the limit, dB. */
    private static final double GEAR_HYSTERESIS_DB = 2;

    private static final String[] ORDER_SYMPTOMS = {
        "order_half_high", "order_1x_high", "", "order_2x_high", "", "order_3x_high", "", "", ""
    };

    private final Asset asset;
    private final VibrationSettings settings;
    private final VibrationLimits limits;
    private final String owner;
    private Memory memory;

    /** What a restart must not forget. */
    private final class Memory {
        final OperatingPlace place = new OperatingPlace(asset, AssetWindow.scalarsOf(asset));
        final Map<String, VibrationReference> channels = new TreeMap<>();
        boolean mayLearn = true;
        int at = place.count() == 1 ? 0 : OperatingPlace.UNSETTLED;
        long stateMicros = Long.MIN_VALUE;

        Memory() {
            for (Channel channel : asset.channels()) {
                if (channel.isWaveform()) {
                    channels.put(
                            channel.id(),
                            new VibrationReference(asset, channel, settings.baselineWindows(), place.count()));
                }
            }
        }

        int at(long timeMicros) {
            boolean known = place.count() == 1
                    || (stateMicros != Long.MIN_VALUE && Math.abs(timeMicros - stateMicros) <= STATE_HOLDS_MICROS);
            return known ? at : OperatingPlace.UNSETTLED;
        }
    }

    @Override
    public void clockSet(ClockSet set) {
        memory.place.clockSet(set);
        memory.stateMicros = set.moved(memory.stateMicros);
    }

    /** One waveform on its way through the rules. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one call, never compared
    private record Pass(
            Observation.Vibration seen,
            VibrationReference reference,
            VibrationBaseline baseline,
            String point,
            double[] vector,
            Consumer<Finding> findings) {}

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
            double strength) {
        /** Under which it is remembered that it holds. */
        String key() {
            return location == null ? symptom : symptom + "\n" + location;
        }
    }

    public VibrationDetector(Asset asset, VibrationSettings settings) {
        this.asset = asset;
        this.settings = settings;
        this.limits = new VibrationLimits(settings);
        List<String> waveforms = asset.channels().stream()
                .filter(Channel::isWaveform)
                .map(channel -> channel.id() + " " + channel.unit())
                .toList();
        this.owner = "vibration/2 " + asset.id() + " " + waveforms + " " + asset.bearings() + " " + asset.gears() + " "
                + asset.operatingPoints() + " " + settings;
        this.memory = new Memory();
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (observation instanceof Observation.State state) {
            memory.at = memory.place.at(state);
            memory.stateMicros = state.timeMicros();
        } else if (observation instanceof Observation.Vibration vibration && vibration.quality() != Quality.BAD) {
            inspect(vibration, findings);
        }
    }

    private void inspect(Observation.Vibration vibration, Consumer<Finding> findings) {
        VibrationFeatures features = vibration.features();
        VibrationReference reference = memory.channels.get(vibration.channel().id());
        if (stands(asset, features) || reference == null) {
            return;
        }
        double[] vector = reference.vector(features);
        int at = memory.at(vibration.timeMicros());
        VibrationBaseline baseline = reference.at(at);
        String point = memory.place.count() == 1 || !baseline.known() ? "" : " at " + memory.place.name(at);

        Pass pass = new Pass(vibration, reference, baseline, point, vector, findings);
        velocity(pass);
        overall(pass);
        orders(pass);
        highBand(pass);
        gears(pass);
        elements(pass);
        if (memory.mayLearn && vibration.quality() == Quality.GOOD) {
            reference.learn(at, vector, vibration.timeMicros());
        }
    }

    /** Whether a machine whose rated speed is known does not turn, or hardly. */
    static boolean stands(Asset asset, VibrationFeatures features) {
        return asset.ratedRpm().isPresent()
                && !(features.shaftHz() > 0.3 * asset.ratedRpm().getAsDouble() / 60);
    }

    private void velocity(Pass pass) {
        List<Limit> zones = limitsOf(pass.seen, "velocity_rms", asset.zones().limits());
        double value = pass.vector[VELOCITY];
        double baseline = pass.baseline.median(VELOCITY);
        double threshold = limits.above(pass.baseline, VELOCITY);
        String source = learnedSource(pass, settings.velocityRatio());
        Severity severity = Severity.ADVISORY;
        for (Limit limit : zones) {
            // a machine whose healthy level lies in zone C was accepted like that: only a change counts then
            if (value > limit.value() && !(baseline > 0.8 * limit.value())) {
                threshold = limit.value();
                source = limit.source() + (pass.point.isEmpty() ? "" : "; healthy" + pass.point);
                severity = limit.severity();
                break;
            }
        }
        if (Double.isNaN(threshold) && !zones.isEmpty()) {
            threshold = zones.getLast().value();
            source = zones.getLast().source();
        }
        judge(pass, over("velocity_rms_high", value, "mm/s", threshold, source, baseline, severity));
    }

    /** The channel's own limits of a feature, or else these; highest first. */
    private static List<Limit> limitsOf(Observation.Vibration seen, String of, List<Limit> otherwise) {
        List<Limit> own = seen.channel().limits().stream()
                .filter(limit -> limit.above() && limit.of().equals(of))
                .sorted(Comparator.comparingDouble(Limit::value).reversed())
                .toList();
        return own.isEmpty() ? otherwise : own;
    }

    private static String learnedSource(Pass pass, double ratio) {
        return ratio + " times the healthy baseline of " + pass.baseline.waveforms() + " waveforms" + pass.point;
    }

    /** Holds a feature against its baseline alone. */
    private void learned(Pass pass, String symptom, int feature, String unit) {
        double limit = limits.above(pass.baseline, feature);
        double healthy = pass.baseline.median(feature);
        String source = learnedSource(pass, limits.ratio(feature));
        judge(pass, over(symptom, pass.vector[feature], unit, limit, source, healthy, Severity.ADVISORY));
    }

    private void overall(Pass pass) {
        learned(pass, "acceleration_rms_high", ACCELERATION, pass.seen.channel().unit());
        learned(pass, "crest_high", CREST, "1");
        boolean known = pass.baseline.known();
        double limit = known ? limits.above(pass.baseline, KURTOSIS) : settings.kurtosisLimit() + 0.5;
        String source =
                "3 is a Gaussian; " + (known ? "healthy baseline and spread" + pass.point : "no healthy baseline yet");
        double healthy = pass.baseline.median(KURTOSIS);
        judge(pass, over("kurtosis_high", pass.vector[KURTOSIS], "1", limit, source, healthy, Severity.ADVISORY));
    }

    private void orders(Pass pass) {
        if (!pass.baseline.known()) {
            return;
        }
        int many = 0;
        int beyond = 0;
        double strongest = 0;
        for (int i = 0; i < VibrationBaseline.ORDERS.length; i++) {
            int place = FIRST_ORDER + i;
            double limit = limits.above(pass.baseline, place);
            if (pass.vector[place] > limit) {
                many++;
                beyond += ownToLooseness(VibrationBaseline.ORDERS[i]) ? 1 : 0;
                strongest = Math.max(strongest, pass.vector[place] / limit);
            }
            if (!ORDER_SYMPTOMS[i].isEmpty()) {
                learned(pass, ORDER_SYMPTOMS[i], place, "mm/s");
            }
        }
        learned(pass, "blade_pass_high", BLADE_PASS, "mm/s");
        learned(pass, "line_2x_high", LINE_TWICE, "mm/s");
        String source = "shaft orders 0.5 to 6 over " + learnedSource(pass, settings.orderRatio());
        double strength = many == 0 ? 0 : strength(strongest);
        int asked = settings.manyOrders();
        Verdict verdict = new Verdict("order_many_high", null, many, "1", asked, source, 0, Severity.WARNING, strength);
        boolean shown = many >= asked && beyond >= settings.ordersBeyond();
        report(pass, shown, many < asked - 1, verdict);
    }

    /** Imbalance raises the first order, misalignment the first three; the half orders and the long row above belong to knocking parts. */
    private static boolean ownToLooseness(double order) {
        return order > 3 || order != Math.rint(order);
    }

    private void highBand(Pass pass) {
        double healthy = pass.baseline.median(HIGH_BAND);
        if (healthy > 0) {
            double db = 20 * Math.log10(Math.max(pass.vector[HIGH_BAND], 1e-12) / healthy);
            double limit = 20 * Math.log10(limits.above(pass.baseline, HIGH_BAND) / healthy);
            String source = "over the healthy level of the band above 5 kHz" + pass.point;
            Severity advisory = Severity.ADVISORY;
            judge(pass, new Verdict("high_band_high", null, db, "dB", limit, source, 0, advisory, excess(db - limit)));
        }
        learned(pass, "blade_pass_modulation", MODULATION, "1");
    }

    /** Of each gear the mesh, and the wheel whose sidebands rose the most: the other one is told beside it. */
    private void gears(Pass pass) {
        List<GearScore> scores = pass.seen.features().gears();
        for (int first = 0; first + 2 < scores.size(); first += 3) {
            GearScore mesh = scores.get(first);
            judge(pass, gear(pass, mesh, "gear_mesh_lines", mesh.gear(), Severity.ADVISORY, "of the gear mesh"));
            GearScore pinion = scores.get(first + 1);
            GearScore wheel = scores.get(first + 2);
            boolean ofPinion = rise(pass, pinion) >= rise(pass, wheel) || Double.isNaN(wheel.db());
            sidebands(pass, pinion, ofPinion, "pinion", wheel);
            sidebands(pass, wheel, !ofPinion, "wheel", pinion);
        }
    }

    private static double rise(Pass pass, GearScore score) {
        return score.db() - pass.baseline.median(pass.reference.place(score));
    }

    private void sidebands(Pass pass, GearScore score, boolean louder, String side, GearScore other) {
        String what = "beside the gear mesh, a turn of the " + side + " apart"
                + (Double.isNaN(other.db()) ? "" : ", the other wheel at " + Math.round(other.db()) + " dB");
        Verdict verdict = gear(pass, score, "gear_sidebands", score.gear() + "/" + side, Severity.WARNING, what);
        if (!Double.isNaN(verdict.value) && !Double.isNaN(verdict.limit)) {
            boolean gone = verdict.value < verdict.limit - GEAR_HYSTERESIS_DB;
            report(pass, louder && verdict.value > verdict.limit, gone, verdict);
        }
    }

    private Verdict gear(Pass pass, GearScore score, String symptom, String location, Severity severity, String what) {
        int place = pass.reference.place(score);
        double healthy = pass.baseline.median(place);
        double rise = limits.gearRise(pass.baseline, place);
        double limit = limits.gear(pass.baseline, place);
        String source = "lines " + what + ", over their surroundings; " + Math.round(rise)
                + " dB over the healthy baseline of " + pass.baseline.waveforms() + " waveforms" + pass.point;
        return new Verdict(
                symptom, location, score.db(), "dB", limit, source, healthy, severity, excess(score.db() - limit));
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
                boolean gone = score.db() < settings.hysteresis() * settings.speakDb();
                report(pass, speaks && score == best, gone, line(pass, score, asked, rival));
            }
        }
        // modulated noise has a high kurtosis too
        boolean impulsive = pass.reference.latch("kurtosis_high").active()
                && !pass.reference.latch("blade_pass_modulation").active();
        boolean named = speaks || pass.reference.anyActive("bearing_") || pass.reference.anyActive("gear_sidebands");
        String source = "lines over their surroundings; nearest is " + best.fault() + " of " + best.bearing();
        Verdict unclear = new Verdict(
                "bearing_lines_unclear", null, best.db(), "dB", asked, source, Double.NaN, Severity.ADVISORY, 0.5);
        report(pass, impulsive && !named, !impulsive || named, unclear);
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

    private static Verdict line(Pass pass, ElementScore score, double asked, ElementScore rival) {
        String source = "lines over their surroundings in the envelope spectrum; next is " + rival.fault() + " of "
                + rival.bearing() + " with " + Math.round(rival.db()) + " dB"
                + (pass.point.isEmpty() ? "" : "; healthy" + pass.point);
        double strength = excess(score.db() - asked);
        double healthy = pass.baseline.median(pass.reference.place(score));
        String symptom = symptomOf(score.fault());
        return new Verdict(
                symptom, score.bearing(), score.db(), "dB", asked, source, healthy, Severity.WARNING, strength);
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
        report(pass, verdict.value > verdict.limit, gone, verdict);
    }

    private void report(Pass pass, boolean shown, boolean gone, Verdict verdict) {
        VibrationLatch.Outcome outcome = pass.reference.latch(verdict.key()).step(shown, gone, settings);
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

    @Override
    public void commission(Commission order) {
        switch (order) {
            case LEARN -> memory.mayLearn = true;
            case FREEZE -> {
                memory.mayLearn = false;
                memory.channels.values().forEach(VibrationReference::freeze);
            }
            case RELEARN -> {
                Memory anew = new Memory();
                anew.at = memory.at; // the machine is where it was
                anew.stateMicros = memory.stateMicros;
                memory = anew;
            }
        }
    }

    @Override
    public List<LearnedChannel> learned() {
        List<LearnedChannel> all = new ArrayList<>();
        for (int point = 0; point < memory.place.count(); point++) {
            for (VibrationReference reference : memory.channels.values()) {
                reference.learned(point, memory.place.name(point), settings.baselineWindows(), limits, all);
            }
        }
        return all;
    }

    @Override
    public byte[] snapshot() {
        Memory m = memory;
        return Snapshot.write(owner, out -> {
            m.place.write(out);
            out.writeBoolean(m.mayLearn);
            out.writeInt(m.at);
            out.writeLong(m.stateMicros);
            for (VibrationReference reference : m.channels.values()) {
                reference.write(out);
            }
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        memory = new Memory();
        Memory m = new Memory();
        Snapshot.read(owner, snapshot, in -> {
            m.place.read(in);
            m.mayLearn = in.readBoolean();
            m.at = Math.clamp(in.readInt(), OperatingPlace.UNSETTLED, m.place.count() - 1);
            m.stateMicros = in.readLong();
            for (VibrationReference reference : m.channels.values()) {
                reference.read(in);
            }
        });
        memory = m;
    }
}
