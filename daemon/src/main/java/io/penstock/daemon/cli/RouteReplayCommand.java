package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.RouteFiles;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.models.language.ModelUnavailable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code penstock route replay}: the decisions that were made, held against another routes file. The decision log is what stands in the
 * store with each diagnosis: the text that was routed, its signals, and everything its plan was decided by.
 */
@Command(
        name = "replay",
        description = {
            "Which decisions another routes file would make otherwise: those in the store, or a file of 'route --in --out'.",
            "What an evidence rule decided is no routes file's business, and is counted."
        })
final class RouteReplayCommand implements Callable<Integer> {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MOST = 100_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RouteCommand.EmbedderSource source;
    private final Path cacheFolder;

    @Mixin
    StoreOption store = new StoreOption();

    @Option(
            names = "--against",
            paramLabel = "R.toml",
            description = "The other routes file; default: the shipped one.")
    @Nullable
    Path against;

    @Parameters(
            arity = "0..1",
            paramLabel = "D.jsonl",
            description = "Decisions as 'route --in Q.jsonl --out D.jsonl' writes them; default: those in the store.")
    @Nullable
    Path decisions;

    @Option(names = "--json", description = "One JSON object a changed decision.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** @param cacheFolder where vectors of routes files are kept; never those of the texts replayed */
    RouteReplayCommand(RouteCommand.EmbedderSource source, Path cacheFolder) {
        this.source = source;
        this.cacheFolder = cacheFolder;
    }

    /** A decision that was made; an empty text was not kept. */
    private record Decision(String id, String text, String route, String tier, boolean byRule) {}

    @Override
    public Integer call() throws ConfigWrong, IOException, Exception {
        Path routesFile = against;
        Routes routes = routesFile == null
                ? ShippedRoutes.defaults()
                : RouteFiles.read(new RouteSettings(routesFile.toString(), true, DEADLINE));
        List<Decision> made = decisions == null ? stored() : written(decisions);
        List<Decision> replayed = made.stream()
                .filter(one -> !one.byRule() && !one.text().isEmpty())
                .toList();
        PrintWriter err = spec.commandLine().getErr();
        err.println(made.size() + " decisions; " + (made.size() - replayed.size())
                + " of them by an evidence rule, or without their text");
        if (replayed.isEmpty()) {
            return ExitCode.NOTHING_FOUND;
        }
        try (EmbedderSession session = new EmbedderSession(source, cacheFolder)) {
            TextRouter router = router(routes, session);
            Map<String, Integer> changes = new TreeMap<>();
            int changed = 0;
            for (Decision one : replayed) {
                RoutePlan now = router.plan(one.text());
                if (!now.route().equals(one.route())) {
                    changed++;
                    changes.merge(one.route() + " -> " + now.route(), 1, Integer::sum);
                    say(one, now);
                }
            }
            changes.forEach((way, count) -> err.println("  " + Console.printable(way) + ": " + count));
            err.println(changed + " of " + replayed.size() + " decisions would be others");
        }
        return ExitCode.DONE;
    }

    private TextRouter router(Routes routes, EmbedderSession session) {
        try {
            TextRouter router = TextRouter.open(routes, ShippedRoutes.negatives(), session.cached(), DEADLINE);
            session.keep();
            return router.askingBy(session.direct(), DEADLINE);
        } catch (ModelUnavailable e) {
            spec.commandLine()
                    .getErr()
                    .println("route replay: no embedder, patterns and fallback only: " + e.getMessage());
            return TextRouter.patternsOnly(routes, String.valueOf(e.getMessage()));
        }
    }

    private void say(Decision was, RoutePlan now) {
        if (json) {
            ObjectNode node = JSON.createObjectNode()
                    .put("id", was.id())
                    .put("text", was.text())
                    .put("was", was.route())
                    .put("was_tier", was.tier());
            RouteCommand.write(node, now);
            spec.commandLine().getOut().println(Console.escaped(node.toString()));
            return;
        }
        String score = Double.isFinite(now.score())
                ? String.format(Locale.ROOT, " (score %.3f, threshold %.3f)", now.score(), now.threshold())
                : "";
        spec.commandLine()
                .getOut()
                .println(Console.printable(was.route() + " -> " + now.route() + score + "  " + was.text()));
    }

    private List<Decision> stored() throws Exception {
        List<Decision> all = new ArrayList<>();
        for (Diagnosis diagnosis : Database.readOnly(store.store(), c -> CaseStore.diagnoses(c, MOST))) {
            RoutePlan plan = diagnosis.route();
            if (plan != null) {
                boolean rule = plan.tier() == RoutePlan.Tier.RULE
                        && ShippedRoutes.caseRules().rules().stream()
                                .anyMatch(one -> one.name().equals(plan.nearest()));
                all.add(new Decision(
                        diagnosis.id(),
                        plan.text(),
                        plan.route(),
                        plan.tier().name().toLowerCase(Locale.ROOT),
                        rule));
            }
        }
        return all;
    }

    private static JsonNode object(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            // has no text and no route either, and is told as such a line
            return MissingNode.getInstance();
        }
    }

    private static List<Decision> written(Path file) throws IOException {
        List<Decision> all = new ArrayList<>();
        int number = 0;
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            JsonNode node = object(line);
            if (!node.path("text").isTextual() || !node.path("route").isTextual()) {
                throw new IOException("read " + file + " as decisions: line " + number
                        + " has no text and route; 'penstock route --in Q.jsonl --out D.jsonl' writes such a file");
            }
            all.add(new Decision(
                    "line " + number,
                    node.path("text").asText(),
                    node.path("route").asText(),
                    node.path("tier").asText(),
                    false));
        }
        return all;
    }
}
