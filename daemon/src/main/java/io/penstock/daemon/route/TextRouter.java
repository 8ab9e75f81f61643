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

    public Routes routes() {
        return routes;
    }

    /** Only the first {@link RoutesFile#LONGEST_TEXT} characters are looked at. */
    public RoutePlan plan(String whole) {
        String text = whole.length() > RoutesFile.LONGEST_TEXT ? whole.substring(0, RoutesFile.LONGEST_TEXT) : whole;
        for (Route route : routes.routes()) {
            for (Pattern pattern : route.patterns()) {
                Matcher matcher = pattern.matcher(text);
                if (matcher.find()) {
                    return ruled(
                            route.name(),
                            route.model(),
                            pattern.pattern(),
                            List.of("pattern " + pattern.pattern() + " of " + route.name() + " found at character "
                                    + (matcher.start() + 1)));
                }
            }
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

    static RoutePlan ruled(String route, String model, String by, List<String> reasons) {
        return new RoutePlan(route, Tier.RULE, model, Double.NaN, "", Double.NaN, Double.NaN, by, reasons);
    }

    private RoutePlan fallback(List<String> reasons) {
        List<String> all = new ArrayList<>(reasons);
        all.add("no route takes it: " + routes.fallback());
        return new RoutePlan(routes.fallback(), Tier.FALLBACK, "", Double.NaN, "", Double.NaN, Double.NaN, "", all);
    }
}
