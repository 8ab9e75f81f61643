package io.penstock.daemon;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.health.PeerStatus;
import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.Failure;
import io.penstock.daemon.infer.Roster;
import io.penstock.daemon.peer.ModelServer;
import io.penstock.daemon.peer.Precedence;
import io.penstock.daemon.peer.ServeSettings;
import io.penstock.daemon.peer.Standby;
import io.penstock.daemon.peer.StandbySettings;
import io.penstock.models.language.Urgency;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who answers elsewhere, and the server for guests. What is not configured is not made: no thread, no socket, no file. What cannot be
 * opened is said, in the log and the status, and left out: the plant is watched all the same.
 */
final class Peers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final Duration IDLE = Duration.ofMillis(500);

    private final Workers workers;
    private final List<Standby> standbys;
    private final Precedence precedence = new Precedence();
    private final @Nullable Lane probing;
    private final @Nullable ModelServer server;
    private final @Nullable SovereignEndpoint endpoint;
    private final String serving;
    private final String beyond;

    Peers(GatewaySettings settings, Workers workers, InstantSource clock, CompletableFuture<Void> failure) {
        this.workers = workers;
        standbys = settings.peers().standbys().stream()
                .map(standby -> new Standby(standby, clock))
                .toList();
        probing = standbys.isEmpty() ? null : new Lane("standby", this::probe, IDLE, failure);
        Opened<ModelServer> opened = server(settings.peers().serve(), clock);
        server = opened.part();
        serving = opened.text();
        Opened<SovereignEndpoint> asked = endpoint(settings, clock);
        endpoint = asked.part();
        beyond = asked.text();
    }

    /** What could be opened, or why not. */
    private record Opened<T>(@Nullable T part, String text) {}

    private Opened<ModelServer> server(ServeSettings serve, InstantSource clock) {
        InetSocketAddress listen = serve.listen();
        if (listen == null) {
            return new Opened<>(null, "off");
        }
        try {
            return new Opened<>(
                    ModelServer.open(serve, listen, this::hosted, precedence, clock),
                    "on, " + listen.getHostString() + ":" + listen.getPort());
        } catch (IOException e) {
            String why = "not open: listening at " + listen + ": " + e.getMessage() + "; see [serve]";
            LOG.warn("serve: {}", why);
            return new Opened<>(null, why);
        }
    }

    private static Opened<SovereignEndpoint> endpoint(GatewaySettings settings, InstantSource clock) {
        StandbySettings server = settings.endpoint().server();
        if (server == null) {
            return new Opened<>(null, "off");
        }
        try {
            return new Opened<>(
                    SovereignEndpoint.open(
                            settings.endpoint(),
                            server,
                            settings.store().file(),
                            settings.infer().maxTokens(),
                            clock),
                    settings.endpoint().text());
        } catch (IOException e) {
            String why = "not open: " + e.getMessage();
            LOG.warn("endpoint: {}", why);
            return new Opened<>(null, why);
        }
    }

    void start() {
        if (probing != null) {
            probing.start();
        }
    }

    /** Everybody who may be asked, the local models first. */
    Roster roster() {
        return workers.roster()
                .with(standbys.stream()
                        .map(standby -> new Expert(
                                standby.name(), standby.model().sha256(), standby.model(), Expert.Kind.STANDBY))
                        .toList());
    }

    Precedence precedence() {
        return precedence;
    }

    /** Null while nobody beyond the site may be asked. */
    @Nullable
    SovereignEndpoint endpoint() {
        return endpoint;
    }

    private List<ModelServer.Hosted> hosted() {
        return workers.roster().local().stream()
                .map(expert -> new ModelServer.Hosted(
                        expert.name(), expert.sha256(), expert.model().at(Urgency.GUEST)))
                .toList();
    }

    /** Measured work: what a standby makes of it decides whether a case may be handed to it. */
    private boolean probe() {
        Breakers breakers = workers.breakers();
        boolean any = false;
        for (Standby standby : standbys) {
            switch (standby.probe()) {
                case Standby.Probe.Ready ready -> {
                    breakers.ready(standby.name());
                    any = true;
                }
                case Standby.Probe.Down down -> {
                    breakers.failed(
                            standby.name(),
                            Failure.of(down.why().reason()),
                            String.valueOf(down.why().getMessage()));
                    any = true;
                }
                case null -> {
                    // it is not time
                }
            }
        }
        return any;
    }

    PeerStatus status() {
        return new PeerStatus(
                standbys.stream()
                        .map(standby -> {
                            Breakers.Standing standing = workers.breakers().of(standby.name());
                            return new PeerStatus.One(standby.status(), standing.answers(), standing.failures());
                        })
                        .toList(),
                serving,
                server == null ? null : server.counts(),
                beyond,
                endpoint == null ? null : endpoint.status());
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        // a question on its way ends at once
        standbys.forEach(Standby::close);
        if (probing != null) {
            probing.close();
        }
        if (endpoint != null) {
            endpoint.close();
        }
    }
}
