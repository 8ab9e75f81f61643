package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.daemon.window.WaveformValidity;
import io.penstock.sensors.file.WaveformFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Diagnoses recorded waveforms of one machine, one JSON line each, without a daemon. */
@Command(
        name = "diagnose",
        description = "Diagnoses recorded waveforms: .npy, .wav or .csv in, one JSON diagnosis a line out.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:every recording was read", "1:at least one was not", "2:usage", "3:the asset file is wrong"})
public final class DiagnoseCommand implements Callable<Integer> {
    private static final int LONGEST_LINE = 100_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--asset", required = true, paramLabel = "A.toml", description = "The machine: channels, bearings.")
    @SuppressWarnings("NullAway.Init")
    private Path assetFile;

    @Option(
            names = "--inputs",
            required = true,
            paramLabel = "INPUTS.jsonl",
            description =
                    "A line a recording: {\"id\", \"file\", \"fs\", \"rpm\", \"channels\"}; file is relative to this one.")
    @SuppressWarnings("NullAway.Init")
    private Path inputs;

    @Option(
            names = "--out",
            paramLabel = "D.jsonl",
            description = "Where the diagnoses go; without it, standard output.")
    private @Nullable Path out;

    @Option(
            names = "--guess",
            description =
                    "Name the likeliest element even where the lines are too weak to speak. For comparisons, not for use.")
    private boolean guess;

    private final ObjectMapper json = new ObjectMapper();
    private final VibrationAnalysis analysis = new VibrationAnalysis();

    /** What one input line gave: its diagnosis, or why there is none. */
    private record Line(ObjectNode json, boolean failed) {}

