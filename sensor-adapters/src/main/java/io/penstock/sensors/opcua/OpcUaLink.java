package io.penstock.sensors.opcua;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.SessionActivityListener;
import org.eclipse.milo.opcua.sdk.client.UaSession;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.UaRuntimeException;
import org.eclipse.milo.opcua.stack.core.encoding.EncodingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, session and its subscriptions for the life of one connection. Short breaks are Milo's: it takes the
 * subscriptions along and the server sends what it queued meanwhile. What Milo cannot mend, or not within seconds, ends
 * the link, and its owner opens a new one: after a server's restart Milo's own back-off may wait half a minute.
 */
final class OpcUaLink implements SessionActivityListener {
    private static final Logger LOG = LoggerFactory.getLogger(OpcUaLink.class);
    /** Why a link ended that nothing was wrong with. */
    static final String CLOSED = "closed";

    private static final long NO_SESSION_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long TRUST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final OpcUaSourceSettings settings;
    private final OpcUaClient client;
    private final ChannelBook book;
    private final List<OpcUaGroup> groups = new ArrayList<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile long inactiveSinceNanos;
    private @Nullable NamespaceTable namespaces;
    private long openedNanos;
    private long browseNanos;
    private long trustNanos = System.nanoTime() + TRUST_LOOK_NANOS;

    private OpcUaLink(OpcUaSourceSettings settings, ChannelBook book, OpcUaClient client) {
        this.settings = settings;
        this.book = book;
        this.client = client;
    }

    /**
     * Connects, looks namespaces and paths up, subscribes. On the caller's thread, with time limits.
     *
     * @param book which node feeds which channel, over all connections
     */
    static OpcUaLink open(OpcUaSourceSettings settings, ChannelBook book, OpcUaGroup.Receiver receiver)
            throws ServerUnreachable {
        OpcUaClient client = OpcUaClients.connect(settings.name(), settings.access());
        OpcUaLink link = new OpcUaLink(settings, book, client);
        try {
            link.subscribe(receiver);
            link.openedNanos = System.nanoTime();
            return link;
        } catch (UaException | UaRuntimeException e) {
            link.retire();
            throw new ServerUnreachable("subscribed at " + settings.access().endpoint() + ": " + e.getMessage(), e);
        }
    }

    private void subscribe(OpcUaGroup.Receiver receiver) throws UaException {
        NamespaceTable table = client.readNamespaceTable();
        namespaces = table;
        client.addSessionActivityListener(this);
        EncodingContext types = null;
        if (settings.groups().stream()
                .flatMap(group -> group.items().stream())
                .anyMatch(item -> item.content() instanceof Content.Structure)) {
            // read here and now: a structure's type must not be asked for on the thread that brings its values
            types = client.getDynamicEncodingContext();
        }
        book.startOver();
        for (Group group : settings.groups()) {
            List<WatchedNode> nodes = new ArrayList<>();
            for (Item item : group.items()) {
                switch (item) {
                    case Node node ->
                        book.claim(node.nodeId(), node.channel(), node).ifPresent(nodes::add);
                    case Matching matching -> nodes.addAll(matches(matching, table));
                }
            }
            OpcUaGroup made = new OpcUaGroup(settings.name(), group, client, table, receiver, types, this::end);
            groups.add(made);
            made.open(nodes);
        }
        browseNanos = System.nanoTime() + settings.browseEvery().toNanos();
    }

    private List<WatchedNode> matches(Matching matching, NamespaceTable table) throws UaException {
        return book.matches(
                matching, new NodeTree(client, table, ChannelBook.MOST_VISITS, ChannelBook.MOST_NANOS), table);
    }

    List<OpcUaGroup> groups() {
        return groups;
    }

    /** When all items had been made at the server. */
    long openedNanos() {
        return openedNanos;
    }

    /** Whether the session stands, as far as is known. */
    boolean isActive() {
        return inactiveSinceNanos == 0 && !ended.isDone();
    }

    /** Whether each group has had data or a sign of life since then. */
    boolean heardSince(long nanos) {
        return groups.stream().allMatch(group -> group.lastLifeNanos() - nanos > 0);
    }

    /** The slowest group's publishing interval. */
    long publishingNanos() {
        return groups.stream().mapToLong(OpcUaGroup::publishingNanos).max().orElse(0);
    }

    /** What the server refused is asked for again at the next look: there may be room now. */
    void retryNow() {
        groups.forEach(OpcUaGroup::retryNow);
    }

    /** Nodes that the server does not send. */
    List<WatchedNode> refused() {
        return groups.stream()
                .flatMap(group -> group.nodes().stream())
                .filter(WatchedNode::isRefused)
                .toList();
    }

    CompletableFuture<String> ended() {
        return ended;
    }

    void end(String reason) {
        ended.complete(reason);
    }

    /** Called by the owner a few times a second: notices silence, and asks again for what the server did not have. */
    void look() throws ServerUnreachable {
        long now = System.nanoTime();
        groups.forEach(group -> group.look(now));
        long inactive = inactiveSinceNanos;
        boolean dataFlows = groups.stream().allMatch(group -> group.silence(now).toNanos() < NO_SESSION_NANOS);
        if (inactive != 0 && now - inactive > NO_SESSION_NANOS && !dataFlows) {
            end("the session was lost and did not come back within " + TimeUnit.NANOSECONDS.toSeconds(NO_SESSION_NANOS)
                    + " s");
        }
        if (inactive != 0 || ended.isDone()) {
            return;
        }
        groups.forEach(group -> group.retry(now));
        if (now - browseNanos > 0) {
            browseNanos = now + settings.browseEvery().toNanos();
            browseAgain();
        }
        if (now - trustNanos > 0) {
            trustNanos = now + TRUST_LOOK_NANOS;
            lookAtTrust();
        }
    }

    private void browseAgain() {
        NamespaceTable table = namespaces;
        if (table == null) {
            return;
        }
        for (int i = 0; i < groups.size(); i++) {
            for (Item item : settings.groups().get(i).items()) {
                if (item instanceof Matching matching) {
                    try {
                        List<WatchedNode> more = matches(matching, table);
                        if (!more.isEmpty()) {
                            groups.get(i).add(more);
                        }
                    } catch (UaException e) {
                        LOG.warn(
                                "{}: browsing for {} again: {}; what is known goes on being read",
                                settings.name(),
                                matching.where(),
                                e.getMessage());
                    }
                }
            }
        }
    }

    /** A person may take a server's trust away while we read it. */
    private void lookAtTrust() throws ServerUnreachable {
        TrustFolder trust = settings.access().trust().orElse(null);
        if (trust != null) {
            X509Certificate server = OpcUaClients.serverCertificate(client);
            if (server != null && !trust.stillTrusts(server)) {
                end("the server's certificate is not trusted any more");
            }
        }
    }

    /** Ends the session. Waits longer for a server that speaks; one that does not must not hold the next attempt up. */
    void retire() {
        boolean broken = !ended.complete("retired") && !ended.join().equals(CLOSED);
        groups.forEach(OpcUaGroup::close);
        if (!OpcUaClients.disconnect(client, broken ? 500 : 3_000)) {
            LOG.debug("{}: the old session did not end in time", settings.name());
        }
    }

    @Override
    public void onSessionActive(UaSession session) {
        inactiveSinceNanos = 0;
    }

    @Override
    public void onSessionInactive(UaSession session) {
        // 0 means active
        inactiveSinceNanos = System.nanoTime() | 1;
    }
}
