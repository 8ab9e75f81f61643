package io.penstock.sensors.opcua;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log is told of a source: what is new, and once a minute that it still does not read. Used by the source's thread. */
final class SourceNews {
    private static final Logger LOG = LoggerFactory.getLogger(OpcUaSource.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int FEW = 5;

    private final OpcUaSourceSettings settings;
    private long nextNanos = System.nanoTime();
    private String lastReason = "";
    private String lastTroubles = "";

    SourceNews(OpcUaSourceSettings settings) {
        this.settings = settings;
    }

    void notReading(String reason) {
        long now = System.nanoTime();
        if (!reason.equals(lastReason) || now - nextNanos >= 0) {
            lastReason = reason;
            nextNanos = now + QUIET_NANOS;
            LOG.warn("{}: not reading, trying again until it works: {}", settings.name(), reason);
        }
    }

    void reading(OpcUaLink opened) {
        lastReason = "";
        long all = opened.groups().stream().mapToLong(g -> g.nodes().size()).sum();
        LOG.info(
                "{}: reading {} nodes of {} in {} {}",
                settings.name(),
                all - opened.refused().size(),
                settings.access().endpoint(),
                opened.groups().size(),
                opened.groups().size() == 1 ? "subscription" : "subscriptions");
        troubles(opened);
    }

    void troubles(OpcUaLink opened) {
        String now = few(opened.refused());
        if (!now.equals(lastTroubles)) {
            lastTroubles = now;
            if (!now.isEmpty()) {
                LOG.warn("{}: {}; check their ids, the others are read", settings.name(), now);
            }
        }
    }

    /** The first of them in one line; empty for none. */
    static String few(List<WatchedNode> refused) {
        if (refused.isEmpty()) {
            return "";
        }
        List<String> first = refused.stream()
                .limit(FEW)
                .map(node -> node.nodeId() + " (" + node.trouble() + ")")
                .toList();
        return (refused.size() == 1 ? "1 node is not read: " : refused.size() + " nodes are not read: ")
                + String.join(", ", first)
                + (refused.size() > FEW ? ", ..." : "");
    }
}
