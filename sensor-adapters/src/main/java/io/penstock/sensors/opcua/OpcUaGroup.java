package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.subscriptions.MonitoredItemServiceOperationResult;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaMonitoredItem;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaSubscription;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.UaRuntimeException;
import org.eclipse.milo.opcua.stack.core.encoding.EncodingContext;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.ExpandedNodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.enumerated.DataChangeTrigger;
import org.eclipse.milo.opcua.stack.core.types.enumerated.DeadbandType;
import org.eclipse.milo.opcua.stack.core.types.structured.DataChangeFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription with its nodes and its watchdog. Any notification is life, the server's keep-alive too, so a quiet
 * plant is left alone; three keep-alives fit into the watchdog's time.
 */
final class OpcUaGroup implements OpcUaSubscription.SubscriptionListener {
    /** Where values go, one notification at a time, on a Milo thread. Each item's user object is a {@link WatchedNode}. */
    interface Receiver {
        void received(List<OpcUaMonitoredItem> items, List<DataValue> values, @Nullable EncodingContext types);
    }

    private static final Logger LOG = LoggerFactory.getLogger(OpcUaGroup.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int KEEP_ALIVES = 4;

    private final String source;
    private final Group settings;
    private final Receiver receiver;
    private final @Nullable EncodingContext types;
    private final Consumer<String> end;
    private final OpcUaSubscription subscription;
    private final NamespaceTable namespaces;
    // only changed by the owner's thread
    private volatile List<WatchedNode> nodes = List.of();
    /** Nodes whose id means nothing to this server: there is no item to ask for. */
    private final List<WatchedNode> nameless = new ArrayList<>();

    private volatile long lastLifeNanos = System.nanoTime();
    private volatile long silenceNanos;
    private volatile boolean ended;
    private long retryNanos = System.nanoTime() + RETRY_NANOS;

    /** @param types of the server's structures; null when no item is one */
    OpcUaGroup(
            String source,
            Group settings,
            OpcUaClient client,
            NamespaceTable namespaces,
            Receiver receiver,
            @Nullable EncodingContext types,
            Consumer<String> end) {
        this.source = source;
        this.settings = settings;
        this.namespaces = namespaces;
        this.receiver = receiver;
        this.types = types;
        this.end = end;
        this.silenceNanos = settings.watchdog().toNanos();
        this.subscription = new OpcUaSubscription(
                client, (double) settings.publishingInterval().toMillis());
    }

    /** Makes the subscription at the server and asks for the nodes. */
    void open(List<WatchedNode> first) throws UaException {
        subscription.setTargetKeepAliveInterval(Math.max(1, settings.watchdog().toMillis() / KEEP_ALIVES));
        subscription.setSubscriptionListener(this);
        subscription.create();
        silenceNanos = Math.max(silenceNanos, threeKeepAlives());
        lastLifeNanos = System.nanoTime();
        add(first);
    }

    /** A server may publish more slowly than asked for; the watchdog then waits longer too. */
    private long threeKeepAlives() {
        long keepAlives = subscription
                .getRevisedMaxKeepAliveCount()
                .map(Number::longValue)
                .orElse(1L);
        return 3 * publishingNanos() * Math.max(1, keepAlives);
    }

    /** How often the server sends, as it has it. */
    long publishingNanos() {
        double millis = subscription.getRevisedPublishingInterval().orElse((double)
                settings.publishingInterval().toMillis());
        return (long) (millis * TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** Asks for further nodes. */
    void add(List<WatchedNode> more) {
        List<WatchedNode> all = new ArrayList<>(nodes);
        all.addAll(more);
        for (WatchedNode node : more) {
            ask(node);
        }
        nodes = List.copyOf(all);
        createItems();
    }

    private void ask(WatchedNode node) {
        NodeId id;
        try {
            id = ExpandedNodeId.parse(node.nodeId()).toNodeIdOrThrow(namespaces);
        } catch (UaException | UaRuntimeException e) {
            node.refused(String.valueOf(e.getMessage()));
            nameless.add(node);
            return;
        }
        OpcUaMonitoredItem item = OpcUaMonitoredItem.newDataItem(id);
        item.setSamplingInterval(node.sampling().every().toMillis());
        item.setQueueSize(uint(settings.queueSize(node.sampling())));
        item.setDiscardOldest(true);
        item.setUserObject(node);
        item.setFilter(filter(node));
        subscription.addMonitoredItem(item);
    }

    private static DataChangeFilter filter(WatchedNode node) {
        double deadband = node.sampling().deadband();
        if (deadband > 0) {
            DeadbandType type =
                    node.sampling().kind() == DeadbandKind.PERCENT ? DeadbandType.Percent : DeadbandType.Absolute;
            return new DataChangeFilter(DataChangeTrigger.StatusValue, uint(type.getValue()), deadband);
        }
        // a fresh sample with the same value is news as well: else a steady value looks like a dead sensor
        return new DataChangeFilter(DataChangeTrigger.StatusValueTimestamp, uint(DeadbandType.None.getValue()), 0.0);
    }

    private void createItems() {
        boolean again = false;
        for (MonitoredItemServiceOperationResult result : subscription.createMonitoredItems()) {
            OpcUaMonitoredItem item = result.monitoredItem();
            WatchedNode node = node(item);
            StatusCode status = result.operationResult().orElse(result.serviceResult());
            if (!status.isBad()) {
                node.refused("");
                continue;
            }
            if (item.getFilter() != null && isAboutTheFilter(status)) {
                // small servers know no filters: they then send changes
                LOG.info(
                        "{}: {} knows no {}: {}; each change is sent",
                        source,
                        node.nodeId(),
                        node.sampling().deadband() > 0 ? "deadband" : "filter",
                        WatchedNode.name(status.value()));
                item.setFilter(null);
                again = true;
                continue;
            }
            node.refused(WatchedNode.name(status.value()));
        }
        if (again) {
            createItems();
        }
    }

    private static boolean isAboutTheFilter(StatusCode status) {
        long code = status.value();
        return code == StatusCodes.Bad_MonitoredItemFilterUnsupported
                || code == StatusCodes.Bad_MonitoredItemFilterInvalid
                || code == StatusCodes.Bad_FilterNotAllowed
                || code == StatusCodes.Bad_DeadbandFilterInvalid;
    }

    static WatchedNode node(OpcUaMonitoredItem item) {
        return (WatchedNode) item.getUserObject().orElseThrow();
    }

    String name() {
        return settings.name();
    }

    List<WatchedNode> nodes() {
        return nodes;
    }

    /** When data or a sign of life came last. */
    long lastLifeNanos() {
        return lastLifeNanos;
    }

    /** How long nothing has come. */
    Duration silence(long nowNanos) {
        return Duration.ofNanos(nowNanos - lastLifeNanos);
    }

    /** Called by the owner a few times a second: notices silence. */
    void look(long nowNanos) {
        if (nowNanos - lastLifeNanos > silenceNanos) {
            end.accept((name().isEmpty() ? "" : "group '" + name() + "': ") + "nothing came for "
                    + silence(nowNanos).toSeconds() + " s");
        }
    }

    /** The next {@link #retry} asks, however short ago the last was. */
    void retryNow() {
        retryNanos = System.nanoTime();
    }

    /** Called by the owner while the session stands: asks again for what the server did not have, or has no more. */
    void retry(long nowNanos) {
        if (nowNanos - retryNanos < 0) {
            return;
        }
        retryNanos = nowNanos + RETRY_NANOS;
        boolean any = false;
        for (OpcUaMonitoredItem item : List.copyOf(subscription.getMonitoredItems())) {
            WatchedNode node = node(item);
            if (node.isGone()) {
                subscription.removeMonitoredItem(item);
                ask(node);
                any = true;
            }
            any |= node.isRefused();
        }
        if (any) {
            subscription.deleteMonitoredItems();
            createItems();
        }
    }

    /** Nothing is received afterwards. */
    void close() {
        ended = true;
        subscription.setSubscriptionListener(new OpcUaSubscription.SubscriptionListener() {});
    }

    @Override
    public void onDataReceived(OpcUaSubscription from, List<OpcUaMonitoredItem> items, List<DataValue> values) {
        lastLifeNanos = System.nanoTime();
        if (!ended) {
            receiver.received(items, values, types);
            // the journal may have kept us waiting: that is not the server's silence
            lastLifeNanos = System.nanoTime();
        }
    }

    @Override
    public void onKeepAliveReceived(OpcUaSubscription from) {
        lastLifeNanos = System.nanoTime();
    }

    @Override
    public void onNotificationDataLost(OpcUaSubscription from) {
        LOG.warn("{}: the server no longer had notifications that were sent while we were away", source);
    }

    @Override
    public void onStatusChanged(OpcUaSubscription from, @Nullable StatusCode status) {
        if (status != null && status.isBad()) {
            end.accept("the server ended the subscription: " + WatchedNode.name(status.value()));
        }
    }

    @Override
    public void onTransferFailed(OpcUaSubscription from, StatusCode status) {
        end.accept("the server does not know the subscription any more: " + WatchedNode.name(status.value()));
    }
}
