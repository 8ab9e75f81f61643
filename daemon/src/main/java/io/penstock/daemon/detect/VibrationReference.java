package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one channel's waveforms are held against: a healthy baseline for each operating point, and which symptoms hold now. The
 * features every channel has come first; then four levels for each of its own bearings and three for each of its own gears.
 */
final class VibrationReference {
    private static final List<String> ELEMENTS =
            List.of("bearing_outer_race", "bearing_inner_race", "bearing_ball", "bearing_cage");
    private static final int PARTS = GearScore.Part.values().length;

    final Channel channel;
    final Map<String, VibrationLatch> latches = new TreeMap<>();
    private final List<Bearing> bearings;
    private final List<Gear> gears;
    private final List<VibrationBaseline> points = new ArrayList<>();
    private final VibrationBaseline none;
    private final int size;

    VibrationReference(Asset asset, Channel channel, int wanted, int operatingPoints) {
        this.channel = channel;
        bearings = asset.bearings().stream()
                .filter(bearing -> bearing.channel().equals(channel.id()))
                .toList();
        gears = asset.gears().stream()
                .filter(gear -> gear.channel().equals(channel.id()))
                .toList();
        size = VibrationBaseline.SIZE + ELEMENTS.size() * bearings.size() + PARTS * gears.size();
        none = new VibrationBaseline(wanted, size);
        for (int i = 0; i < operatingPoints; i++) {
            points.add(new VibrationBaseline(wanted, size));
        }
    }

    /** The baseline of an operating point; one that knows nothing where the machine is at none. */
    VibrationBaseline at(int point) {
        return point < 0 ? none : points.get(point);
    }

    /**
     * Takes a waveform into its point's baseline. What an ill machine shows at a new operating point is not learned; at the first one
     * nothing but fixed limits could tell that it is ill.
     */
    void learn(int point, double[] vector, long timeMicros) {
        boolean first = points.stream().noneMatch(VibrationBaseline::known);
        boolean ill = latches.values().stream().anyMatch(VibrationLatch::active);
        if (point >= 0 && !points.get(point).known() && (first || !ill)) {
            points.get(point).learn(vector, timeMicros);
        }
    }

    void freeze() {
        points.forEach(VibrationBaseline::freeze);
    }

    VibrationLatch latch(String key) {
        return latches.computeIfAbsent(key, unused -> new VibrationLatch());
    }

    boolean anyActive(String prefix) {
        return latches.entrySet().stream()
                .anyMatch(entry ->
                        entry.getKey().startsWith(prefix) && entry.getValue().active());
    }

    double[] vector(VibrationFeatures features) {
        double[] vector = VibrationBaseline.vector(features, size);
        for (ElementScore score : features.elements()) {
            int place = place(score);
            if (place >= 0) {
                vector[place] = score.db();
            }
        }
        for (GearScore score : features.gears()) {
            int place = place(score);
            if (place >= 0) {
                vector[place] = score.db();
            }
        }
        return vector;
    }

    /** Where an element's level stands in the vector; -1 for a bearing of another channel. */
    int place(ElementScore score) {
        for (int i = 0; i < bearings.size(); i++) {
            if (bearings.get(i).id().equals(score.bearing())) {
                return VibrationBaseline.SIZE + ELEMENTS.size() * i + ELEMENTS.indexOf(score.fault());
            }
        }
        return -1;
    }

    /** Where a gear's level stands in the vector; -1 for a gear of another channel. */
    int place(GearScore score) {
        for (int i = 0; i < gears.size(); i++) {
            if (gears.get(i).id().equals(score.gear())) {
                return VibrationBaseline.SIZE
                        + ELEMENTS.size() * bearings.size()
                        + PARTS * i
                        + score.part().ordinal();
            }
        }
        return -1;
    }

    /** A feature's name for people, as limits name it where they do. */
    private String name(int place) {
        if (place < VibrationBaseline.FIRST_ORDER) {
            return List.of(
                            "velocity_rms",
                            "acceleration_rms",
                            "kurtosis",
                            "crest",
                            "high_band_rms",
                            "blade_pass_modulation",
                            "line_2x")
                    .get(place);
        }
        if (place < VibrationBaseline.BLADE_PASS) {
            double order = VibrationBaseline.ORDERS[place - VibrationBaseline.FIRST_ORDER];
            return "order_" + (order == Math.rint(order) ? String.valueOf((int) order) : String.valueOf(order)) + "x";
        }
        if (place == VibrationBaseline.BLADE_PASS) {
            return "blade_pass";
        }
        int level = place - VibrationBaseline.SIZE;
        int ofBearings = ELEMENTS.size() * bearings.size();
        if (level < ofBearings) {
            return ELEMENTS.get(level % ELEMENTS.size()) + " "
                    + bearings.get(level / ELEMENTS.size()).id();
        }
        GearScore.Part part = GearScore.Part.values()[(level - ofBearings) % PARTS];
        return "gear_" + part.name().toLowerCase(Locale.ROOT) + " "
                + gears.get((level - ofBearings) / PARTS).id();
    }

    private boolean isGear(int place) {
        return place >= VibrationBaseline.SIZE + ELEMENTS.size() * bearings.size();
    }

    private String unit(int place) {
        return switch (place) {
            case VibrationBaseline.ACCELERATION, VibrationBaseline.HIGH_BAND -> channel.unit();
            case VibrationBaseline.KURTOSIS, VibrationBaseline.CREST, VibrationBaseline.MODULATION -> "1";
            default -> place < VibrationBaseline.SIZE ? "mm/s" : "dB";
        };
    }

    /** What is held for healthy: a line for each feature that is known, one for the channel while it is learned. */
    void learned(int point, String pointName, int wanted, VibrationLimits limits, List<LearnedChannel> all) {
        VibrationBaseline baseline = points.get(point);
        for (int place = 0; place < (baseline.known() ? size : 0); place++) {
            double healthy = baseline.median(place);
            if (!Double.isNaN(healthy)) {
                all.add(new LearnedChannel(
                        "vibration",
                        pointName,
                        channel.id(),
                        name(place),
                        true,
                        baseline.waveforms(),
                        wanted,
                        healthy,
                        baseline.spread(place),
                        Double.NaN,
                        isGear(place) ? limits.gear(baseline, place) : limits.above(baseline, place),
                        unit(place),
                        baseline.frozenMicros()));
            }
        }
        if (!baseline.known()) {
            double nothing = Double.NaN;
            all.add(new LearnedChannel(
                    "vibration",
                    pointName,
                    channel.id(),
                    "waveform",
                    false,
                    baseline.waveforms(),
                    wanted,
                    nothing,
                    nothing,
                    nothing,
                    nothing,
                    channel.unit(),
                    0));
        }
    }

    void write(DataOutputStream out) throws IOException {
        for (VibrationBaseline point : points) {
            point.write(out);
        }
        out.writeInt(latches.size());
        for (Map.Entry<String, VibrationLatch> latch : latches.entrySet()) {
            out.writeUTF(latch.getKey());
            latch.getValue().write(out);
        }
    }

    void read(DataInputStream in) throws IOException {
        for (VibrationBaseline point : points) {
            point.read(in);
        }
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            String key = in.readUTF();
            latch(key).read(in);
        }
    }
}
