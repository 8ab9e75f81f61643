package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.plot.Chart;
import io.penstock.daemon.plot.EnvelopeChart;
import io.penstock.daemon.plot.GearChart;
import io.penstock.daemon.plot.PngPlot;
import io.penstock.daemon.plot.TerminalPlot;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.window.EnvelopeSpectrum;
import io.penstock.daemon.window.GearSpectrum;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.sensors.file.WaveformFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock plot}: what a case's evidence looks like, or a recorded waveform's envelope spectrum. */
@Command(
        name = "plot",
        description = {
            "Draws the trends and spectra behind a case, on the terminal or as a picture.",
            "Trends with their limits, and the envelope spectrum with the expected fault frequencies,",
            "or for a gear the spectrum with mesh and sidebands; with --wave both spectra of a recording."
        })
final class PlotCommand implements Callable<Integer> {
    private static final List<String> FAULTS =
            List.of("bearing_outer_race", "bearing_inner_race", "bearing_ball", "bearing_cage");

    @Mixin
    StoreOption store = new StoreOption();

    @Parameters(
            paramLabel = "CASE",
            arity = "0..1",
            description = "Of a case or a diagnosis; its first characters are enough.")
    @Nullable
    String id;

    @Option(names = "--wave", paramLabel = "FILE", description = "A recording (.npy, .wav, .csv) instead of a case.")
    @Nullable
    Path wave;

    @Option(
            names = "--asset",
            paramLabel = "A.toml",
            description = "The machine of --wave; for a case, instead of the configuration's.")
    @Nullable
    Path assetFile;

    @Option(
            names = "--channels",
            paramLabel = "ID",
            split = ",",
            description = "The recording's columns (default: the asset's acceleration channels in order).")
    List<String> channels = List.of();

    @Option(
            names = "--rpm",
            paramLabel = "N",
            description = "Measured speed of the recording (default: the rated one).")
    double rpm = Double.NaN;

    @Option(
            names = "--fs",
            paramLabel = "HZ",
            description = "Its samples a second (default: the file's, the channel's).")
    double rate = Double.NaN;

    @Option(
            names = "--fault",
            paramLabel = "CODE",
            description = "Mark this element's lines, e.g. bearing_inner_race (default: the clearest).")
    @Nullable
    String fault;

    @Option(names = "--bearing", paramLabel = "ID", description = "And this bearing's (default: the clearest).")
    @Nullable
    String bearing;

    @Option(
            names = "--span",
            paramLabel = "TIME",
            defaultValue = "5m",
            description = "How much before the case's opening and after its last finding (default: 5m).")
    String span = "5m";

    @Option(names = "--png", paramLabel = "FILE", description = "Also write a picture.")
    @Nullable
    Path png;

    @Option(names = "--ascii", description = "No braille dots, for a terminal without them.")
    boolean ascii;

    @Option(
            names = "--width",
            paramLabel = "N",
            defaultValue = "100",
            description = "Characters, 40 to 400 (default: 100).")
    int width;

    @Option(names = "--height", paramLabel = "N", defaultValue = "12", description = "Lines of each curve, 4 to 200.")
    int height;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private final VibrationAnalysis analysis = new VibrationAnalysis();

    /** A diagram and what stands under it. */
    record Drawn(Chart chart, List<String> text) {}

