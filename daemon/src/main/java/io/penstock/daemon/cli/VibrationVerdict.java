package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one recording of a machine says without any baseline: by limits that hold for every machine, and by lines that stand
 * where geometry puts them.
 *
 * @param diagnosis a fault code, {@code normal} or {@code unsure}
 * @param location the bearing it points at; null where there is none to name
 * @param confidence 0..1 that the diagnosis is right
 * @param evidence plain sentences with numbers and units
 * @param runnerUp the next best explanation; null where there is none
 * @param bestGuess the likeliest fault even where the diagnosis is unsure; for comparison, not for action
 */
record VibrationVerdict(
        String diagnosis,
        @Nullable String location,
        double confidence,
        List<String> evidence,
        @Nullable Candidate runnerUp,
        @Nullable Candidate bestGuess) {
    /** Sidebands of a sound gear hold less than their mesh line (sideband ratio, as gear monitors take it). */
    private static final double SIDEBAND_RATIO = 1;

    /** An element's lines must stand this far over their surroundings to be named, dB. */
    static final double SPEAK_DB = 10;

    /** The same where a second channel hears them too, at {@link #AGREE_DB} or more: noise does not agree. */
    private static final double SPEAK_AGREED_DB = 8;

    private static final double AGREE_DB = 7;

    /** The same without impacts: a healthy bearing has faint lines too, and a damaged spot knocks. */
    static final double SPEAK_QUIET_DB = 14;

    private static final double MARGIN_DB = 3;
    /**
     * A small machine that shakes its bearing housings by less is called quiet. A rule of thumb of this project, not of a
     * standard; a channel's limit of {@code acceleration_rms} takes its place.
     */
    private static final double QUIET_G = 0.1;

    private static final double KURTOSIS = 3.5;
    private static final double CREST = 6;
    /** What a channel on another bearing's housing counts against the own one. */
    private static final double FAR_WEIGHT = 0.5;

    /** One channel of the recording, reduced. */
    record Heard(Channel channel, VibrationFeatures features) {}

    /**
     * An explanation.
     *
     * @param db how far its lines stand over their surroundings, over all channels
     */
    record Candidate(String diagnosis, @Nullable String location, double db) {}

    VibrationVerdict {
        evidence = List.copyOf(evidence);
    }

    static VibrationVerdict of(Asset asset, List<Heard> channels) {
        List<String> evidence = new ArrayList<>();
        boolean impulsive = false;
        boolean shaken = false;
        for (Heard heard : channels) {
            VibrationFeatures f = heard.features();
            impulsive |= f.kurtosis() > KURTOSIS || f.crest() > CREST;
            Limit limit = velocityLimit(asset, heard.channel());
            shaken |= limit != null && f.velocityRms() > limit.value();
            evidence.add(text(
                    "%s: velocity %.2f mm/s RMS 10-1000 Hz (%s), acceleration %.3f %s RMS, kurtosis %.2f (3 is a Gaussian), crest"
                            + " %.1f, shaft at %.3f Hz.",
                    heard.channel().id(),
                    f.velocityRms(),
                    limit == null ? "no table" : text("limit %.1f mm/s: %s", limit.value(), limit.source()),
                    f.rms(),
                    heard.channel().unit(),
                    f.kurtosis(),
                    f.crest(),
                    f.shaftHz()));
        }
        Candidate gear = gear(channels, evidence);
        List<Candidate> elements = elements(asset, channels);
        Candidate best = elements.isEmpty() ? null : elements.getFirst();
        Candidate rival = elements.size() < 2 ? null : elements.get(1);
        if (best != null) {
            double lead = best.db() - (rival == null ? 0 : rival.db());
            double heardWith = agreed(best, channels) ? SPEAK_AGREED_DB : SPEAK_DB;
            double asked = impulsive ? heardWith : SPEAK_QUIET_DB;
            evidence.addAll(lines(best, channels));
            if (best.db() >= asked && lead >= MARGIN_DB) {
                double confidence = Math.min(0.99, 0.88 + 0.02 * Math.min(best.db() - asked, lead - MARGIN_DB));
                return new VibrationVerdict(
                        best.diagnosis(), best.location(), confidence, evidence, gear != null ? gear : rival, best);
            }
            evidence.add(text(
                    "Bearing element not identified: the clearest lines stand %.1f dB over their surroundings and %.1f dB over the"
                            + " next candidate's; %.0f and %.0f dB are asked for %s impacts.",
                    best.db(), lead, asked, MARGIN_DB, impulsive ? "with" : "without"));
        }
        if (gear != null) {
            return new VibrationVerdict(gear.diagnosis(), gear.location(), 0.7, evidence, best, gear);
        }
        Candidate rotor = shaken ? rotor(channels, evidence) : null;
        if (rotor != null) {
            return new VibrationVerdict(rotor.diagnosis(), null, 0.7, evidence, best, rotor);
        }
        if (!impulsive && !shaken && (best == null || best.db() < SPEAK_DB) && quiet(channels, evidence)) {
            return new VibrationVerdict("normal", null, 0.7, evidence, best, new Candidate("normal", null, 0));
        }
        Candidate guess = best == null || best.db() >= SPEAK_DB ? best : byElimination(asset, channels, best);
        return new VibrationVerdict("unsure", guess == null ? null : guess.location(), 0.2, evidence, best, guess);
    }

    /**
     * The same in the words of a symptom matrix: a fault that it does not hold is none to name.
     *
     * @param matrix the machine's
     */
    VibrationVerdict within(SymptomMatrix matrix) {
        if (diagnosis.equals("normal") || diagnosis.equals(Fault.UNSURE) || matrix.fault(diagnosis) != null) {
            return this;
        }
        List<String> more = new ArrayList<>(evidence);
        more.add(text("Not named: symptom matrix %s has no fault \"%s\".", matrix.kind(), diagnosis));
        return new VibrationVerdict(Fault.UNSURE, location, 0.2, more, runnerUp, bestGuess);
    }

    /** Where a velocity begins to be too much: the lowest limit of the channel's own, or the asset's table; null where none is. */
    private static @Nullable Limit velocityLimit(Asset asset, Channel channel) {
        List<Limit> own = channel.limits().stream()
                .filter(limit -> limit.above() && limit.of().equals("velocity_rms"))
                .toList();
        return (own.isEmpty() ? asset.zones().limits() : own)
                .stream().min(Comparator.comparingDouble(Limit::value)).orElse(null);
    }

    /**
     * A wheel whose sidebands stand out and hold more than the mesh line itself. Wear raises the mesh, which only a healthy baseline
     * can tell from a healthy mesh: it is told, and never named.
     */
    private static @Nullable Candidate gear(List<Heard> channels, List<String> evidence) {
        Candidate clearest = null;
        for (Heard heard : channels) {
            for (GearScore score : heard.features().gears()) {
                boolean mesh = score.part() == GearScore.Part.MESH;
                String where =
                        score.gear() + (mesh ? "" : "/" + score.part().name().toLowerCase(Locale.ROOT));
                evidence.add(
                        Double.isNaN(score.db())
                                ? text(
                                        "%s: %s turns %.2f times a second, too slowly for its sidebands to be told apart in this"
                                                + " waveform.",
                                        heard.channel().id(), where, score.measuredHz())
                                : text(
                                        "%s: %s stand %.1f dB over their surroundings, %s at %.2f Hz where the teeth put it at %.2f"
                                                + " Hz%s.",
                                        heard.channel().id(),
                                        mesh ? "harmonics of the gear mesh of " + where : "sidebands of " + where,
                                        score.db(),
                                        mesh ? "the first" : "one turn",
                                        score.measuredHz(),
                                        score.expectedHz(),
                                        mesh
                                                ? "; a healthy gear has them too"
                                                : text(", %.2f times the mesh line", score.sidebandRatio())));
                boolean speaks = !mesh && score.db() >= SPEAK_DB && score.sidebandRatio() >= SIDEBAND_RATIO;
                if (speaks && (clearest == null || score.db() > clearest.db())) {
                    clearest = new Candidate("gear_damage", where, score.db());
                }
            }
        }
        return clearest;
    }

    private static boolean agreed(Candidate candidate, List<Heard> channels) {
        return channels.stream()
                        .map(heard -> score(heard, String.valueOf(candidate.location()), candidate.diagnosis()))
                        .filter(score -> score != null && score.db() >= AGREE_DB)
                        .count()
                >= 2;
    }

    /** Whether every housing shakes less than its limit. Without a baseline, nothing but a limit can call a machine normal. */
    private static boolean quiet(List<Heard> channels, List<String> evidence) {
        boolean quiet = true;
        for (Heard heard : channels) {
            Channel channel = heard.channel();
            double inG = channel.unit().startsWith("m/") ? VibrationAnalysis.STANDARD_GRAVITY : 1;
            double limit = QUIET_G * inG;
            String source = "rule of thumb for small machines";
            for (Limit own : channel.limits()) {
                if (own.of().equals("acceleration_rms") && own.above()) {
                    limit = own.value();
                    source = own.source();
                }
            }
            boolean under = heard.features().rms() < limit;
            quiet &= under;
            evidence.add(text(
                    "%s: acceleration %.3f %s RMS is %s %.3f %s (%s).",
                    channel.id(),
                    heard.features().rms(),
                    channel.unit(),
                    under ? "under" : "not under",
                    limit,
                    channel.unit(),
                    source));
        }
        return quiet;
    }

    /**
     * A spot on a race passes the load zone at every turn and shows clear lines; a spot on a ball touches a race only at times.
     * A bearing that is not quiet and shows no race's lines has its ball as the likeliest cause, at the loudest housing.
     */
    private static Candidate byElimination(Asset asset, List<Heard> channels, Candidate best) {
        String loudest = channels.stream()
                .max(Comparator.comparingDouble(heard -> heard.features().rms()))
                .orElseThrow()
                .channel()
                .id();
        String bearing = asset.bearings().stream()
                .filter(candidate -> candidate.channel().equals(loudest))
                .map(Bearing::id)
                .findFirst()
                .orElse(best.location());
        return new Candidate("bearing_ball", bearing, best.db());
    }

    /** Every element of every bearing over all channels, best first, each pattern of lines once. */
    private static List<Candidate> elements(Asset asset, List<Heard> channels) {
        List<Candidate> all = new ArrayList<>();
        for (Bearing bearing : asset.bearings()) {
            for (String fault : List.of("bearing_outer_race", "bearing_inner_race", "bearing_ball", "bearing_cage")) {
                double sum = 0;
                double weights = 0;
                for (Heard heard : channels) {
                    ElementScore score = score(heard, bearing.id(), fault);
                    if (score != null) {
                        double weight = heard.channel().id().equals(bearing.channel()) ? 1 : FAR_WEIGHT;
                        sum += weight * score.db();
                        weights += weight;
                    }
                }
                if (weights > 0) {
                    all.add(new Candidate(fault, bearing.id(), sum / weights));
                }
            }
        }
        all.sort(Comparator.comparingDouble(Candidate::db).reversed());
        return all;
    }

    private static @Nullable ElementScore score(Heard heard, String bearing, String fault) {
        for (ElementScore score : heard.features().elements()) {
            if (score.bearing().equals(bearing) && score.fault().equals(fault)) {
                return score;
            }
        }
        return null;
    }

    private static List<String> lines(Candidate candidate, List<Heard> channels) {
        List<String> lines = new ArrayList<>();
        for (Heard heard : channels) {
            ElementScore score = score(heard, String.valueOf(candidate.location()), candidate.diagnosis());
            if (score != null) {
                lines.add(text(
                        "%s: lines of %s at bearing %s stand %.1f dB over their surroundings in the envelope spectrum, the first"
                                + " at %.2f Hz where geometry expects %.2f Hz.",
                        heard.channel().id(),
                        candidate.diagnosis(),
                        score.bearing(),
                        score.db(),
                        score.measuredHz(),
                        score.expectedHz()));
            }
        }
        return lines;
    }

    /** Which fault of the rotor explains a velocity in zone C or above, by the share of its shaft orders. */
    private static @Nullable Candidate rotor(List<Heard> channels, List<String> evidence) {
        Heard loudest = channels.stream()
                .max(Comparator.comparingDouble(heard -> heard.features().velocityRms()))
                .orElseThrow();
        double total = loudest.features().velocityRms();
        double first = 0;
        double second = 0;
        int harmonics = 0;
        for (VibrationFeatures.Order order : loudest.features().orders()) {
            first = order.order() == 1 ? order.velocity() : first;
            second = order.order() == 2 ? order.velocity() : second;
            harmonics += order.order() <= 6 && order.velocity() > 0.1 * total ? 1 : 0;
        }
        evidence.add(text(
                "%s: of %.2f mm/s, %.2f mm/s stand at the shaft speed and %.2f mm/s at twice it; %d shaft orders up to 6 hold"
                        + " more than a tenth.",
                loudest.channel().id(), total, first, second, harmonics));
        if (harmonics >= 5) {
            return new Candidate("looseness", null, 0);
        }
        if (second > 0.5 * first && Math.hypot(first, second) > 0.8 * total) {
            return new Candidate("misalignment", null, 0);
        }
        return first > 0.85 * total ? new Candidate("imbalance", null, 0) : null;
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
