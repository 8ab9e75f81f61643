package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.SessionActivityListener;
import org.eclipse.milo.opcua.sdk.client.UaSession;
import org.eclipse.milo.opcua.sdk.client.subscriptions.MonitoredItemServiceOperationResult;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaMonitoredItem;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaSubscription;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.UaRuntimeException;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.ExpandedNodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.enumerated.DataChangeTrigger;
import org.eclipse.milo.opcua.stack.core.types.enumerated.DeadbandType;
import org.eclipse.milo.opcua.stack.core.types.structured.DataChangeFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, session and subscription for the life of one connection. Short breaks are Milo's: it takes the
 * subscription along and the server sends what it queued meanwhile. What Milo cannot mend, or not within seconds, ends
 * the link, and its owner opens a new one: after a server's restart Milo's own back-off may wait half a minute.
 */
final class OpcUaLink implements OpcUaSubscription.SubscriptionListener, SessionActivityListener {
    /** Where values go, one notification at a time, on a Milo thread. */
    interface Receiver {
        void received(List<Item> items, List<DataValue> values);
    }

    private static final Logger LOG = LoggerFactory.getLogger(OpcUaLink.class);
    private static final long KEEP_ALIVE_MILLIS = 1_000;
    private static final long LEAST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long NO_SESSION_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long RETRY_ITEMS_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final OpcUaSourceSettings settings;
    private final Receiver receiver;
    private final OpcUaClient client;
    private final OpcUaSubscription subscription;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    // only touched by the owner's thread
    private final Map<String, String> missing = new LinkedHashMap<>();
    private volatile long lastLifeNanos = System.nanoTime();
    private volatile long silenceNanos = LEAST_SILENCE_NANOS;
    private volatile long inactiveSinceNanos;
    private volatile String trouble = "";
    private long retryItemsNanos = System.nanoTime() + RETRY_ITEMS_NANOS;

    private OpcUaLink(OpcUaSourceSettings settings, Receiver receiver, OpcUaClient client) {
        this.settings = settings;
        this.receiver = receiver;
        this.client = client;
        this.subscription = new OpcUaSubscription(
                client, (double) settings.publishingInterval().toMillis());
    }

    /** Connects, looks the namespaces up, subscribes. On the caller's thread, with time limits. */
    static OpcUaLink open(OpcUaSourceSettings settings, Receiver receiver) throws ServerUnreachable {
        OpcUaClient client = OpcUaClients.connect(
                settings.endpoint(), settings.security(), settings.credentials(), settings.trustFolder());
        OpcUaLink link = new OpcUaLink(settings, receiver, client);
        try {
            link.subscribe();
            return link;
        } catch (UaException | UaRuntimeException e) {
            link.retire();
            throw new ServerUnreachable("subscribed at " + settings.endpoint() + ": " + e.getMessage(), e);
        }
    }

    private void subscribe() throws UaException {
        NamespaceTable namespaces = client.readNamespaceTable();
        client.addSessionActivityListener(this);
        subscription.setTargetKeepAliveInterval(KEEP_ALIVE_MILLIS);
        subscription.setSubscriptionListener(this);
        for (Item item : settings.items()) {
            NodeId node = node(item, namespaces);
            if (node != null) {
                subscription.addMonitoredItem(monitored(item, node));
            }
        }
        subscription.create();
        double publishing = subscription.getRevisedPublishingInterval().orElse((double)
                settings.publishingInterval().toMillis());
        long keepAlives = subscription
                .getRevisedMaxKeepAliveCount()
                .map(Number::longValue)
                .orElse(1L);
        silenceNanos = Math.max(
                LEAST_SILENCE_NANOS, TimeUnit.MILLISECONDS.toNanos((long) (3 * publishing * Math.max(1, keepAlives))));
        lastLifeNanos = System.nanoTime();
        createItems();
    }

