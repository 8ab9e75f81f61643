package io.penstock.daemon.config;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.sensors.reading.ChannelId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads an asset file: one machine, its channels, limits and bearings. */
public final class AssetFile {
    private static final double HUGE = 1e12;

    private AssetFile() {}

    /**
     * @throws ConfigWrong with every problem of the file
     * @throws IOException when it cannot be read
     */
    public static Asset read(Path file) throws ConfigWrong, IOException {
        return parse(file, Files.readString(file));
    }

    /** @throws ConfigWrong with every problem of the text */
    static Asset parse(Path file, String text) throws ConfigWrong {
        List<String> problems = new ArrayList<>();
        Asset asset = parse(text, problems);
        if (!problems.isEmpty()) {
            throw new ConfigWrong(file, problems);
        }
        return asset;
    }

    static Asset parse(String text, List<String> problems) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        Section head = root.section("asset");
        if (!head.present() && problems.isEmpty()) {
            problems.add("[asset]: missing, expected a table with id and kind");
        }
        String id = head.requiredText("id");
        checkName(head, "id", id);
        String kind = head.requiredText("kind");
        OptionalDouble rpm = head.optionalNumber("rated_rpm", 1, 200_000);
        OptionalInt blades = head.has("blades") ? OptionalInt.of(head.whole("blades", 1, 1, 200)) : OptionalInt.empty();
        double lineHz = head.number("line_hz", 50, 10, 400);
        Section operating = head.section("operating_point");
        head.done();

        List<Channel> channels = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Section section : root.sections("channel")) {
            Channel channel = channel(section);
            if (!ids.add(channel.id())) {
                section.problem("id", "a second channel '" + channel.id() + "'; ids are unique in an asset");
            }
            channels.add(channel);
        }
        if (channels.isEmpty() && problems.isEmpty()) {
            problems.add("[[channel]]: missing, expected at least one channel");
        }
        List<Bearing> bearings = new ArrayList<>();
        for (Section section : root.sections("bearing")) {
            bearing(section, ids, bearings);
        }
        root.done();
        return new Asset(
                id,
                kind,
                rpm,
                blades,
                lineHz,
                channels,
                bearings,
                operatingPoints(operating, channels, ids).orElse(null));
    }

    private static Optional<OperatingPoints> operatingPoints(Section s, List<Channel> channels, Set<String> ids) {
        if (!s.present()) {
            return Optional.empty();
        }
        String channel = s.requiredText("channel");
        if (channels.stream().noneMatch(c -> c.id().equals(channel) && !c.isWaveform())) {
            s.problem(
                    "channel",
                    "found \"" + channel + "\", expected the id of a scalar [[channel]]"
                            + Section.nearest(channel, ids));
        }
        List<Double> edges = s.numbers("edges");
        Duration settle = s.duration("settle", OperatingPoints.USUAL_SETTLE);
        s.done();
        return ConfigFile.checked(
                s, "edges", () -> Optional.of(new OperatingPoints(channel, edges, settle)), Optional.empty());
    }

    private static Channel channel(Section s) {
        String id = s.requiredText("id");
        checkName(s, "id", id);
        String quantity = s.requiredText("quantity");
        if (!quantity.matches("[a-z][a-z0-9_]{0,39}")) {
            s.problem("quantity", "found \"" + quantity + "\", expected snake case such as bearing_temperature");
        }
        String unit = s.text("unit", "1");
        if (s.has("rate_hz") && !VibrationAnalysis.UNITS.contains(unit)) {
            s.problem(
                    "unit",
                    "found \"" + unit + "\" on a channel of waveforms (rate_hz), expected an acceleration in one of "
                            + String.join(", ", VibrationAnalysis.UNITS));
        }
        List<Limit> limits = new ArrayList<>();
        for (Section section : s.sections("limit")) {
            limits.add(limit(section, quantity));
        }
        Channel channel = new Channel(
                id,
                quantity,
                unit,
                s.optionalNumber("rate_hz", 1, 10_000_000),
                s.number("resolution", 0, 0, HUGE),
                s.optionalNumber("range_low", -HUGE, HUGE),
                s.optionalNumber("range_high", -HUGE, HUGE),
                s.duration("stuck_after", Duration.ZERO),
                s.optionalNumber("max_rate_per_s", 1e-12, HUGE),
                limits);
        s.done();
        return channel;
    }

    private static Limit limit(Section s, String quantity) {
        boolean above = s.has("above");
        if (above == s.has("below")) {
            s.problem("above", "expected exactly one of above and below for a limit of " + quantity);
        }
        double value = s.number(above ? "above" : "below", 0, -HUGE, HUGE);
        Limit limit = new Limit(
                s.text("of", "value"),
                above,
                value,
                s.number("hysteresis", 0, 0, HUGE),
                s.duration("on_delay", Duration.ZERO),
                s.duration("off_delay", Duration.ZERO),
                s.choice("severity", Severity.class, Severity.WARNING),
                s.text("source", "site"));
        s.done();
        return limit;
    }

    private static void bearing(Section s, Set<String> channels, List<Bearing> bearings) {
        String id = s.requiredText("id");
        String channel = s.requiredText("channel");
        if (!channels.contains(channel)) {
            s.problem(
                    "channel",
                    "found \"" + channel + "\", expected a [[channel]] id" + Section.nearest(channel, channels));
        }
        int balls = s.whole("balls", 8, 3, 200);
        double ball = s.requiredNumber("ball_diameter_mm", 0.1, 1_000);
        double pitch = s.requiredNumber("pitch_diameter_mm", 0.1, 10_000);
        double angle = s.number("contact_angle_deg", 0, 0, 89);
        if (pitch > ball) {
            bearings.add(new Bearing(id, channel, balls, ball, pitch, angle));
        } else {
            s.problem("pitch_diameter_mm", "found " + pitch + ", expected more than ball_diameter_mm " + ball);
        }
        s.done();
    }

    private static void checkName(Section section, String key, String name) {
        try {
            ChannelId unused = new ChannelId(name, name);
        } catch (IllegalArgumentException e) {
            section.problem(key, String.valueOf(e.getMessage()));
        }
    }
}