    @Override
    public Integer call() throws Exception {
        if ((id == null) == (wave == null)) {
            throw new ParameterException(spec.commandLine(), "name a case, or a recording with --wave and --asset");
        }
        if (width < 40 || width > 400 || height < 4 || height > 200) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--width " + width + " --height " + height + ", expected 40 to 400 and 4 to 200");
        }
        List<Drawn> drawn = id != null ? ofCase(id) : ofRecording();
        if (drawn.isEmpty()) {
            return ExitCode.NOTHING_FOUND;
        }
        PrintWriter out = spec.commandLine().getOut();
        TerminalPlot plot = new TerminalPlot(width, height, ascii || !speaksUnicode());
        for (Drawn one : drawn) {
            plot.lines(one.chart()).forEach(out::println);
            one.text().forEach(line -> out.println("  " + line));
            out.println();
        }
        if (png != null) {
            Files.write(png, PngPlot.bytes(drawn.stream().map(Drawn::chart).toList()));
            out.println("Picture: " + png);
        }
        return ExitCode.DONE;
    }

    static boolean speaksUnicode() {
        Charset charset = System.console() != null ? System.console().charset() : Charset.defaultCharset();
        return charset.equals(StandardCharsets.UTF_8);
    }

    private List<Drawn> ofCase(String wanted) throws Exception {
        Duration around = Durations.parse(span)
                .filter(d -> d.compareTo(Duration.ofDays(3_660)) <= 0)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--span is '" + span + "', expected a time such as 90s, 5m or 2h"));
        Path file = store.store();
        Optional<CaseRecord> found = Database.readOnly(file, c -> {
            Optional<CaseRecord> exact = CaseStore.caseOf(c, wanted);
            Optional<Diagnosis> diagnosis = exact.isPresent() ? Optional.empty() : CaseStore.diagnosis(c, wanted);
            return diagnosis.isPresent() ? CaseStore.caseOf(c, diagnosis.get().caseId()) : exact;
        });
        if (found.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("No case or diagnosis begins with " + SafeName.forPeople(wanted)
                            + "; 'penstock cases' shows all.");
            return List.of();
        }
        CaseRecord record = found.get();
        Asset asset = asset(record.asset());
        CasePlot plot = new CasePlot(record, asset, analysis, around);
        List<Drawn> drawn = Database.readOnly(file, plot::draw);
        if (drawn.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("Case " + record.id()
                            + " has nothing to draw: no line of its evidence stands on one channel, or"
                            + " the readings were purged.");
        }
        return drawn;
    }

    private Asset asset(String wanted) throws ConfigWrong, IOException, StoreFailed {
        if (assetFile != null) {
            return AssetFile.read(assetFile);
        }
        return store.settings().assets().stream()
                .filter(asset -> asset.id().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IOException("the configuration has no asset " + SafeName.forPeople(wanted)
                        + "; name its file with --asset"));
    }

    private List<Drawn> ofRecording() throws ConfigWrong, IOException {
        Path file = wave;
        if (file == null || assetFile == null) {
            throw new ParameterException(spec.commandLine(), "--wave needs --asset A.toml, the machine's geometry");
        }
        Asset asset = AssetFile.read(assetFile);
        WaveformFile recording = WaveformFile.read(file);
        List<Channel> columns = columns(asset, recording.columns().length);
        boolean known = bearing == null
                || asset.bearings().stream().anyMatch(own -> own.id().equals(bearing));
        if (!known || (fault != null && !FAULTS.contains(fault))) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--bearing is one of "
                            + asset.bearings().stream()
                                    .map(b -> SafeName.forPeople(b.id()))
                                    .toList() + ", --fault one of " + FAULTS);
        }
        List<Drawn> drawn = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            Channel channel = columns.get(i);
            double hertz =
                    rate > 0 ? rate : recording.rateHz().orElse(channel.rateHz().orElse(Double.NaN));
            if (!(hertz > 0) || Double.isInfinite(hertz)) {
                throw new IOException("no sample rate: neither --fs, nor in the file, nor rate_hz of channel "
                        + SafeName.forPeople(channel.id()));
            }
            Optional<EnvelopeSpectrum> spectrum;
            Optional<GearSpectrum> gears;
            try {
                gears = analysis.gearSpectrum(asset, channel, recording.columns()[i], hertz, rpm / 60);
                spectrum = analysis.envelope(asset, channel, recording.columns()[i], hertz, rpm / 60);
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": " + e.getMessage(), e);
            }
            spectrum.map(s -> EnvelopeChart.of(channel.id(), asset, s, bearing, fault))
                    .ifPresent(chart -> drawn.add(new Drawn(chart.chart(), chart.text())));
            gears.map(s -> GearChart.of(channel.id(), asset, s, null))
                    .ifPresent(chart -> drawn.add(new Drawn(chart.chart(), chart.text())));
        }
        if (drawn.isEmpty()) {
            throw new IOException(
                    "no spectrum to draw: the asset file needs a [[bearing]] or a [[gear]] of the channel,"
                            + " and a speed in rated_rpm or --rpm");
        }
        return drawn;
    }

    private List<Channel> columns(Asset asset, int wanted) throws IOException {
        List<Channel> all = new ArrayList<>();
        for (String name : channels) {
            Channel channel = asset.channel(name);
            if (channel == null) {
                throw new IOException("channel " + SafeName.forPeople(name) + " is not in the asset file");
            }
            all.add(channel);
        }
        if (channels.isEmpty()) {
            asset.channels().stream()
                    .filter(channel -> channel.quantity().equals("acceleration"))
                    .limit(wanted)
                    .forEach(all::add);
        }
        if (all.size() != wanted) {
            throw new IOException("the recording has " + wanted + " columns, but " + all.size()
                    + " channels are known for it; name them with --channels");
        }
        return all;
    }
}
