package io.penstock.daemon.cli;

import io.penstock.daemon.audit.AuditPages;
import io.penstock.daemon.audit.AuditReport;
import io.penstock.daemon.audit.Call;
import io.penstock.daemon.audit.CsvCalls;
import io.penstock.daemon.audit.Prices;
import io.penstock.daemon.audit.Redaction;
import io.penstock.daemon.audit.Tally;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.PricesFile;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.SemanticRouter;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.Task;
import io.penstock.daemon.route.TaskPatterns;
import io.penstock.daemon.route.TextRouter;
import io.penstock.models.language.ModelUnavailable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock audit}: which calls to central models a local one could take. */
@Command(
        name = "audit",
        description = {
            "Reads logs of calls to language models: what they were for, what the prompts hold, where the money goes.",
            "And which share a local model is worth trying on. Nothing is sent anywhere;",
            "the report has no prompt's words but everyday ones.",
            "Logs: JSON lines (OpenAI's forms, LiteLLM), a vLLM server's log, CSV with --csv; .gz too."
        })
final class AuditCommand implements Callable<Integer> {
    private static final long SEED = 1;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final long SHOWN_EVERY_NANOS = 200_000_000;

    private final RouteCommand.EmbedderSource embedder;
    private final Path cacheFolder;

    @Parameters(paramLabel = "LOG", arity = "1..*", description = "One or more logs.")
    @SuppressWarnings("NullAway.Init")
    List<Path> logs;

    @Option(
            names = "--csv",
            paramLabel = "FIELD=COLUMN",
            split = ",",
            description =
                    "The logs are CSV tables; fields: prompt (needed), system, model, input_tokens, output_tokens, answer,"
                            + " cost.")
    Map<String, String> columns = new LinkedHashMap<>();

    @Option(names = "--prices", paramLabel = "P.toml", description = "What models cost where a log does not say.")
    @Nullable
    Path priceList;

    @Option(
            names = "--sample",
            defaultValue = "400",
            paramLabel = "N",
            description =
                    "Calls of each complexity that the router looks at where no pattern names the task, 0 to 20000 (default:"
                            + " ${DEFAULT-VALUE}).")
    int sample;

    @Option(names = "--markdown", paramLabel = "F", description = "Report as Markdown; default: printed.")
    @Nullable
    Path markdown;

    @Option(names = "--html", paramLabel = "F", description = "Report as one HTML page with charts.")
    @Nullable
    Path html;

    @Option(names = "--json", description = "Prints the report as one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** @param cacheFolder where vectors of shipped samples are kept; never those of a log's texts */
    AuditCommand(RouteCommand.EmbedderSource embedder, Path cacheFolder) {
        this.embedder = embedder;
        this.cacheFolder = cacheFolder;
    }

    @Override
    public Integer call() throws ConfigWrong, IOException {
        if (sample < 0 || sample > 20_000) {
            throw new ParameterException(spec.commandLine(), "--sample is " + sample + ", expected 0 to 20000");
        }
        Prices prices = priceList == null ? Prices.NONE : PricesFile.read(priceList);
        Routes routes = ShippedRoutes.tasks();
        Tally tally = new Tally(prices, sample, SEED);
        List<String> rejects = read(tally);
        if (tally.all().calls() == 0) {
            rejects.forEach(spec.commandLine().getErr()::println);
            spec.commandLine().getErr().println("audit: found no request in the " + logs.size() + " logs");
            return ExitCode.NOTHING_FOUND;
        }
        say(report(routes, tally, rejects));
        return ExitCode.DONE;
    }

    private List<String> read(Tally tally) throws IOException {
        CsvCalls csv = csv();
        TaskPatterns patterns = TaskPatterns.shipped();
        List<String> rejects = new ArrayList<>();
        for (Path log : logs) {
            CallLogFile file = new CallLogFile(log);
            Progress progress = new Progress(log, file);
            file.read(csv, call -> {
                tally.add(call, patterns.of(call.question()));
                progress.show();
            });
            progress.end();
            rejects.addAll(file.rejects());
        }
        return rejects;
    }

    private @Nullable CsvCalls csv() {
        try {
            return columns.isEmpty() ? null : new CsvCalls(columns);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--csv: " + e.getMessage(), e);
        }
    }

    private AuditReport report(Routes routes, Tally tally, List<String> rejects) {
        List<String> negatives = ShippedRoutes.negatives();
        List<String> everyday = new ArrayList<>(routes.texts());
        everyday.addAll(negatives);
        Redaction redaction = new Redaction(everyday);
        Function<Call, Task> nobody = call -> Task.NOT_RECOGNISED;
        try {
            RouteCommand.Opened opened = embedder.open();
            try (var model = opened.embedder()) {
                VectorCache cache = new VectorCache(model, cacheFolder, opened.modelSha256());
                Map<String, float[]> vectors = TextRouter.embed(everyday, cache, DEADLINE);
                cache.close();
                double recognition = SemanticRouter.of(routes, negatives, vectors)
                        .leaveOneOut()
                        .kept();
                TextRouter router =
                        TextRouter.open(routes, negatives, cache, DEADLINE).askingBy(model, DEADLINE);
                return AuditReport.of(
                        tally, call -> Task.of(router.place(call.question()).route()), recognition, redaction, rejects);
            }
        } catch (ModelUnavailable e) {
            spec.commandLine().getErr().println("audit: no embedder, tasks by patterns only: " + e.getMessage());
            return AuditReport.of(tally, nobody, Double.NaN, redaction, rejects);
        }
    }

    private void say(AuditReport report) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        AuditPages pages = new AuditPages(report);
        if (html != null) {
            Files.writeString(html, pages.html());
            out.println("wrote " + html);
        }
        if (markdown != null) {
            Files.writeString(markdown, pages.markdown());
            out.println("wrote " + markdown);
        }
        if (json) {
            Console.json(out, report);
        } else if (markdown == null && html == null) {
            out.print(pages.markdown());
        }
    }

    /** How far a log is read, on a terminal only. */
    private final class Progress {
        private final String name;
        private final long size;
        private final CallLogFile file;
        private final boolean terminal = Console.isTerminal();
        private long shownNanos = System.nanoTime();

        Progress(Path log, CallLogFile file) throws IOException {
            this.name = String.valueOf(log.getFileName());
            this.size = Math.max(1, Files.size(log));
            this.file = file;
        }

        void show() {
            if (terminal && System.nanoTime() - shownNanos > SHOWN_EVERY_NANOS) {
                shownNanos = System.nanoTime();
                print();
            }
        }

        void end() {
            if (terminal) {
                print();
                spec.commandLine().getErr().println();
            }
        }

        private void print() {
            int done = (int) (file.bytes() * 100 / size);
            StringWriter line = new StringWriter();
            line.append("\r  ").append(name.replaceAll("\\p{C}", "?")).append("  [");
            line.append("#".repeat(done / 5)).append(" ".repeat(20 - done / 5)).append("] ");
            line.append(done + " %, " + file.calls() + " calls");
            spec.commandLine().getErr().print(line);
            spec.commandLine().getErr().flush();
        }
    }
}
