package io.penstock.daemon.cli;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.eval.Evaluation;
import io.penstock.daemon.eval.EvaluationReport;
import io.penstock.daemon.eval.Examinee;
import io.penstock.daemon.eval.GoldenCase;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.daemon.prompt.CaseLibrary;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.daemon.store.Database;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.store.PullFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock eval}: rules, retrieval, model and the whole on cases whose answer is known. */
@Command(
        name = "eval",
        description = {
            "Holds diagnoses against cases whose answer is known: rules, retrieval, the model alone and the whole,"
                    + " side by side.",
            "Fails (1) where a number that no evidence holds would have reached a user."
        })
final class EvalCommand implements Callable<Integer> {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MAX_TOKENS = 120;

    enum Half {
        ALL,
        TUNE,
        HELD
    }

    @Option(
            names = "--set",
            paramLabel = "FILE",
            description = "A set of your own, one case a line (default: shipped).")
    @Nullable
    Path file;

    @Mixin
    StoreOption store = new StoreOption();

    @Option(
            names = "--confirmed",
            description = {
                "The cases that people of this site confirmed and corrected, instead of a set;",
                "each is compared with all the others and never with itself."
            })
    boolean confirmed;

    @Option(
            names = "--half",
            defaultValue = "all",
            description = "all, tune or held (default: all, and each half by itself).")
    @SuppressWarnings("NullAway.Init")
    Half half;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = Catalogue.DEFAULT_LANGUAGE_MODEL,
            description = "The model to ask, as 'models list' names it; 'none' asks none (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init")
    String model;

    @Option(
            names = "--explanations",
            paramLabel = "N",
            defaultValue = "60",
            description = "How many explanations the model writes, spread over the set (default: 60).")
    int explanations;

    @Option(
            names = "--meaning",
            description = "Compares past cases by meaning, too, as a daemon with its embedder does.")
    boolean meaning;

    @Option(
            names = "--details",
            paramLabel = "FILE",
            description = "Writes what everybody said of each case, a line each.")
    @Nullable
    Path details;

    @Option(names = "--confusion", description = "Which wrong answers were given instead of which right ones.")
    boolean confusion;

    @Option(names = "--wrong", description = "The whole's wrong answers, a line each.")
    boolean wrong;

    @Option(names = "--json", description = "As one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (explanations < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--explanations is " + explanations + ", expected 0 or more");
        }
        if (confirmed && file != null) {
            throw new ParameterException(spec.commandLine(), "give --set FILE or --confirmed");
        }
        Map<String, List<PastCase>> past = Map.of();
        GoldenSet all;
        if (confirmed) {
            ConfirmedCases site = Database.readOnly(store.store(), ConfirmedCases::read);
            past = site.past();
            all = site.set();
            if (site.purged() > 0) {
                spec.commandLine()
                        .getErr()
                        .println(site.purged()
                                + " cases are left out: their evidence was purged ([store] keep_results)");
            }
        } else {
            all = GoldenSetOption.whole(file);
        }
        GoldenSet set = switch (half) {
            case ALL -> all;
            case TUNE -> all.half(GoldenCase.Half.TUNE);
            case HELD -> all.half(GoldenCase.Half.HELD);
        };
        PrintWriter out = spec.commandLine().getOut();
        if (set.cases().isEmpty()) {
            out.println(confirmed ? "Nobody has confirmed or corrected a case yet." : "No case in this half.");
            return ExitCode.NOTHING_FOUND;
        }
        EvaluationReport report = report(set, past);
        EvaluationText text = new EvaluationText(report);
        if (details != null) {
            try (PrintWriter lines = new PrintWriter(Files.newBufferedWriter(details))) {
                text.details().forEach(line -> Console.json(lines, line));
            }
        }
        if (json) {
            Console.json(out, text.json());
        } else {
            text.print(out);
            if (confusion) {
                text.confusion(out);
            }
            if (wrong) {
                text.wrong(out);
            }
        }
        return report.invented().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private EvaluationReport report(GoldenSet set, Map<String, List<PastCase>> past) throws Exception {
        Map<String, SymptomMatrix> matrices = confirmed ? ofSite() : matrices(set);
        if (!meaning) {
            return report(set, matrices, past, CaseLibrary.Vectors.NONE);
        }
        try (TextEmbedder embedder = LocalModels.embedder().embedder()) {
            Map<String, float[]> known = new HashMap<>();
            return report(set, matrices, past, text -> {
                float[] vector = known.get(text);
                if (vector == null && !text.isEmpty()) {
                    vector = vector(embedder, text);
                    known.put(text, vector);
                }
                return vector;
            });
        }
    }

    private static float[] vector(TextEmbedder embedder, String text) {
        try {
            return embedder.embed(text, DEADLINE);
        } catch (ModelUnavailable e) {
            throw new UncheckedIOException(new IOException("the embedder: " + e.getMessage(), e));
        }
    }

    private EvaluationReport report(
            GoldenSet set,
            Map<String, SymptomMatrix> matrices,
            Map<String, List<PastCase>> past,
            CaseLibrary.Vectors vectors)
            throws PullFailed {
        if (model.equals("none")) {
            return Evaluation.of(set, matrices, router(""), null)
                    .comparing(vectors)
                    .remembering(past)
                    .run(Evaluation.Progress.SILENT);
        }
        try (LocalModels.Language language = LocalModels.language(model)) {
            Examinee examinee = new Examinee(
                    language.name(), language.sha256(), language.worker(), explanations, MAX_TOKENS, DEADLINE);
            return Evaluation.of(set, matrices, router(language.name()), examinee)
                    .comparing(vectors)
                    .remembering(past)
                    .run(this::tell);
        }
    }

    private void tell(int done, int of) {
        Console.progress(spec.commandLine().getErr(), done + " of " + of + " cases", done == of);
    }

    /** A site may have matrices of its own. */
    private Map<String, SymptomMatrix> ofSite() throws IOException, ConfigWrong {
        Map<String, SymptomMatrix> matrices = new HashMap<>();
        store.settings().matrices().values().forEach(matrix -> matrices.put(matrix.kind(), matrix));
        return matrices;
    }

    static Map<String, SymptomMatrix> matrices(GoldenSet set) throws IOException {
        Map<String, SymptomMatrix> matrices = new HashMap<>();
        for (GoldenCase golden : set.cases()) {
            try {
                matrices.put(golden.kind(), ShippedMatrices.of(golden.kind()));
            } catch (MatrixRefused e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        return matrices;
    }

    /** Evidence rules and patterns; which model is asked does not hang on the semantic tier here, where one model plays every role. */
    static Function<CaseRecord, RoutePlan> router(String name) {
        return new CaseRouter(
                ShippedRoutes.caseRules(),
                TextRouter.patternsOnly(ShippedRoutes.defaults(), "an evaluation routes by rules and patterns"),
                name.isEmpty() ? Map.of() : Map.of(CaseRouter.GENERAL, name))::plan;
    }
}
