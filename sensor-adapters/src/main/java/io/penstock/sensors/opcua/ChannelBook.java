package io.penstock.sensors.opcua;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.reading.ChannelId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which node feeds which channel. Outlives connections: a match of a path is told once, not at each restart of the
 * server. One channel is fed by one node. Used by the source's thread; {@link #tracks} by any.
 */
final class ChannelBook {
    static final int MOST_VISITS = 100_000;
    static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final Logger LOG = LoggerFactory.getLogger(ChannelBook.class);

    private final String source;
    private final String endpoint;
    private final Map<ChannelId, ChannelTrack> tracks = new LinkedHashMap<>();
    /** Of the source whose place this one's takes; guarded by the tracks. */
    private Map<ChannelId, ChannelTrack> before = Map.of();

    private boolean sameServer;
    private final Set<String> told = new HashSet<>();
    /** Of the present connection. */
    private final Map<ChannelId, String> fedBy = new HashMap<>();

    ChannelBook(OpcUaSourceSettings settings) {
        this.source = settings.name();
        this.endpoint = settings.access().endpoint();
        for (Group group : settings.groups()) {
            for (Item item : group.items()) {
                if (item instanceof Node node) {
                    track(node.channel());
                }
            }
        }
    }

    /** A new connection: nothing is fed yet. */
    void startOver() {
        fedBy.clear();
    }

    private ChannelTrack track(ChannelId channel) {
        synchronized (tracks) {
            return tracks.computeIfAbsent(channel, c -> following(new ChannelTrack(c)));
        }
    }

    private ChannelTrack following(ChannelTrack track) {
        ChannelTrack earlier = before.get(track.channel());
        if (earlier != null) {
            track.follow(earlier, sameServer);
        }
        return track;
    }

    /** Goes on with what was known of the channels in a source that is silent now. Under the lock of this one's source. */
    void follow(ChannelBook silent) {
        Map<ChannelId, ChannelTrack> known = new HashMap<>();
        silent.tracks().forEach(track -> known.put(track.channel(), track));
        synchronized (tracks) {
            before = known;
            sameServer = silent.endpoint.equals(endpoint);
            tracks.values().forEach(this::following);
        }
    }

    /** All channels that were ever read or are configured by node. */
    List<ChannelTrack> tracks() {
        synchronized (tracks) {
            return List.copyOf(tracks.values());
        }
    }

    /**
     * Whether every channel has come to its time. Under the lock of the source.
     *
     * @param times source times by channel; those that were reached, or of channels not read here, are taken out
     */
    boolean hasReached(Map<ChannelId, Long> times) {
        synchronized (tracks) {
            times.entrySet().removeIf(time -> {
                ChannelTrack track = tracks.get(time.getKey());
                return track == null || track.hasReached(time.getValue());
            });
        }
        return times.isEmpty();
    }

    /** The node as the one that feeds the channel; empty when another one does, which is told once. */
    Optional<WatchedNode> claim(String nodeId, ChannelId channel, Item item) {
        String other = fedBy.putIfAbsent(channel, nodeId);
        if (other != null && !other.equals(nodeId)) {
            once("not read: " + nodeId + " would feed " + channel + ", which " + other + " feeds already");
            return Optional.empty();
        }
        if (other != null) {
            return Optional.empty();
        }
        ChannelTrack track = track(channel);
        track.fedBy(nodeId);
        return Optional.of(new WatchedNode(nodeId, track, item.sampling(), item.content()));
    }

    /** Nodes that fit a path and are not read yet. */
    List<WatchedNode> matches(Matching matching, NodeTree tree, NamespaceTable namespaces) throws UaException {
        Map<NodeId, PathPattern.Place> found = tree.matches(matching.path(), matching.most());
        List<WatchedNode> nodes = new ArrayList<>();
        int taken = 0;
        for (Map.Entry<NodeId, PathPattern.Place> match : found.entrySet()) {
            if (taken == matching.most()) {
                break;
            }
            taken++;
            String nodeId = match.getKey().expanded(namespaces).toParseableString();
            ChannelId channel;
            try {
                channel = matching.path().channel(match.getValue());
            } catch (IllegalArgumentException e) {
                once("not read: " + nodeId + " fits " + matching.where() + ", but its " + e.getMessage());
                continue;
            }
            if (tracks.size() >= OpcUaSourceSettings.MOST_ITEMS && !tracks.containsKey(channel)) {
                once("further matches of " + matching.where() + " are not read: the source has "
                        + OpcUaSourceSettings.MOST_ITEMS + " channels, the most there may be");
                break;
            }
            claim(nodeId, channel, matching).ifPresent(node -> {
                once(matching.where() + " fits " + nodeId + ", read as " + channel);
                nodes.add(node);
            });
        }
        if (found.size() > matching.most()) {
            once("further matches of " + matching.where() + " are not read: it fits more than most = "
                    + matching.most());
        } else if (!tree.complete()) {
            once("browsing for " + matching.where() + " met a bound of time or nodes before everything was seen");
        } else if (found.isEmpty()) {
            once("nothing fits " + matching.where() + "; it is looked for again");
        }
        return nodes;
    }

    private void once(String line) {
        if (told.size() < 2 * OpcUaSourceSettings.MOST_ITEMS && told.add(line)) {
            LOG.info("{}: {}", source, line.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?"));
        }
    }
}
