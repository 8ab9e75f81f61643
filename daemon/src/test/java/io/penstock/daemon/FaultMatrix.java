package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.CaseChange;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Journalled;
import io.penstock.fixtures.plant.Fault;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Playback;
import io.penstock.fixtures.plant.Sample;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Plays simulated faults at operating points through windows, detectors and cases as the gateway builds them, and counts what is named.
 * Its main prints the whole table: {@code FaultMatrix [SEED [RAMP_SECONDS [PART]]]}, where PART of a run's name
 * {@code fault/load/severity} plays only those runs and shows each of their versions;
 * {@code FaultMatrix SEED healthy} plays ten healthy minutes at each load.
 */
final class FaultMatrix {
    static final List<Fault> FAULTS = List.of(
            Fault.BEARING_OUTER_RACE,
            Fault.BEARING_INNER_RACE,
            Fault.BEARING_BALL,
            Fault.CAVITATION,
            Fault.IMBALANCE,
            Fault.MISALIGNMENT,
            Fault.LOOSENESS,
            Fault.ELECTRICAL,
            Fault.OVERHEATING_LUBRICATION,
            Fault.FLOW_OBSTRUCTION);
    static final List<Double> LOADS = List.of(0.4, 0.6, 0.8, 1.0);
    static final List<Double> SEVERITIES = List.of(0.3, 0.6, 1.0);

    static final String UNSURE = "unsure";
    static final String NO_CASE = "no case";

    private static final long START_MILLIS = 1_750_000_000_000L;
    private static final int FAULT_AT = 30;
    private static final int END = 75;

    private final GatewaySettings settings;
    private final Map<String, SymptomMatrix> matrices = new TreeMap<>();

    /** One point of the matrix. A ramp of 0 s is a fault that is there at once, as a delay is counted from. */
    record Point(Fault fault, double load, double severity, double rampSeconds, long seed) {
        @Override
        public String toString() {
            return fault.wireName() + "/" + load + "/" + severity;
        }
    }

    /** What was said first, at a time: the first version of a case or a later one. */
    record Said(double second, CaseRecord record) {
        String name() {
            return record.best().fault();
        }
    }

    /**
     * What became of one point.
     *
     * @param settled the machine's case as it stands at the end; the worst's, if there are several
     */
    record Run(Point point, List<Said> said, String settled) {
        String truth() {
            return point.fault().wireName();
        }

        boolean named() {
            return !settled.equals(UNSURE) && !settled.equals(NO_CASE);
        }

        boolean right() {
            return settled.equals(truth());
        }

        /** A version that named what it was not. */
        boolean everWrong() {
            return said.stream()
                    .anyMatch(s -> !s.name().equals(UNSURE) && !s.name().equals(truth()));
        }

        /** Seconds from the fault to the first version of a case; NaN where there is none. */
        double opened() {
            return said.stream().mapToDouble(Said::second).findFirst().orElse(Double.NaN) - FAULT_AT;
        }

        /** Seconds from the fault to the first version with the right name. */
        double rightAfter() {
            return said.stream()
                            .filter(s -> s.name().equals(truth()))
                            .mapToDouble(Said::second)
                            .findFirst()
                            .orElse(Double.NaN)
                    - FAULT_AT;
        }
    }

    /** @param folder for the demonstration's configuration, written out */
    FaultMatrix(Path folder) throws IOException, ConfigWrong, MatrixRefused {
        Files.writeString(folder.resolve("unit-1.toml"), LiveChain.demo("unit-1.toml"));
        String toml = LiveChain.demo("penstock.toml")
                .replace("@MQTT@", "tcp://127.0.0.1:1")
                .replace("@OPCUA@", "opc.tcp://127.0.0.1:1")
                .replace("baseline_vectors = 75", "baseline_vectors = 100");
        settings = ConfigFile.read(Files.writeString(folder.resolve("penstock.toml"), toml));
        for (Asset asset : settings.assets()) {
            matrices.put(asset.id(), ShippedMatrices.of(asset.kind()));
        }
    }

