package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.route.Calibration;
import io.penstock.daemon.route.Calibration.Labelled;
import io.penstock.daemon.route.Calibrator;
import io.penstock.daemon.route.Calibrator.Calibrated;
import io.penstock.daemon.route.Mode;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.RoutesFile;
import io.penstock.daemon.route.SemanticRouter;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock route}: where texts would go, and why. */
@Command(
        name = "route",
        description = {
            "Says where a text would go and why: pattern, semantic router, fallback.",
            "Give one text, or --in Q.jsonl --out D.jsonl with {\"text\": ...} a line, or --check."
        })
public final class RouteCommand implements Callable<Integer> {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int CONFIG_WRONG = 3;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MOST_SHOWN = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Opens the embedder when it is first needed; the composition root says which. */
    @FunctionalInterface
    public interface EmbedderSource {
        Opened open() throws ModelUnavailable;
    }

    /**
     * @param embedder closed by this command
     * @param modelSha256 of the model's file: vectors kept on disk are kept under it
     */
    public record Opened(TextEmbedder embedder, String modelSha256) {}

    private final EmbedderSource source;
    private final Path cacheFolder;

    @Option(names = "--routes", paramLabel = "R.toml", description = "Routes file; default: the shipped one.")
    private @Nullable Path routesFile;

    @Option(names = "--in", paramLabel = "Q.jsonl", description = "Texts, one JSON object with \"text\" a line.")
    private @Nullable Path in;

    @Option(names = "--out", paramLabel = "D.jsonl", description = "Decisions, one line for each line in.")
    private @Nullable Path out;

    @Option(
            names = "--check",
            description = "Looks at the routes file itself: threshold and routes hard to tell apart.")
    private boolean check;

    @Option(names = "--json", description = "One JSON object instead of a table.")
    private boolean json;

    @Parameters(arity = "0..1", paramLabel = "TEXT", description = "The text to route.")
    private @Nullable String text;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    /**
     * @param cacheFolder where vectors of routes files are kept; made when needed
     */
    public RouteCommand(EmbedderSource source, Path cacheFolder) {
        this.source = source;
        this.cacheFolder = cacheFolder;
    }

