package io.penstock.daemon.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.penstock.daemon.route.RoutePlan.Tier;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Routes a text: patterns first, then its vector, then the fallback. Without an embedder, or when it fails, patterns and fallback
 * remain: a text always gets a plan.
 */
public final class TextRouter {
    private final Routes routes;
    private final @Nullable SemanticRouter semantic;
    private final @Nullable TextEmbedder embedder;
    private final Duration deadline;
    private final String withoutSemantic;
    private final List<Rule> rules;
    private final TaskPatterns kinds;

    /** A route's pattern, and the words without which it cannot be found. */
    private record Rule(Route route, Pattern pattern, List<String> words) {}

    private record Hit(Rule rule, int start) {}

    private TextRouter(
            Routes routes,
            @Nullable SemanticRouter semantic,
            @Nullable TextEmbedder embedder,
            Duration deadline,
            String withoutSemantic) {
        this.routes = routes;
        this.semantic = semantic;
        this.embedder = embedder;
        this.deadline = deadline;
        this.withoutSemantic = withoutSemantic;
        this.rules = rules(routes);
        this.kinds = TaskPatterns.shipped();
    }

    /** Patterns and fallback only. */
    public static TextRouter patternsOnly(Routes routes, String why) {
        return new TextRouter(routes, null, null, Duration.ZERO, why);
    }

    /**
     * Embeds the file's texts once and keeps their vectors.
     *
     * @param deadline for one text
     * @throws ModelUnavailable when a sample could not be embedded; {@link #patternsOnly} still works
     */
    public static TextRouter open(Routes routes, List<String> negatives, TextEmbedder embedder, Duration deadline)
            throws ModelUnavailable {
        if (!SemanticRouter.anySamples(routes)) {
            return patternsOnly(routes, "no route has samples");
        }
        List<String> texts = new ArrayList<>(routes.texts());
        texts.addAll(negatives);
        return new TextRouter(
                routes, SemanticRouter.of(routes, negatives, embed(texts, embedder, deadline)), embedder, deadline, "");
    }

    /** The vectors of some texts, each embedded once. */
    public static Map<String, float[]> embed(List<String> texts, TextEmbedder embedder, Duration deadline)
            throws ModelUnavailable {
        Map<String, float[]> vectors = new HashMap<>();
        for (String text : texts) {
            if (!vectors.containsKey(text)) {
                vectors.put(text, embedder.embed(text, deadline));
            }
        }
        return vectors;
    }

    /** The same router, with the texts asked about embedded elsewhere: samples may come from a cache that they must not enter. */
    public TextRouter askingBy(TextEmbedder other, Duration otherDeadline) {
        return new TextRouter(routes, semantic, semantic == null ? null : other, otherDeadline, withoutSemantic);
    }

    /** Each sample routed with itself left out; empty where patterns alone decide, or no route has two samples. */
    public Optional<Calibration> leaveOneOut() {
        boolean measurable =
                routes.routes().stream().anyMatch(route -> route.samples().size() > 1);
        return semantic == null || !measurable ? Optional.empty() : Optional.of(semantic.leaveOneOut());
    }

    public Routes routes() {
        return routes;
    }

    /** Where a text goes, and its signals. The router looks at its first {@link RoutesFile#LONGEST_TEXT} characters. */
    public RoutePlan plan(String whole) {
        return place(whole).of(whole, Signals.of(whole, kinds.of(start(whole))));
    }

    private static String start(String whole) {
        return whole.length() > RoutesFile.LONGEST_TEXT ? whole.substring(0, RoutesFile.LONGEST_TEXT) : whole;
    }

    /** As {@link #plan}, without signals. */
    public RoutePlan place(String whole) {
        String text = start(whole);
        Optional<Hit> hit = found(rules, text);
        if (hit.isPresent()) {
            Route route = hit.get().rule().route();
            String pattern = hit.get().rule().pattern().pattern();
            return ruled(
                    route.name(),
                    route.model(),
                    pattern,
                    List.of("pattern " + pattern + " of " + route.name() + " found at character "
                            + (hit.get().start() + 1)));
        }
        if (semantic == null || embedder == null) {
            return fallback(List.of("no pattern found", "no semantic tier: " + withoutSemantic));
        }
        if (text.isBlank()) {
            return fallback(List.of("the text is empty"));
        }
        try {
            return semantic.decide(embedder.embed(text, deadline));
        } catch (ModelUnavailable e) {
            return fallback(
                    List.of("no pattern found", "the embedder gave no vector (" + e.reason() + "): " + e.getMessage()));
        }
    }

    private static List<Rule> rules(Routes routes) {
        return routes.routes().stream()
                .flatMap(route -> route.patterns().stream()
                        .map(pattern -> new Rule(route, pattern, RequiredWords.of(pattern.pattern()))))
                .toList();
    }

    private static Optional<Hit> found(List<Rule> rules, String text) {
        if (rules.isEmpty()) {
            return Optional.empty();
        }
        String folded = RequiredWords.folded(text);
        for (Rule rule : rules) {
            if (RequiredWords.in(rule.words(), folded)) {
                Matcher matcher = rule.pattern().matcher(text);
                if (matcher.find()) {
                    return Optional.of(new Hit(rule, matcher.start()));
                }
            }
        }
        return Optional.empty();
    }

    static RoutePlan ruled(String route, String model, String by, List<String> reasons) {
        return new RoutePlan(
                route, Tier.RULE, model, Double.NaN, "", Double.NaN, Double.NaN, by, reasons, "", Signals.UNKNOWN);
    }

    private RoutePlan fallback(List<String> reasons) {
        List<String> all = new ArrayList<>(reasons);
        all.add("no route takes it: " + routes.fallback());
        return new RoutePlan(
                routes.fallback(),
                Tier.FALLBACK,
                "",
                Double.NaN,
                "",
                Double.NaN,
                Double.NaN,
                "",
                all,
                "",
                Signals.UNKNOWN);
    }
}