    static List<Point> points(
            List<Fault> faults, List<Double> loads, List<Double> severities, double rampSeconds, long seed) {
        List<Point> points = new ArrayList<>();
        for (Fault fault : faults) {
            for (double load : loads) {
                for (double severity : severities) {
                    points.add(new Point(fault, load, severity, rampSeconds, seed));
                }
            }
        }
        return points;
    }

    /** Runs are apart from one another and go side by side; the answer is in the order of the points. */
    List<Run> play(List<Point> points) {
        return points.parallelStream().map(this::play).toList();
    }

    Run play(Point point) {
        HydroUnit unit = new HydroUnit(point.seed(), point.load());
        unit.inject(point.fault(), point.severity(), FAULT_AT, point.rampSeconds());
        List<Said> said = new ArrayList<>();
        CaseBook book = new CaseBook(settings.cases(), matrices);
        play(unit, END, book, said);
        String settled = book.openCases().stream()
                .filter(record -> !record.id().endsWith("-sensor"))
                .max(Comparator.comparing(CaseRecord::severity))
                .map(record -> record.best().fault())
                .orElse(NO_CASE);
        return new Run(point, List.copyOf(said), settled);
    }

    /** All that is said of a machine that nothing is wrong with. */
    List<Said> healthy(long seed, double load, int seconds) {
        List<Said> said = new ArrayList<>();
        play(new HydroUnit(seed, load), seconds, new CaseBook(settings.cases(), matrices), said);
        return said;
    }

    /** Plays a unit for so many seconds through a watch and a book. */
    private void play(HydroUnit unit, int seconds, CaseBook book, List<Said> said) {
        AssetWatch watch = Objects.requireNonNull(AssetWatch.all(settings).get("unit-1"));
        Playback playback = new Playback(unit, START_MILLIS);
        long position = 0;
        for (int tick = 0; tick <= seconds * Playback.TICKS_PER_SECOND; tick++) {
            double second = (double) tick / Playback.TICKS_PER_SECOND;
            if (tick % Playback.TICKS_PER_SECOND == 0) {
                note(book.tick((START_MILLIS + Math.round(second * 1000)) * 1000), second, said);
            }
            for (Sample sample : playback.at(tick)) {
                watch.accept(
                        new Journalled(position++, reading(sample, second)),
                        findings -> note(book.apply(findings), second, said));
            }
        }
    }

    private static void note(List<CaseChange> changes, double second, List<Said> said) {
        changes.stream()
                .map(CaseChange::record)
                .filter(record -> !record.id().endsWith("-sensor"))
                .forEach(record -> said.add(new Said(second, record)));
    }

    private static Reading reading(Sample sample, double second) {
        long now = (START_MILLIS + Math.round(second * 1000)) * 1000;
        return switch (sample) {
            case Sample.Number number ->
                new Reading.Scalar(
                        new ChannelId("unit-1", number.scalar().channel()),
                        number.epochMillis() * 1000,
                        now,
                        Quality.GOOD,
                        number.value());
            case Sample.Waveform wave ->
                new Reading.Waveform(
                        new ChannelId("unit-1", wave.sensor().channel()),
                        wave.epochMillis() * 1000,
                        now,
                        Quality.GOOD,
                        wave.samples(),
                        HydroUnit.SAMPLE_RATE);
        };
    }