    private @org.jspecify.annotations.Nullable NodeId node(Item item, NamespaceTable namespaces) {
        try {
            return ExpandedNodeId.parse(item.nodeId()).toNodeIdOrThrow(namespaces);
        } catch (UaException | UaRuntimeException e) {
            missing.put(item.nodeId(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private OpcUaMonitoredItem monitored(Item item, NodeId node) {
        OpcUaMonitoredItem monitored = OpcUaMonitoredItem.newDataItem(node);
        monitored.setSamplingInterval(settings.samplingInterval().toMillis());
        monitored.setQueueSize(uint(settings.queueSize()));
        monitored.setDiscardOldest(true);
        monitored.setUserObject(item);
        if (item.deadband() > 0) {
            monitored.setFilter(new DataChangeFilter(
                    DataChangeTrigger.StatusValue, uint(DeadbandType.Absolute.getValue()), item.deadband()));
        } else {
            // a fresh sample with the same value is news as well: else a steady value looks like a dead sensor
            monitored.setFilter(new DataChangeFilter(
                    DataChangeTrigger.StatusValueTimestamp, uint(DeadbandType.None.getValue()), 0.0));
        }
        return monitored;
    }

    private void createItems() {
        boolean again = false;
        for (MonitoredItemServiceOperationResult result : subscription.createMonitoredItems()) {
            OpcUaMonitoredItem monitored = result.monitoredItem();
            StatusCode status = result.operationResult().orElse(result.serviceResult());
            if (!status.isBad()) {
                missing.remove(item(monitored).nodeId());
                continue;
            }
            missing.put(item(monitored).nodeId(), name(status));
            long code = status.value();
            if (monitored.getFilter() != null
                    && (code == StatusCodes.Bad_MonitoredItemFilterUnsupported
                            || code == StatusCodes.Bad_MonitoredItemFilterInvalid
                            || code == StatusCodes.Bad_FilterNotAllowed)) {
                // small servers know no filters: they then send changes
                monitored.setFilter(null);
                again = true;
            }
        }
        if (again) {
            createItems();
            return;
        }
        String now = missing.isEmpty()
                ? ""
                : missing.size() + " of " + settings.items().size() + " nodes not read: " + few();
        if (!now.equals(trouble)) {
            trouble = now;
            if (!now.isEmpty()) {
                LOG.warn("{}: {}; check their ids, the others are read", settings.name(), now);
            }
        }
    }

    private static Item item(OpcUaMonitoredItem monitored) {
        return (Item) monitored.getUserObject().orElseThrow();
    }

    private static String name(StatusCode status) {
        return StatusCodes.lookup(status.value())
                .map(names -> names[0])
                .orElse("status 0x" + Long.toHexString(status.value()));
    }

    private String few() {
        List<String> first = missing.entrySet().stream()
                .limit(5)
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .toList();
        return String.join(", ", first) + (missing.size() > first.size() ? ", ..." : "");
    }

    /** Empty, or which nodes are not read and why. */
    String trouble() {
        return trouble;
    }

    int missingNodes() {
        return missing.size();
    }

    CompletableFuture<String> ended() {
        return ended;
    }

    void end(String reason) {
        ended.complete(reason);
    }

    /** Called by the owner a few times a second: notices silence, and asks again for nodes the server did not have. */
    void look() {
        long now = System.nanoTime();
        long inactive = inactiveSinceNanos;
        if (now - lastLifeNanos > silenceNanos) {
            end("nothing came for " + TimeUnit.NANOSECONDS.toSeconds(now - lastLifeNanos) + " s");
        } else if (inactive != 0 && now - inactive > NO_SESSION_NANOS) {
            end("the session was lost and did not come back within " + TimeUnit.NANOSECONDS.toSeconds(NO_SESSION_NANOS)
                    + " s");
        } else if (!missing.isEmpty() && now - retryItemsNanos > 0 && inactive == 0) {
            retryItemsNanos = now + RETRY_ITEMS_NANOS;
            createItems();
        }
    }

    /** Ends the session; waits at most 3 s. */
    void retire() {
        end("retired");
        subscription.setSubscriptionListener(new OpcUaSubscription.SubscriptionListener() {});
        if (!OpcUaClients.disconnect(client, 3_000)) {
            LOG.debug("{}: the old session did not end in time", settings.name());
        }
    }

    @Override
    public void onDataReceived(OpcUaSubscription from, List<OpcUaMonitoredItem> monitored, List<DataValue> values) {
        lastLifeNanos = System.nanoTime();
        if (!ended.isDone()) {
            receiver.received(monitored.stream().map(OpcUaLink::item).toList(), values);
            lastLifeNanos = System.nanoTime();
        }
    }

    @Override
    public void onKeepAliveReceived(OpcUaSubscription from) {
        lastLifeNanos = System.nanoTime();
    }

    @Override
    public void onNotificationDataLost(OpcUaSubscription from) {
        LOG.warn("{}: the server no longer had notifications that were sent while we were away", settings.name());
    }

    @Override
    public void onStatusChanged(OpcUaSubscription from, StatusCode status) {
        if (status.isBad()) {
            end("the server ended the subscription: " + name(status));
        }
    }

    @Override
    public void onTransferFailed(OpcUaSubscription from, StatusCode status) {
        end("the server does not know the subscription any more: " + name(status));
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
