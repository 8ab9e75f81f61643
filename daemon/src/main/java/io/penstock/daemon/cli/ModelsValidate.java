package io.penstock.daemon.cli;

import io.penstock.daemon.eval.Contender;
import io.penstock.daemon.eval.Evaluation;
import io.penstock.daemon.eval.Figures;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.daemon.eval.ModelComparison;
import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.worker.NativeTask;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock models validate}: what four bits a number cost in answers, and what they gain in speed and memory. */
@Command(
        name = "validate",
        description = {
            "Holds a model's 4-bit form against one of higher precision: right answers on the golden set, flipped labels, speed, memory.",
            "Without --against the other one is made from MODEL by llama.cpp's quantizer: 4 bit from a larger one; from a 4-bit one"
                    + " F16, which brings no precision back, so that the loss is not judged then.",
            "Passes (0) when a loss of 1 %% is excluded with 95 %% and both speeds are at least three times as high; else fails (1)."
        })
final class ModelsValidate implements Callable<Integer> {
    private static final double LOSS = 0.01;
    private static final double FASTER = 3;
    private static final Set<String> FOUR_BIT = Set.of("Q4_0", "Q4_1", "Q4_K", "IQ4_NL", "IQ4_XS", "MXFP4");
    private static final Set<String> TWO_WAYS = Set.of("F32", "F16", "BF16", "Q8_0");
    private static final int PASSES = 2;
    private static final int ROUNDS = 3;