    /** Truth by row, settled name by column, counts; then precision, coverage and delays. */
    static String table(List<Run> runs) {
        List<String> columns =
                new ArrayList<>(FAULTS.stream().map(Fault::wireName).toList());
        runs.stream()
                .map(Run::settled)
                .distinct()
                .sorted()
                .filter(name -> !columns.contains(name))
                .forEach(columns::add);
        StringBuilder out = new StringBuilder();
        out.append(String.format("%-24s", "truth \\ named"));
        columns.forEach(name -> out.append(String.format(" %9s", shortened(name))));
        out.append("   opened  right after, s (worst)  wrong versions\n");
        Map<String, List<Run>> byTruth =
                runs.stream().collect(Collectors.groupingBy(Run::truth, TreeMap::new, Collectors.toList()));
        byTruth.forEach((truth, rows) -> {
            out.append(String.format("%-24s", truth));
            for (String name : columns) {
                long count = rows.stream().filter(r -> r.settled().equals(name)).count();
                out.append(String.format(" %9s", count == 0 ? "." : Long.toString(count)));
            }
            out.append(String.format(
                    Locale.ROOT,
                    "  %7.1f %20.1f  %14d%n",
                    rows.stream()
                            .mapToDouble(Run::opened)
                            .filter(Double::isFinite)
                            .max()
                            .orElse(Double.NaN),
                    rows.stream()
                            .mapToDouble(Run::rightAfter)
                            .filter(Double::isFinite)
                            .max()
                            .orElse(Double.NaN),
                    rows.stream().filter(Run::everWrong).count()));
        });
        long named = runs.stream().filter(Run::named).count();
        long right = runs.stream().filter(Run::right).count();
        out.append(String.format(
                Locale.ROOT,
                "runs %d, named %d (coverage %.3f), right %d (precision %.3f), unsure %d, no case %d, runs with a wrong version %d%n",
                runs.size(),
                named,
                (double) named / runs.size(),
                right,
                named == 0 ? Double.NaN : (double) right / named,
                runs.stream().filter(r -> r.settled().equals(UNSURE)).count(),
                runs.stream().filter(r -> r.settled().equals(NO_CASE)).count(),
                runs.stream().filter(Run::everWrong).count()));
        for (double severity : SEVERITIES) {
            List<Run> rows =
                    runs.stream().filter(r -> r.point().severity() == severity).toList();
            out.append(String.format(
                    Locale.ROOT,
                    "  severity %.1f: %d of %d named, %d right%n",
                    severity,
                    rows.stream().filter(Run::named).count(),
                    rows.size(),
                    rows.stream().filter(Run::right).count()));
        }
        return out.toString();
    }

    private static String shortened(String name) {
        return Arrays.stream(name.split("_"))
                .map(part -> part.substring(0, Math.min(4, part.length())))
                .collect(Collectors.joining("_"))
                .replace("bear_", "b_");
    }

    /** A run's versions with their candidates and evidence. */
    static String story(Run run) {
        StringBuilder out = new StringBuilder("== " + run.point() + " -> " + run.settled() + "\n");
        for (Said said : run.said()) {
            out.append(String.format(
                    Locale.ROOT,
                    "  %+.1f s v%d %s:",
                    said.second() - FAULT_AT,
                    said.record().version(),
                    said.record().severity()));
            said.record()
                    .candidates()
                    .forEach(c -> out.append(String.format(Locale.ROOT, " %s %.2f", c.fault(), c.score())));
            out.append('\n');
            for (EvidenceLine line : said.record().evidence()) {
                out.append(String.format(
                        Locale.ROOT,
                        "      %s %s %s value %.3g limit %.3g base %.3g strength %.2f share %.2f%s%n",
                        line.channel(),
                        line.tier(),
                        line.symptom(),
                        line.value(),
                        line.limit(),
                        line.baseline(),
                        line.strength(),
                        line.share(),
                        line.active() ? "" : " (ended)"));
            }
        }
        return out.toString();
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws Exception {
        long seed = args.length > 0 ? Long.parseLong(args[0]) : 1;
        boolean healthy = args.length > 1 && args[1].equals("healthy");
        double ramp = args.length > 1 && !healthy ? Double.parseDouble(args[1]) : 5;
        String part = args.length > 2 ? args[2] : "";
        Path folder = Files.createTempDirectory("fault-matrix");
        try {
            FaultMatrix matrix = new FaultMatrix(folder);
            if (healthy) {
                LOADS.forEach(load -> System.out.printf(
                        Locale.ROOT,
                        "healthy at load %.1f for 600 s: %d versions of cases%n",
                        load,
                        matrix.healthy(seed, load, 600).size()));
                return;
            }
            List<Run> runs = matrix.play(points(FAULTS, LOADS, SEVERITIES, ramp, seed).stream()
                    .filter(point -> point.toString().contains(part))
                    .toList());
            runs.stream()
                    .filter(run -> args.length > 2 || (run.named() && !run.right()) || run.everWrong())
                    .forEach(run -> System.out.print(story(run)));
            System.out.print(table(runs));
        } finally {
            for (String file : List.of("unit-1.toml", "penstock.toml")) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.delete(folder);
        }
    }
}