    @Override
    public Integer call() {
        int forms = (text != null ? 1 : 0) + (in != null ? 1 : 0) + (check ? 1 : 0);
        if (forms != 1 || (in == null) != (out == null)) {
            throw new ParameterException(
                    spec.commandLine(), "give one TEXT, or --in Q.jsonl with --out D.jsonl, or --check");
        }
        Optional<Routes> read = read(routesFile);
        if (read.isEmpty()) {
            return CONFIG_WRONG;
        }
        Routes routes = read.get();
        List<String> negatives = ShippedRoutes.negatives();
        try (EmbedderSession session = session()) {
            if (check) {
                return checked(routes, negatives, session);
            }
            TextRouter router = router(routes, negatives, session);
            return text != null ? one(router, text) : all(router);
        } catch (ModelUnavailable e) {
            err().println("route: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err().println("route: " + e.getClass().getSimpleName() + ": " + e.getMessage());
            return FAILED;
        }
    }

    private TextRouter router(Routes routes, List<String> negatives, EmbedderSession session) {
        try {
            TextRouter router = TextRouter.open(routes, negatives, session.cached(), DEADLINE);
            session.keep();
            return router.askingBy(session.direct(), DEADLINE);
        } catch (ModelUnavailable e) {
            err().println("route: no embedder, patterns and fallback only: " + e.getMessage());
            return TextRouter.patternsOnly(routes, e.getMessage() == null ? "no embedder" : e.getMessage());
        }
    }

    private int one(TextRouter router, String asked) {
        RoutePlan plan = router.plan(asked);
        if (json) {
            ObjectNode node = JSON.createObjectNode().put("text", asked);
            write(node, plan);
            out().println(node);
            return DONE;
        }
        row("route", plan.route());
        row("tier", plan.tier().name().toLowerCase(Locale.ROOT));
        if (Double.isFinite(plan.score())) {
            row("score", number(plan.score()) + ", threshold " + number(plan.threshold()));
            if (!plan.runnerUp().isEmpty()) {
                row("runner-up", plan.runnerUp());
            }
            if (Double.isFinite(plan.margin())) {
                row("margin", number(plan.margin()));
            }
        }
        row("nearest", plan.nearest());
        row("model", plan.model().isEmpty() ? "none: rules answer" : plan.model());
        plan.reasons().forEach(reason -> row("because", reason));
        return DONE;
    }

    private int all(TextRouter router) throws IOException {
        int done = 0;
        Lines lines = new Lines();
        Path from = Objects.requireNonNull(in);
        Path to = Objects.requireNonNull(out);
        try (BufferedReader reader = Files.newBufferedReader(from, StandardCharsets.UTF_8);
                BufferedWriter writer = Files.newBufferedWriter(to, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Optional<ObjectNode> query = lines.query(line);
                if (query.isPresent()) {
                    ObjectNode node = query.get();
                    write(node, router.plan(node.path("text").asText()));
                    writer.write(node.toString());
                    writer.newLine();
                    done++;
                }
            }
        }
        err().println("route: " + done + " texts routed, " + lines.bad + " bad lines passed over");
        return done == 0 && lines.bad > 0 ? FAILED : DONE;
    }

    private int checked(Routes routes, List<String> negatives, EmbedderSession session) throws ModelUnavailable {
        List<String> texts = new ArrayList<>(routes.texts());
        texts.addAll(negatives);
        SemanticRouter router =
                SemanticRouter.of(routes, negatives, TextRouter.embed(texts, session.cached(), DEADLINE));
        session.keep();
        show(routes.mode(), router.threshold(), router.leaveOneOut(), List.of());
        return DONE;
    }

    /** As {@code --check}. */
    @Command(
            name = "check",
            description = {
                "Looks at a routes file itself: threshold, what it keeps and rejects, routes that are hard to tell apart.",
                "Each sample is left out in turn and held against the rest, and everyday sentences against all."
            })
    public int check(
            @Option(names = "--routes", paramLabel = "R.toml", description = "Routes file; default: the shipped one.")
                    @Nullable
                    Path file,
            @Option(names = "--json", description = "One JSON object instead of a table.") boolean asJson) {
        routesFile = file;
        json = asJson;
        check = true;
        return call();
    }

    /** Finds threshold and mode and writes the routes file that has them. */
    @Command(
            name = "calibrate",
            description = {
                "Finds threshold and mode, and writes a routes file that has them.",
                "Labelled texts of a route become its samples, those of no route become rejects; without labelled texts each",
                "sample is held against the others and the shipped everyday sentences."
            })
    public int calibrate(
            @Option(names = "--routes", required = true, paramLabel = "R.toml") Path file,
            @Option(
                            names = "--labelled",
                            paramLabel = "L.jsonl",
                            description = "{\"text\", \"route\"} a line; route null: must be rejected.")
                    @Nullable
                    Path labelled,
            @Option(names = "--out", required = true, paramLabel = "R2.toml") Path target,
            @Option(
                            names = "--mode",
                            paramLabel = "MODE",
                            description = "centroid, margin or logistic; default: the file's,"
                                    + " else the one that measures best.")
                    @Nullable
                    String wanted,
            @Option(names = "--keep-samples", description = "Labelled texts set the threshold but become no samples.")
                    boolean keepSamples,
            @Option(names = "--json", description = "One JSON object instead of text.") boolean asJson) {
        json = asJson;
        Optional<Mode> mode = Optional.ofNullable(wanted).flatMap(Mode::of);
        if (wanted != null && mode.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--mode is " + wanted + "; one of centroid, margin, logistic");
        }
        Optional<Routes> read = read(file);
        if (read.isEmpty()) {
            return CONFIG_WRONG;
        }
        Routes routes = read.get();
        try (EmbedderSession session = session()) {
            Lines lines = new Lines();
            List<Labelled> texts = labelled == null ? List.of() : lines.labelled(labelled, routes);
            Routes learned = Calibrator.learn(routes, texts, !keepSamples);
            List<String> negatives = ShippedRoutes.negatives();
            List<String> needed = new ArrayList<>(learned.texts());
            needed.addAll(negatives);
            List<Labelled> queries = keepSamples ? unseen(learned, texts) : List.of();
            queries.forEach(query -> needed.add(query.text()));
            Map<String, float[]> vectors = TextRouter.embed(needed, session.cached(), DEADLINE);
            session.keep();
            Calibrated result = Calibrator.calibrate(learned, mode.or(routes::statedMode), queries, negatives, vectors);
            Files.writeString(target, RoutesFile.write(result.routes()), StandardCharsets.UTF_8);
            show(result.routes().mode(), result.measured().threshold(), result.measured(), result.reasons());
            err().println("route calibrate: " + texts.size() + " labelled texts, " + lines.bad
                    + " bad lines passed over; written to " + target);
            return DONE;
        } catch (ModelUnavailable e) {
            err().println("route calibrate: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err().println("route calibrate: " + e.getClass().getSimpleName() + ": " + e.getMessage());
            return FAILED;
        } catch (IllegalArgumentException e) {
            err().println("route calibrate: " + e.getMessage());
            return CONFIG_WRONG;
        }
    }

    /** Labelled texts of a route that are not samples: a sample would be measured on itself. */
    private static List<Labelled> unseen(Routes routes, List<Labelled> texts) {
        Set<String> seen = new HashSet<>(routes.texts());
        return texts.stream().filter(text -> !seen.contains(text.text())).toList();
    }

    private void show(Mode mode, double threshold, Calibration measured, List<String> reasons) {
        if (json) {
            ObjectNode node = JSON.createObjectNode()
                    .put("mode", mode.word())
                    .put("threshold", threshold)
                    .put("kept", measured.kept())
                    .put("rejected", measured.rejected())
                    .put("belonging", measured.belonging())
                    .put("strangers", measured.strangers())
                    .put("best_threshold", measured.threshold());
            measured.confusions()
                    .forEach(pair -> node.withArray("/confusions")
                            .addObject()
                            .put("route", pair.route())
                            .put("taken_by", pair.takenBy())
                            .put("count", pair.count()));
            reasons.forEach(reason -> node.withArray("/reasons").add(reason));
            out().println(node);
            return;
        }
        row("mode", mode.word());
        row("threshold", number(threshold) + " (measured best " + number(measured.threshold()) + ")");
        row("kept", percent(measured.kept()) + " of " + measured.belonging() + " texts of a route");
        row("rejected", percent(measured.rejected()) + " of " + measured.strangers() + " texts of none");
        reasons.forEach(reason -> row("because", reason));
        measured.confusions().stream().limit(MOST_SHOWN).forEach(pair -> row("confused", pair.toString()));
    }

    private Optional<Routes> read(@Nullable Path file) {
        if (file == null) {
            return Optional.of(ShippedRoutes.defaults());
        }
        try {
            return switch (RoutesFile.read(Files.readString(file, StandardCharsets.UTF_8))) {
                case RoutesFile.Accepted accepted -> {
                    accepted.warnings().forEach(warning -> err().println(printable(file + ": warning: " + warning)));
                    yield Optional.of(accepted.routes());
                }
                case RoutesFile.Refused refused -> {
                    refused.mistakes().forEach(mistake -> err().println(printable(file + ": " + mistake)));
                    yield Optional.empty();
                }
            };
        } catch (IOException e) {
            err().println("reading the routes file " + file + ": "
                    + e.getClass().getSimpleName() + "; give its path with --routes");
            return Optional.empty();
        }
    }

    static void write(ObjectNode node, RoutePlan plan) {
        node.put("route", plan.route());
        put(node, "score", plan.score());
        node.put("runner_up", plan.runnerUp().isEmpty() ? null : plan.runnerUp());
        put(node, "margin", plan.margin());
        put(node, "threshold", plan.threshold());
        node.put("tier", plan.tier().name().toLowerCase(Locale.ROOT));
        node.put("nearest", plan.nearest().isEmpty() ? null : plan.nearest());
        node.put("model", plan.model().isEmpty() ? null : plan.model());
        node.putObject("signals")
                .put("kind", plan.signals().kind().word())
                .put("complexity", plan.signals().complexity().word())
                .put("data_class", plan.signals().sensitivity().word())
                .put("may_leave", plan.signals().sensitivity().mayEverLeave())
                .put("characters", plan.signals().characters())
                .put("entities", plan.signals().entities());
        plan.reasons().forEach(node.putArray("reasons")::add);
    }

    private static void put(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, Math.round(value * 1e6) / 1e6);
        } else {
            node.putNull(key);
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private void row(String key, String value) {
        out().println(String.format(Locale.ROOT, "%-10s ", key) + printable(value));
    }

    /** Control and format characters shown as their code: no text of a file steers the terminal. */
    private static String printable(String text) {
        return text.codePoints()
                .mapToObj(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        ? String.format(Locale.ROOT, "\\u%04X", c)
                        : Character.toString(c))
                .collect(Collectors.joining());
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    private EmbedderSession session() {
        return new EmbedderSession(source, cacheFolder);
    }

    /** Reads lines of JSON; a bad one is counted and said, up to a bound. */
    private final class Lines {
        private int number;
        private int bad;

        Optional<ObjectNode> query(String line) {
            number++;
            if (line.isBlank()) {
                return Optional.empty();
            }
            try {
                if (JSON.readTree(line) instanceof ObjectNode node
                        && node.path("text").isTextual()) {
                    return Optional.of(node);
                }
                bad("is no JSON object with a string \"text\"");
            } catch (JsonProcessingException e) {
                bad("is not JSON: " + e.getOriginalMessage());
            }
            return Optional.empty();
        }

        List<Labelled> labelled(Path file, Routes routes) throws IOException {
            Map<String, String> labels = new HashMap<>();
            List<Labelled> texts = new ArrayList<>();
            Set<String> names =
                    routes.routes().stream().map(route -> route.name()).collect(Collectors.toSet());
            names.add(routes.fallback());
            try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    Optional<ObjectNode> query = query(line);
                    if (query.isEmpty()) {
                        continue;
                    }
                    String content = query.get().path("text").asText();
                    JsonNode route = query.get().get("route");
                    if (route == null || !(route.isNull() || names.contains(route.asText()))) {
                        bad("names "
                                + (route == null ? "no \"route\"" : "route " + route + ", not in the routes file"));
                    } else if (content.isBlank() || content.length() > RoutesFile.LONGEST_TEXT) {
                        bad("has a text of " + content.length() + " characters, 1 to " + RoutesFile.LONGEST_TEXT
                                + " are learned");
                    } else {
                        String label = route.isNull() ? "" : route.asText();
                        String before = labels.putIfAbsent(content, label);
                        if (before != null && !before.equals(label)) {
                            bad("labels a text that an earlier line labels otherwise");
                        } else if (before == null) {
                            texts.add(new Labelled(content, label));
                        }
                    }
                }
            }
            return texts;
        }

        private void bad(String what) {
            bad++;
            if (bad <= MOST_SHOWN) {
                err().println(printable("line " + number + " " + what));
            } else if (bad == MOST_SHOWN + 1) {
                err().println("more bad lines: counted, not shown");
            }
        }
    }
}
