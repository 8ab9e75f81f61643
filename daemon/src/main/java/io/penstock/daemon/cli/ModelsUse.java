package io.penstock.daemon.cli;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.eval.Contender;
import io.penstock.daemon.eval.Evaluation;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.daemon.eval.ModelComparison;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.store.ActiveModel;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.worker.WorkerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock models use}: another general model, if it does not lose against the one in use. */
@Command(
        name = "use",
        description = {
            "Puts another general model in use, if on the golden set it does not lose against the one in use.",
            "Both are asked the same cases. Refused (1) where a loss of --margin cannot be excluded with 95 %%, by the model's own label or"
                    + " by the whole diagnosis, or where a number without a source would have reached a user.",
            "A running daemon loads it beside the old one and then switches; 'models rollback' goes back."
        })
final class ModelsUse implements Callable<Integer> {
    private static final int EXPLANATIONS = 10;

    @Parameters(paramLabel = "MODEL", description = "A language model of 'models list' that is here.")
    @SuppressWarnings("NullAway.Init")
    String name;

    @Mixin
    GoldenSetOption golden = new GoldenSetOption();

    @Option(
            names = "--margin",
            defaultValue = "0.05",
            description = "A loss of this share of right answers must be excluded (default: ${DEFAULT-VALUE}).")
    double margin;

    @Mixin
    ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (!(margin >= 0 && margin <= 1)) {
            throw new ParameterException(spec.commandLine(), "--margin is " + margin + ", expected 0 to 1");
        }
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.standard();
        LocalModel general = general(config.settings());
        if (general.file() != null) {
            out.println("refused: the configuration's [infer] file is in use; take it out, then this command decides");
            return ExitCode.FAILED;
        }
        ActiveModel active = ActiveModel.read(store).orElse(new ActiveModel("", ""));
        String inUse = active.model().isEmpty() ? general.name() : active.model();
        if (inUse.equals(name)) {
            out.println(name + " is in use already");
            return ExitCode.DONE;
        }
        InstalledModel challenger = LocalModels.model(name);
        if (challenger.verify() instanceof InstalledModel.Verdict.Unsound unsound) {
            out.println("refused: " + unsound.problem());
            return ExitCode.FAILED;
        }
        if (!wins(out, LocalModels.model(inUse), challenger)) {
            return ExitCode.FAILED;
        }
        new ActiveModel(name, active.model()).save(store);
        out.println(
                name
                        + " is in use from now on; a running daemon switches as soon as it is loaded. Back: penstock models rollback");
        return ExitCode.DONE;
    }

    /** The general model of the configuration. */
    static LocalModel general(GatewaySettings settings) throws IOException {
        return settings.infer().models().stream()
                .filter(model -> model.roles().contains(CaseRouter.GENERAL))
                .findFirst()
                .orElseThrow(() ->
                        new IOException("the configuration's [infer] has no general model: there is none to replace"));
    }

    private boolean wins(PrintWriter out, InstalledModel incumbent, InstalledModel challenger) throws Exception {
        GoldenSet set = golden.read();
        int threads = WorkerSettings.defaults().threads();
        ModelExam old = ModelExam.of(incumbent, set, EXPLANATIONS, threads, Evaluation.Progress.SILENT);
        ModelExam young = ModelExam.of(challenger, set, EXPLANATIONS, threads, Evaluation.Progress.SILENT);
        ModelComparison comparison = new ModelComparison(old.report(), young.report());
        List<String> objections = new ArrayList<>();
        for (Contender contender : List.of(Contender.MODEL_WITH_CASES, Contender.WHOLE)) {
            ModelComparison.Difference d = comparison.difference(contender, each -> true);
            out.printf(
                    Locale.ROOT,
                    "%s: %+.3f of %d cases (95 %%: %+.3f to %+.3f) against %s, %d answers flipped%n",
                    contender.spoken(),
                    d.value(),
                    d.cases(),
                    d.low(),
                    d.high(),
                    incumbent.manifest().name(),
                    comparison.flips(contender).size());
            if (!d.excludesLossOf(margin)) {
                objections.add(
                        String.format(Locale.ROOT, "by %s a loss of %.3f is not excluded", contender.spoken(), margin));
            }
        }
        if (!young.report().invented().isEmpty()) {
            objections.add("a number without a source would have reached a user: "
                    + young.report().invented().getFirst());
        }
        if (young.report().absent() > 0) {
            objections.add("it gave no answer in " + young.report().absent() + " cases");
        }
        if (!objections.isEmpty()) {
            out.println("refused, " + incumbent.manifest().name() + " stays in use: " + String.join("; ", objections));
        }
        return objections.isEmpty();
    }
}
