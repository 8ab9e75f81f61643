package io.penstock.daemon.config;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.asset.VibrationZones;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.sensors.reading.ChannelId;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads an asset file: one machine, its channels, limits, bearings and gears, and its symptom matrix. */
public final class AssetFile {
    private static final double HUGE = 1e12;
    private static final long LARGEST_MATRIX_BYTES = 1 << 20;
    private static final int LONGEST_UNIT = 40;
    private static final int LONGEST_SOURCE = 200;
    private static final String IN_MESSAGES = "it is part of messages";

    /**
     * A machine and what its symptoms mean.
     *
     * @param matrix the site's own, or the shipped one of its kind; null where the kind is none that is shipped
     */
    public record Machine(Asset asset, @Nullable SymptomMatrix matrix) {}

    private AssetFile() {}

    /**
     * @throws ConfigWrong with every problem of the file
     * @throws IOException when it cannot be read
     */
    public static Asset read(Path file) throws ConfigWrong, IOException {
        return machine(file).asset();
    }

    /**
     * The machine with its symptom matrix; a matrix file stands relative to the asset file.
     *
     * @throws ConfigWrong with every problem of the file, and of its matrix
     * @throws IOException when it cannot be read
     */
    public static Machine machine(Path file) throws ConfigWrong, IOException {
        return machine(file, Files.readString(file), AssetFile::matrixText);
    }

    /** Where the text of a matrix file comes from: the disk, or what was kept of it. */
    @FunctionalInterface
    interface MatrixText {
        String of(Path file) throws IOException;
    }

    /** A matrix file's text from the disk; one beyond 1 MiB is refused. */
    static String matrixText(Path file) throws IOException {
        if (Files.size(file) > LARGEST_MATRIX_BYTES) {
            throw new IOException("it has " + Files.size(file) + " bytes, expected at most " + LARGEST_MATRIX_BYTES);
        }
        return Files.readString(file);
    }

    /** @throws ConfigWrong with every problem of the text, and of its matrix */
    static Machine machine(Path file, String text, MatrixText matrices) throws ConfigWrong {
        List<String> problems = new ArrayList<>();
        Machine machine = parse(text, file, matrices, problems);
        if (!problems.isEmpty()) {
            throw new ConfigWrong(file, problems);
        }
        return machine;
    }

