package io.penstock.daemon.cli;

import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench}: how fast the parts are on this machine, by the classes that run live. */
@Command(
        name = "bench",
        description = "Measures this machine: how much Penstock can watch on it.",
        subcommands = {
            BenchCommand.Detect.class,
            IngestBench.class,
            OpcUaBench.class,
            UplinkBench.class,
            RouteBench.class,
            LabelBench.class,
            HubBench.class
        })
final class BenchCommand {
    private BenchCommand() {}

    /** Work to be timed. */
    @FunctionalInterface
    private interface Work {
        long once() throws StoreFailed;
    }

    /**
     * What was measured.
     *
     * @param median a second, of the rounds
     * @param reach what the project aims at; 0 for none
     * @param clock {@code cpu}: processor time of the one thread that works; {@code wall}: what a bystander's watch shows
     */
    record Measured(
            String what,
            String unit,
            double median,
            double least,
            double most,
            int rounds,
            double reach,
            String clock) {
        boolean reached() {
            return median >= reach;
        }
    }

    /**
     * A plain loop: warm-up, then rounds of equal length, of which the median, the least and the most are told. Processor time, as
     * a gateway's other work should not count; the journal by the clock, as it waits for the disk.
     */
    @Command(
            name = "detect",
            description = {
                "Waveforms and vectors judged, and durable commits made, a second.",
                "Evidence for waveforms, state and onset for vectors: of one core's processor time; commits of 1,000 readings: of the clock."
            })
    static final class Detect implements Callable<Integer> {
        private static final double WINDOWS_REACH = 3_000;
        private static final double POINTS_REACH = 9_000;

        @Option(
                names = "--rounds",
                paramLabel = "N",
                defaultValue = "5",
                description = "Rounds of each measure, 1 to 100 (default: 5).")
        int rounds;

        @Option(
                names = "--seconds",
                paramLabel = "S",
                defaultValue = "1",
                description = "Length of a round, 0.01 to 60 s (default: 1); the warm-up takes twice that.")
        double seconds;

        @Option(
                names = "--disk",
                paramLabel = "FOLDER",
                description =
                        "Where the store of the commits is made, e.g. the gateway's (default: the temporary folder).")
        @Nullable
        Path disk;

        @Option(names = "--json", description = "One JSON object a measure.")
        boolean json;

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Override
        public Integer call() throws StoreFailed, IOException {
            if (rounds < 1 || rounds > 100 || !(seconds >= 0.01 && seconds <= 60)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--rounds " + rounds + " --seconds " + seconds + ", expected 1 to 100 and 0.01 to 60");
            }
            PrintWriter out = spec.commandLine().getOut();
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            boolean cpu = threads.isCurrentThreadCpuTimeSupported();
            LongSupplier clock = cpu ? threads::getCurrentThreadCpuTime : System::nanoTime;
            String name = cpu ? "cpu" : "wall";
            List<Measured> all = new ArrayList<>();

            DetectionLoad.Windows windows = new DetectionLoad.Windows();
            all.add(measure(
                    "evidence of one 8192-sample waveform, 2 bearings",
                    "windows/s",
                    WINDOWS_REACH,
                    name,
                    clock,
                    32,
                    () -> windows.analyse().elements().size()));
            DetectionLoad.Points points = new DetectionLoad.Points();
            all.add(measure(
                    "state and onset of one 8-channel vector",
                    "points/s",
                    POINTS_REACH,
                    name,
                    clock,
                    64,
                    points::inspect));
            all.add(commits());

            for (Measured measured : all) {
                if (json) {
                    Console.json(out, written(measured));
                }
            }
            if (!json) {
                table(out, all);
            }
            return ExitCode.DONE;
        }

        private Measured commits() throws StoreFailed, IOException {
            try (ScratchFolder folder = ScratchFolder.in(disk, "penstock-bench");
                    DetectionLoad.Appends appends = new DetectionLoad.Appends(folder.path())) {
                return measure(
                        "journal, 1,000 readings a durable commit",
                        "commits/s",
                        0,
                        "wall",
                        System::nanoTime,
                        1,
                        appends::append);
            }
        }

        private Measured measure(
                String what, String unit, double reach, String name, LongSupplier clock, int batch, Work work)
                throws StoreFailed {
            long nanos = (long) (seconds * 1e9);
            round(2 * nanos, clock, batch, work);
            double[] rates = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                rates[i] = round(nanos, clock, batch, work);
            }
            Arrays.sort(rates);
            double median = (rates[(rounds - 1) / 2] + rates[rounds / 2]) / 2;
            return new Measured(what, unit, median, rates[0], rates[rounds - 1], rounds, reach, name);
        }

        /** How often the work is done a second. */
        private static double round(long nanos, LongSupplier clock, int batch, Work work) throws StoreFailed {
            long done = 0;
            long start = clock.getAsLong();
            long end;
            do {
                for (int i = 0; i < batch; i++) {
                    if (work.once() < 0) {
                        throw new IllegalStateException("a count below zero"); // so that no result goes unused
                    }
                }
                done += batch;
                end = clock.getAsLong();
            } while (end - start < nanos);
            return done * 1e9 / (end - start);
        }

        private static Map<String, Object> written(Measured m) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("what", m.what());
            line.put("unit", m.unit());
            line.put("median", Math.round(m.median() * 10) / 10.0);
            line.put("least", Math.round(m.least() * 10) / 10.0);
            line.put("most", Math.round(m.most() * 10) / 10.0);
            line.put("rounds", m.rounds());
            line.put("clock", m.clock());
            if (m.reach() > 0) {
                line.put("reach", m.reach());
                line.put("reached", m.reached());
            }
            return line;
        }

        private static void table(PrintWriter out, List<Measured> all) {
            List<List<String>> rows = new ArrayList<>();
            for (Measured m : all) {
                rows.add(List.of(
                        m.what(),
                        number(m.median()),
                        number(m.least()) + " - " + number(m.most()),
                        m.unit(),
                        m.reach() > 0 ? ">= " + number(m.reach()) + (m.reached() ? ", reached" : ", NOT reached") : "-",
                        m.clock().equals("cpu") ? "one core's processor time" : "clock"));
            }
            Console.table(out, List.of("WHAT", "MEDIAN", "LEAST - MOST", "UNIT", "REACH", "MEASURED IN"), rows);
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
        }
    }
}