    @Override
    public Integer call() throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        AssetFile.Machine machine;
        try {
            machine = AssetFile.machine(assetFile);
        } catch (ConfigWrong e) {
            err.println(e.getMessage());
            return 3;
        } catch (IOException e) {
            err.println("could not read the asset file " + assetFile + ": " + PenstockCommand.reason(e));
            return 3;
        }
        int failed = 0;
        int done = 0;
        try (BufferedReader reader = Files.newBufferedReader(inputs);
                PrintWriter writer = writer()) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                if (text.isBlank()) {
                    continue;
                }
                Line line = diagnose(machine, text, ++done);
                failed += line.failed ? 1 : 0;
                writer.println(json.writeValueAsString(line.json));
                if (writer.checkError()) {
                    throw new IOException("could not write the diagnoses; is the disk full?");
                }
            }
        } catch (IOException e) {
            err.println("stopped after " + done + " recordings of " + inputs + ": " + PenstockCommand.reason(e));
            return 1;
        }
        if (failed > 0) {
            err.println(failed + " of " + done + " recordings could not be diagnosed; their lines say why");
        }
        return failed > 0 ? 1 : 0;
    }

    private PrintWriter writer() throws IOException {
        if (out != null) {
            return new PrintWriter(Files.newBufferedWriter(out));
        }
        PrintWriter stdout = spec.commandLine().getOut();
        return new PrintWriter(stdout) {
            @Override
            public void close() {
                flush(); // standard output is not ours to close
            }
        };
    }

    private Line diagnose(AssetFile.Machine machine, String text, int number) {
        String id = "line-" + number;
        try {
            if (text.length() > LONGEST_LINE) {
                throw new IOException("the line has " + text.length() + " characters");
            }
            JsonNode input = json.readTree(text);
            id = input.path("id").asText(id);
            return new Line(diagnose(machine, input, id), false);
        } catch (JsonProcessingException e) {
            return failure(id, "line " + number + " is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            return failure(id, PenstockCommand.reason(e));
        } catch (IllegalArgumentException e) {
            return failure(id, String.valueOf(e.getMessage()));
        }
    }

    private Line failure(String id, String error) {
        ObjectNode line = json.createObjectNode();
        line.put("id", id).put("diagnosis", "unsure").putNull("location").put("confidence", 0);
        line.putArray("evidence");
        line.putNull("runner_up").put("error", error);
        return new Line(line, true);
    }

    private ObjectNode diagnose(AssetFile.Machine machine, JsonNode input, String id) throws IOException {
        Asset asset = machine.asset();
        String name = input.path("file").asText("");
        if (name.isEmpty()) {
            throw new IOException("the line names no \"file\"");
        }
        Path folder = inputs.toAbsolutePath().getParent();
        WaveformFile file;
        try {
            file = WaveformFile.read(folder == null ? Path.of(name) : folder.resolve(name));
        } catch (InvalidPathException e) {
            throw new IOException("\"" + name + "\" is no file name: " + e.getReason(), e);
        }
        List<Channel> channels = channels(asset, input.path("channels"), file.columns().length);
        double rpm = positive(input, "rpm").orElse(Double.NaN);
        OptionalDouble rate = positive(input, "fs");
        List<VibrationVerdict.Heard> heard = new ArrayList<>();
        for (int i = 0; i < channels.size(); i++) {
            Channel channel = channels.get(i);
            OptionalDouble known = rate.isPresent() ? rate : file.rateHz();
            double hertz = (known.isPresent() ? known : channel.rateHz())
                    .orElseThrow(
                            () -> new IOException("no sample rate: neither \"fs\" in the line, nor in the file, nor"
                                    + " rate_hz of channel " + channel.id() + " in the asset file"));
            Optional<String> trouble = WaveformValidity.trouble(channel.id(), file.columns()[i]);
            if (trouble.isPresent()) {
                throw new IOException(trouble.get());
            }
            heard.add(new VibrationVerdict.Heard(
                    channel, analysis.analyse(asset, channel, file.columns()[i], hertz, rpm / 60)));
        }
        SymptomMatrix matrix = machine.matrix();
        VibrationVerdict verdict = VibrationVerdict.of(asset, heard);
        return written(id, matrix == null ? verdict : verdict.within(matrix), heard, matrix);
    }

    private static OptionalDouble positive(JsonNode input, String key) throws IOException {
        JsonNode value = input.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber() || !(value.asDouble() > 0) || value.asDouble() > 1e9) {
            throw new IOException("\"" + key + "\" is " + value + ", expected a number above 0");
        }
        return OptionalDouble.of(value.asDouble());
    }

    private static List<Channel> channels(Asset asset, JsonNode names, int columns) throws IOException {
        List<Channel> channels = new ArrayList<>();
        if (names.isArray()) {
            for (JsonNode name : names) {
                Channel channel = asset.channel(name.asText());
                if (channel == null) {
                    throw new IOException("channel \"" + name.asText() + "\" is not in the asset file, which has "
                            + asset.channels().stream().map(Channel::id).toList());
                }
                channels.add(channel);
            }
        } else {
            asset.channels().stream()
                    .filter(channel -> channel.quantity().equals("acceleration"))
                    .forEach(channels::add);
        }
        if (channels.size() != columns) {
            throw new IOException("the file has " + columns + " columns, but " + channels.size()
                    + " channels are named; name them with \"channels\"");
        }
        return channels;
    }

    private ObjectNode written(
            String id, VibrationVerdict verdict, List<VibrationVerdict.Heard> heard, @Nullable SymptomMatrix matrix) {
        ObjectNode line = json.createObjectNode();
        VibrationVerdict.Candidate best = verdict.bestGuess();
        boolean guessed = guess && verdict.diagnosis().equals("unsure") && best != null;
        line.put("id", id);
        line.put("diagnosis", guessed && best != null ? best.diagnosis() : verdict.diagnosis());
        line.put("location", verdict.location());
        line.put("confidence", rounded(verdict.confidence()));
        Fault fault =
                matrix == null ? null : matrix.fault(line.path("diagnosis").asText());
        if (fault != null) {
            line.put("name", fault.name()).put("source", fault.source());
            fault.checks().forEach(line.putArray("checks")::add);
        }
        ArrayNode evidence = line.putArray("evidence");
        verdict.evidence().forEach(evidence::add);
        line.set("runner_up", candidate(verdict.runnerUp()));
        line.set("best_guess", candidate(best));
        ObjectNode features = line.putObject("features");
        for (VibrationVerdict.Heard channel : heard) {
            features.set(channel.channel().id(), features(channel.features()));
        }
        return line;
    }

    private JsonNode candidate(VibrationVerdict.@Nullable Candidate candidate) {
        if (candidate == null) {
            return json.nullNode();
        }
        return json.createObjectNode()
                .put("diagnosis", candidate.diagnosis())
                .put("location", candidate.location())
                .put("db", rounded(candidate.db()));
    }

    private ObjectNode features(VibrationFeatures f) {
        ObjectNode node = json.createObjectNode();
        number(node, "acceleration_rms", f.rms());
        number(node, "acceleration_peak", f.peak());
        number(node, "kurtosis", f.kurtosis());
        number(node, "crest", f.crest());
        number(node, "velocity_rms_mm_s", f.velocityRms());
        number(node, "high_band_rms", f.highBandRms());
        number(node, "blade_pass_modulation", f.bladePassModulation());
        number(node, "shaft_hz", f.shaftHz());
        number(node, "line_2x_mm_s", f.lineTwiceVelocity());
        ObjectNode orders = node.putObject("orders_mm_s");
        f.orders().forEach(order -> number(orders, String.valueOf(order.order()), order.velocity()));
        ArrayNode elements = node.putArray("elements");
        f.elements()
                .forEach(score -> elements.addObject()
                        .put("bearing", score.bearing())
                        .put("fault", score.fault())
                        .put("db", rounded(score.db()))
                        .put("expected_hz", rounded(score.expectedHz()))
                        .put("measured_hz", rounded(score.measuredHz())));
        if (!f.gears().isEmpty()) {
            ArrayNode gears = node.putArray("gears");
            for (VibrationFeatures.GearScore score : f.gears()) {
                ObjectNode gear = gears.addObject()
                        .put("gear", score.gear())
                        .put("part", score.part().name().toLowerCase(Locale.ROOT));
                number(gear, "db", score.db());
                number(gear, "expected_hz", score.expectedHz());
                number(gear, "measured_hz", score.measuredHz());
                number(gear, "sideband_ratio", score.sidebandRatio());
            }
        }
        return node;
    }

    /** JSON has no NaN: an unknown number is null. */
    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, rounded(value));
        } else {
            node.putNull(key);
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
