package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.route.Routes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a configuration made, to be exchanged as a whole and gone back to. */
record Composed(GatewaySettings settings, Routes routes, CaseRouting routing, Rules rules) {
    /** @param before what is exchanged; its watches that fit go over */
    static Composed of(
            GatewaySettings settings,
            Routes routes,
            CaseRouting routing,
            Advisor advisor,
            @Nullable Composed before,
            ResultMessages messages) {
        Map<String, AssetWatch> watches = new LinkedHashMap<>();
        for (Asset asset : settings.assets()) {
            AssetWatch watch = before != null && before.isWatchedAlike(asset, settings)
                    ? Objects.requireNonNull(before.rules.watches().get(asset.id()))
                    : AssetWatch.of(asset, settings);
            watches.put(asset.id(), watch);
        }
        return new Composed(
                settings,
                routes,
                routing,
                new Rules(
                        watches,
                        new CaseBook(settings.cases(), settings.matrices()),
                        advisor,
                        messages,
                        settings.publish().anomalies() ? settings.publish().mostAnomalies() : 0,
                        MeteredLink.intake(settings),
                        settings.store()));
    }

    boolean routesAlike(GatewaySettings next, Routes nextRoutes) {
        return routes.equals(nextRoutes) && settings.route().equals(next.route());
    }

    private boolean isWatchedAlike(Asset asset, GatewaySettings next) {
        return settings.assets().contains(asset)
                && settings.window().equals(next.window())
                && settings.state().equals(next.state())
                && settings.onset().equals(next.onset())
                && settings.vibration().equals(next.vibration());
    }
}
