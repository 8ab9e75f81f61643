package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.daemon.route.CaseRules;
import io.penstock.daemon.route.Mode;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The case router with its embedder behind it. The routes' samples are embedded when first needed, in the diagnose lane; while that
 * fails, rules and patterns route alone and it is tried again after ten seconds.
 */
final class CaseRouting {
    private static final Logger LOG = LoggerFactory.getLogger(CaseRouting.class);
    private static final Duration RETRY = Duration.ofSeconds(10);

    private final Routes routes;
    private final CaseRules rules;
    private final Supplier<Map<String, String>> manifests;
    private final @Nullable TextEmbedder embedder;
    private final Duration deadline;
    private final InstantSource clock;
    private TextRouter texts;
    private CaseRouter router;
    private Map<String, String> filled = Map.of();
    private boolean semantic;
    private Instant nextTry = Instant.MIN;

    CaseRouting(
            Routes routes,
            Supplier<Map<String, String>> manifests,
            @Nullable TextEmbedder embedder,
            Duration deadline,
            InstantSource clock) {
        this.routes = routes;
        this.rules = ShippedRoutes.caseRules();
        this.manifests = manifests;
        this.embedder = embedder;
        this.deadline = deadline;
        this.clock = clock;
        this.texts = TextRouter.patternsOnly(routes, "the semantic router is switched off");
        this.router = router();
    }

    /** Embeds the samples when they are not yet; for a lane that has nothing else to do. */
    void warm() {
        if (embedder == null || semantic || clock.instant().isBefore(nextTry)) {
            return;
        }
        try {
            texts = TextRouter.open(routes, ShippedRoutes.negatives(), embedder, deadline);
            router = router();
            semantic = true;
            texts.leaveOneOut().ifPresent(measured -> LOG.info("routes: {}", measured.summary()));
            if (!routes.thin().isEmpty()) {
                LOG.warn(
                        "routes with fewer than {} samples are not to be trusted: {}",
                        Mode.ENOUGH_SAMPLES,
                        String.join(", ", routes.thin()));
            }
        } catch (ModelUnavailable e) {
            texts = TextRouter.patternsOnly(routes, String.valueOf(e.getMessage()));
            router = router();
            nextTry = clock.instant().plus(RETRY);
        }
    }

    RoutePlan plan(CaseRecord record) {
        // what an evidence rule decides needs no embedding, and should not wait for it
        if (rules.of(record).isEmpty()) {
            warm();
        }
        if (!manifests.get().equals(filled)) {
            router = router();
        }
        return router.plan(record);
    }

    private CaseRouter router() {
        filled = manifests.get();
        return new CaseRouter(rules, texts, filled);
    }
}