    private static Machine parse(String text, Path file, MatrixText matrices, List<String> problems) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        Section head = root.section("asset");
        if (!head.present() && problems.isEmpty()) {
            problems.add("[asset]: missing, expected a table with id and kind");
        }
        String id = head.requiredText("id");
        checkName(head, "id", id);
        Kind described = kind(head, file, matrices);
        OptionalDouble rpm = head.optionalNumber("rated_rpm", 1, 200_000);
        OptionalInt blades = head.has("blades") ? OptionalInt.of(head.whole("blades", 1, 1, 200)) : OptionalInt.empty();
        double lineHz = head.number("line_hz", 50, 10, 400);
        Section operating = head.section("operating_point");
        Section vibration = head.section("vibration");
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
        List<Gear> gears = new ArrayList<>();
        for (Section section : root.sections("gear")) {
            gear(section, ids, gears);
        }
        root.done();
        Asset asset = new Asset(
                id,
                described.kind(),
                rpm,
                blades,
                lineHz,
                channels,
                bearings,
                operatingPoints(operating, channels, ids).orElse(null),
                gears,
                zones(vibration, !bearings.isEmpty()));
        return new Machine(asset, described.matrix());
    }

    /** What the machine is a kind of. */
    private record Kind(String kind, @Nullable SymptomMatrix matrix) {}

    /** By the name of a shipped matrix, or by the site's own file, which names its kind itself. */
    private static Kind kind(Section head, Path file, MatrixText matrices) {
        if (!head.has("matrix")) {
            String kind = head.requiredText("kind");
            try {
                return new Kind(kind, ShippedMatrices.KINDS.contains(kind) ? ShippedMatrices.of(kind) : null);
            } catch (MatrixRefused e) {
                throw new IllegalStateException("a shipped symptom matrix is broken: " + e.getMessage(), e);
            }
        }
        String name = head.requiredText("matrix");
        String kind = head.text("kind", "");
        try {
            SymptomMatrix matrix = SymptomMatrix.parse(
                    name, matrices.of(file.resolveSibling(name).normalize()));
            if (!kind.isEmpty() && !kind.equals(matrix.kind())) {
                head.problem(
                        "kind",
                        "found \"" + kind + "\", but " + name + " is of kind \"" + matrix.kind()
                                + "\"; leave kind out, or give both the same");
            }
            return new Kind(matrix.kind(), matrix);
        } catch (MatrixRefused e) {
            e.mistakes().forEach(mistake -> head.problem("matrix", name + " " + mistake));
        } catch (NoSuchFileException e) {
            head.problem("matrix", "there is no file " + e.getFile() + "; it stands relative to the asset file");
        } catch (InvalidPathException e) {
            head.problem("matrix", "\"" + name + "\" is no file name: " + e.getReason());
        } catch (CharacterCodingException e) {
            head.problem("matrix", name + " is not UTF-8 text");
        } catch (IOException e) {
            head.problem("matrix", name + " cannot be read: " + e.getMessage());
        }
        return new Kind(kind, null);
    }

    /** The table its velocity is held against; left out, the one nearest to a small machine. */
    private static VibrationZones zones(Section s, boolean onRollingBearings) {
        ZoneTables tables = ZoneTables.shipped();
        String name = s.text("table", VibrationZones.USUAL.name());
        s.done();
        if (!tables.names().contains(name)) {
            s.problem(
                    "table",
                    "found \"" + name + "\", expected one of " + String.join(", ", tables.names())
                            + Section.nearest(name, Set.copyOf(tables.names())));
            return VibrationZones.NONE;
        }
        return tables.of(name, onRollingBearings);
    }

    private static void gear(Section s, Set<String> channels, List<Gear> gears) {
        String id = s.requiredText("id");
        checkName(s, "id", id);
        String channel = s.requiredText("channel");
        if (!channels.contains(channel)) {
            s.problem(
                    "channel",
                    "found \"" + channel + "\", expected a [[channel]] id" + Section.nearest(channel, channels));
        }
        if (!s.has("pinion_teeth") || !s.has("wheel_teeth")) {
            s.problem("pinion_teeth", "pinion_teeth and wheel_teeth are both needed, the numbers of teeth");
        }
        int pinion = s.whole("pinion_teeth", 3, 3, 2_000);
        int wheel = s.whole("wheel_teeth", 3, 3, 2_000);
        Gear.Side shaft = s.choice("shaft", Gear.Side.class, Gear.Side.PINION);
        double ratio = s.number("ratio", 1, 1e-4, 1e4);
        if (gears.stream().anyMatch(other -> other.id().equals(id))) {
            s.problem("id", "a second gear '" + id + "'; ids are unique in an asset");
        } else if (wheel < pinion) {
            s.problem(
                    "wheel_teeth",
                    "found " + wheel + ", expected as many as pinion_teeth " + pinion
                            + " or more: the pinion is the smaller wheel");
        } else {
            gears.add(new Gear(id, channel, pinion, wheel, shaft, ratio));
        }
        s.done();
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
        s.checkText("unit", unit, LONGEST_UNIT, IN_MESSAGES);
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
        String source = s.text("source", "site");
        s.checkText("source", source, LONGEST_SOURCE, IN_MESSAGES);
        Limit limit = new Limit(
                s.text("of", "value"),
                above,
                value,
                s.number("hysteresis", 0, 0, HUGE),
                s.duration("on_delay", Duration.ZERO),
                s.duration("off_delay", Duration.ZERO),
                s.choice("severity", Severity.class, Severity.WARNING),
                source);
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