    @Parameters(paramLabel = "MODEL", description = "A language model of 'models list', or a GGUF file.")
    @SuppressWarnings("NullAway.Init")
    String name;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "The same model in another precision: GGUF file or name.")
    @Nullable
    String against;

    @Option(
            names = "--as",
            paramLabel = "TYPE",
            defaultValue = "Q4_0",
            description = "What a larger one is quantized to: Q4_0, Q4_1, Q4_K_M (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init")
    String type;

    @Mixin
    GoldenSetOption golden = new GoldenSetOption();

    @Option(names = "--threads", defaultValue = "1", description = "Compute threads (default: ${DEFAULT-VALUE}).")
    int threads;

    @Option(names = "--flips", description = "Every case whose label flipped.")
    boolean flips;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /**
     * The two forms.
     *
     * @param honest whether the larger one is more precise than the smaller one, and not made from it
     */
    private record Pair(InstalledModel large, InstalledModel small, boolean honest) {}

    /** What was measured of one form. */
    private record Side(InstalledModel model, GgufHeader header, NativeTask.Speed speed, ModelExam exam) {}

    @Override
    public Integer call() throws Exception {
        try (ScratchFolder scratch = ScratchFolder.in(null, "penstock-validate")) {
            Pair pair = pair(scratch.path());
            GoldenSet set = golden.read();
            List<NativeTask.Speed> speeds = speeds(pair);
            Side large = side(pair.large(), speeds.getFirst(), set);
            Side small = side(pair.small(), speeds.getLast(), set);
            return told(pair, large, small) ? ExitCode.DONE : ExitCode.FAILED;
        } catch (NativeTask.Failed e) {
            spec.commandLine().getErr().println(e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private Pair pair(Path scratch) throws Exception {
        InstalledModel subject = LocalModels.model(name);
        String form = GgufHeader.read(subject.file()).quantization();
        if (against != null) {
            InstalledModel other = LocalModels.model(against, subject.manifest().template());
            String otherForm = GgufHeader.read(other.file()).quantization();
            boolean subjectIsSmall = FOUR_BIT.contains(form) || !FOUR_BIT.contains(otherForm);
            return subjectIsSmall
                    ? new Pair(other, subject, !FOUR_BIT.contains(otherForm))
                    : new Pair(subject, other, !FOUR_BIT.contains(form));
        }
        boolean large = TWO_WAYS.contains(form);
        String to = large ? type : "F16";
        Path made = scratch.resolve(subject.manifest().name() + "-" + to.toLowerCase(Locale.ROOT) + ".gguf");
        NativeTask.quantize(subject, made, LocalModels.natives(), to, threads);
        InstalledModel other =
                LocalModels.model(made.toString(), subject.manifest().template());
        return large ? new Pair(subject, other, true) : new Pair(other, subject, false);
    }

    /** Alternated, so that what else the machine does meets both. */
    private List<NativeTask.Speed> speeds(Pair pair) throws Exception {
        double[][] sums = new double[2][2];
        for (int pass = 0; pass < PASSES; pass++) {
            InstalledModel[] both = {pair.large(), pair.small()};
            for (int i = 0; i < 2; i++) {
                NativeTask.Speed speed = NativeTask.speed(both[i], LocalModels.natives(), threads, ROUNDS);
                sums[i][0] += speed.read() / PASSES;
                sums[i][1] += speed.written() / PASSES;
            }
        }
        return List.of(new NativeTask.Speed(sums[0][0], sums[0][1]), new NativeTask.Speed(sums[1][0], sums[1][1]));
    }

    private Side side(InstalledModel model, NativeTask.Speed speed, GoldenSet set) throws Exception {
        Evaluation.Progress progress = (done, of) -> Console.progress(
                spec.commandLine().getErr(),
                model.manifest().name() + ": " + done + " of " + of + " cases",
                done == of);
        return new Side(model, GgufHeader.read(model.file()), speed, ModelExam.of(model, set, 0, threads, progress));
    }

    private boolean told(Pair pair, Side large, Side small) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ModelComparison comparison =
                new ModelComparison(large.exam().report(), small.exam().report());
        out.println(comparison.candidate().results().size() + " golden cases, the model asked in " + comparison.asked()
                + "; language: English, the set holds no other");
        Console.table(
                out,
                List.of(
                        "",
                        "FORM",
                        "FILE",
                        "MEMORY",
                        "READ TOKENS/S",
                        "WRITTEN TOKENS/S",
                        "RIGHT ALONE (95 %)",
                        "RIGHT WITH CASES (95 %)"),
                List.of(row("reference", large), row("4 bit", small)));
        out.println();
        groups(out, comparison);
        for (Contender contender : List.of(Contender.MODEL_ALONE, Contender.MODEL_WITH_CASES)) {
            List<String> flipped = comparison.flips(contender);
            out.println(
                    "labels that flipped, " + contender.spoken() + ": " + flipped.size() + " of " + comparison.asked());
            if (flips) {
                flipped.forEach(flip -> out.println("  " + flip));
            }
        }
        double read = small.speed().read() / large.speed().read();
        double written = small.speed().written() / large.speed().written();
        boolean faster = read >= FASTER && written >= FASTER;
        out.printf(
                Locale.ROOT,
                "memory: %.2f of the reference's%n",
                small.exam().residentMiB() / (double) large.exam().residentMiB());
        out.printf(
                Locale.ROOT,
                "throughput x3: %s: reads %.2f, writes %.2f times as fast%n",
                faster ? "PASS" : "FAIL",
                read,
                written);
        boolean kept = loss(out, pair, comparison);
        return faster && kept;
    }

    private static boolean loss(PrintWriter out, Pair pair, ModelComparison comparison) {
        ModelComparison.Difference d = comparison.difference(Contender.MODEL_WITH_CASES, each -> true);
        String said = String.format(
                Locale.ROOT,
                "%.1f %% lost (95 %%: %.1f to %.1f)",
                100 * -d.value() + 0.0,
                100 * -d.high() + 0.0,
                100 * -d.low() + 0.0);
        if (!pair.honest()) {
            out.println(
                    "loss < 1 %: NOT JUDGED: both hold the numbers of a 4-bit file, the reference is no more precise; "
                            + said);
            return false;
        }
        boolean kept = d.excludesLossOf(LOSS);
        out.println("loss < 1 %: " + (kept ? "PASS: " : -d.value() >= LOSS ? "FAIL: " : "NOT SHOWN with so few cases: ")
                + said);
        return kept;
    }

    private static void groups(PrintWriter out, ModelComparison comparison) {
        List<List<String>> rows = new ArrayList<>();
        for (String group : comparison.candidate().groups()) {
            ModelComparison.Difference d = comparison.difference(
                    Contender.MODEL_WITH_CASES, each -> each.group().equals(group));
            if (d.cases() > 0) {
                rows.add(List.of(
                        group,
                        Integer.toString(d.cases()),
                        share(comparison
                                .reference()
                                .figures(
                                        Contender.MODEL_WITH_CASES,
                                        g -> g.group().equals(group))),
                        share(comparison
                                .candidate()
                                .figures(
                                        Contender.MODEL_WITH_CASES,
                                        g -> g.group().equals(group))),
                        String.format(Locale.ROOT, "%+.3f (%+.3f to %+.3f)", d.value(), d.low(), d.high())));
            }
        }
        Console.table(
                out,
                List.of("TASK", "CASES", "REFERENCE RIGHT (95 %)", "4 BIT RIGHT (95 %)", "DIFFERENCE (95 %)"),
                rows);
    }

    private static List<String> row(String role, Side side) throws IOException {
        return List.of(
                role,
                side.header().quantization(),
                LocalModels.mib(Files.size(side.model().file())),
                side.exam().residentMiB() + " MiB",
                String.format(Locale.ROOT, "%.1f", side.speed().read()),
                String.format(Locale.ROOT, "%.1f", side.speed().written()),
                share(side.exam().report().figures(Contender.MODEL_ALONE)),
                share(side.exam().report().figures(Contender.MODEL_WITH_CASES)));
    }

    private static String share(Figures figures) {
        Figures.Share share = figures.accuracy();
        return String.format(Locale.ROOT, "%.3f (%.3f-%.3f)", share.value(), share.low(), share.high());
    }
}
