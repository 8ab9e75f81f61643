package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.FleetMessages;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the broker, retained, which sites are silent and which are heard again; all of them on a new connection. */
public final class SilenceWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SilenceWatch.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ToLongFunction<String> heard;
    private final Supplier<Map<String, SiteSettings>> sites;
    private final MqttConnection connection;
    private final FleetMessages messages;
    private final InstantSource clock;
    private final Map<String, Boolean> told = new HashMap<>();
    private long toldConnection = -1;

    /** @param heard when a site's newest frame came, microseconds since 1970; 0 before the first */
    public SilenceWatch(
            ToLongFunction<String> heard,
            Supplier<Map<String, SiteSettings>> sites,
            MqttConnection connection,
            FleetMessages messages,
            InstantSource clock) {
        this.heard = heard;
        this.sites = sites;
        this.connection = connection;
        this.messages = messages;
        this.clock = clock;
    }

    /** Looks at all sites once. */
    public boolean runOnce() {
        if (!connection.isConnected()) {
            return false;
        }
        if (connection.reconnects() != toldConnection) {
            told.clear();
            toldConnection = connection.reconnects();
        }
        Instant now = clock.instant();
        Map<String, SiteSettings> present = sites.get();
        told.keySet().retainAll(present.keySet());
        List<String> refused = new ArrayList<>();
        try {
            for (SiteSettings site : present.values()) {
                Instant last = Instant.EPOCH.plus(heard.applyAsLong(site.name()), ChronoUnit.MICROS);
                boolean silent = isSilent(site, last, now);
                Boolean before = told.get(site.name());
                if (before == null || before != silent) {
                    FleetMessages.Message message = messages.site(site.name(), silent, last);
                    if (connection.publishAndWait(message.topic(), message.payload(), 1, message.retained(), PATIENCE)
                            instanceof PublishOutcome.Refused) {
                        refused.add(message.topic());
                    }
                    told.put(site.name(), silent);
                }
            }
        } catch (LinkDown e) {
            LOG.debug("not told yet: {}", e.getMessage());
        }
        if (!refused.isEmpty()) {
            LOG.error(
                    "the broker refused the status of {} sites, the first as {}; check its access rules for this client",
                    refused.size(),
                    refused.getFirst());
        }
        return false;
    }

    static boolean isSilent(SiteSettings site, Instant heard, Instant now) {
        return Duration.between(heard, now).compareTo(site.silentAfter()) > 0;
    }
}
