package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.NodeIds;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.ByteString;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.UInteger;
import org.eclipse.milo.opcua.stack.core.types.enumerated.BrowseDirection;
import org.eclipse.milo.opcua.stack.core.types.enumerated.BrowseResultMask;
import org.eclipse.milo.opcua.stack.core.types.enumerated.NodeClass;
import org.eclipse.milo.opcua.stack.core.types.structured.BrowseDescription;
import org.eclipse.milo.opcua.stack.core.types.structured.BrowseResult;
import org.eclipse.milo.opcua.stack.core.types.structured.ReferenceDescription;
import org.jspecify.annotations.Nullable;

/**
 * A server's objects and variables below its Objects folder, without its own diagnostics, walked level by level, many
 * nodes a request. Bounded in nodes and time, and loops are walked once; only reads.
 */
final class NodeTree {
    private static final int AT_ONCE = 50;

    private final OpcUaClient client;
    private final NamespaceTable namespaces;
    private final int mostVisits;
    private final long deadlineNanos;
    private final UInteger classes = uint(NodeClass.Object.getValue() | NodeClass.Variable.getValue());
    private boolean complete = true;
    private int atOnce = AT_ONCE;

    /**
     * @param mostVisits nodes looked at
     * @param mostNanos time for all walks of this tree
     */
    NodeTree(OpcUaClient client, NamespaceTable namespaces, int mostVisits, long mostNanos) {
        this.client = client;
        this.namespaces = namespaces;
        this.mostVisits = mostVisits;
        this.deadlineNanos = System.nanoTime() + mostNanos;
    }

    /** Whether nothing was left out because of a bound. */
    boolean complete() {
        return complete;
    }

    /** @param path browse names from below Objects, parted by slashes */
    record Found(NodeId node, String path, String displayName) {}

    /** All variables, those of an object before those below it. */
    List<Found> variables(int most) throws UaException {
        List<Found> found = new ArrayList<>();
        Map<NodeId, String> paths = new HashMap<>(Map.of(NodeIds.ObjectsFolder, "", NodeIds.Server, ""));
        Deque<NodeId> open = new ArrayDeque<>(List.of(NodeIds.ObjectsFolder));
        while (!open.isEmpty()) {
            if (found.size() >= most || isOver(paths.size())) {
                complete = false;
                return found;
            }
            for (Map.Entry<NodeId, List<ReferenceDescription>> entry :
                    children(next(open, atOnce)).entrySet()) {
                String above = paths.getOrDefault(entry.getKey(), "");
                for (ReferenceDescription child : entry.getValue()) {
                    NodeId node = child.getNodeId().toNodeId(namespaces).orElse(null);
                    String path = (above.isEmpty() ? "" : above + "/")
                            + text(child.getBrowseName().name());
                    if (node == null || paths.putIfAbsent(node, path) != null) {
                        continue;
                    }
                    if (child.getNodeClass() == NodeClass.Variable) {
                        found.add(new Found(
                                node, path, text(child.getDisplayName().text())));
                    } else {
                        open.add(node);
                    }
                }
            }
        }
        return found;
    }

    private static String text(@Nullable String plantText) {
        return plantText == null ? "" : plantText;
    }

    /** The variables whose browse path fits, each with the place that tells its channel; at most one more than {@code most}. */
    Map<NodeId, PathPattern.Place> matches(PathPattern path, int most) throws UaException {
        Map<NodeId, PathPattern.Place> found = new LinkedHashMap<>();
        // a node may be reached at several places of the pattern, but at each only once
        Map<NodeId, Set<Integer>> seen = new HashMap<>();
        Deque<At> open = new ArrayDeque<>(List.of(new At(NodeIds.ObjectsFolder, List.of(path.start()))));
        while (!open.isEmpty()) {
            if (isOver(seen.size())) {
                complete = false;
                return found;
            }
            List<At> parents = next(open, atOnce);
            Map<NodeId, List<PathPattern.Place>> places = new LinkedHashMap<>();
            parents.forEach(
                    p -> places.computeIfAbsent(p.node, n -> new ArrayList<>()).addAll(p.places));
            for (Map.Entry<NodeId, List<ReferenceDescription>> entry :
                    children(List.copyOf(places.keySet())).entrySet()) {
                for (ReferenceDescription child : entry.getValue()) {
                    List<PathPattern.Place> onward =
                            step(path, places.getOrDefault(entry.getKey(), List.of()), child, seen, found);
                    NodeId node = child.getNodeId().toNodeId(namespaces).orElse(null);
                    if (node != null && !onward.isEmpty()) {
                        open.add(new At(node, onward));
                    }
                    if (found.size() > most) {
                        return found;
                    }
                }
            }
        }
        return found;
    }

    private record At(NodeId node, List<PathPattern.Place> places) {}

    private List<PathPattern.Place> step(
            PathPattern path,
            List<PathPattern.Place> from,
            ReferenceDescription child,
            Map<NodeId, Set<Integer>> seen,
            Map<NodeId, PathPattern.Place> found) {
        NodeId node = child.getNodeId().toNodeId(namespaces).orElse(null);
        String name = child.getBrowseName().name();
        List<PathPattern.Place> onward = new ArrayList<>();
        if (node == null || name == null || node.equals(NodeIds.Server)) {
            return onward;
        }
        for (PathPattern.Place place : from) {
            for (PathPattern.Place next : path.below(place, name)) {
                if (!seen.computeIfAbsent(node, n -> new HashSet<>(2)).add(next.at())) {
                    continue;
                }
                if (!path.isEnd(next)) {
                    onward.add(next);
                } else if (child.getNodeClass() == NodeClass.Variable
                        && node.getNamespaceIndex().intValue() != 0) {
                    // namespace 0 is OPC UA's own
                    found.putIfAbsent(node, next);
                }
            }
        }
        return onward;
    }

    private boolean isOver(int visited) {
        return visited >= mostVisits || System.nanoTime() - deadlineNanos > 0;
    }

    private static <T> List<T> next(Deque<T> open, int most) {
        List<T> some = new ArrayList<>();
        while (!open.isEmpty() && some.size() < most) {
            some.add(open.remove());
        }
        return some;
    }

    private Map<NodeId, List<ReferenceDescription>> children(List<NodeId> parents) throws UaException {
        Map<NodeId, List<ReferenceDescription>> all = new LinkedHashMap<>();
        for (int from = 0; from < parents.size(); ) {
            List<NodeId> some = parents.subList(from, Math.min(parents.size(), from + atOnce));
            List<BrowseDescription> asked = new ArrayList<>();
            for (NodeId parent : some) {
                asked.add(new BrowseDescription(
                        parent,
                        BrowseDirection.Forward,
                        NodeIds.HierarchicalReferences,
                        true,
                        classes,
                        uint(BrowseResultMask.All.getValue())));
            }
            List<BrowseResult> results;
            try {
                results = client.browse(asked);
            } catch (UaException e) {
                if (e.getStatusCode().value() == StatusCodes.Bad_TooManyOperations && atOnce > 1) {
                    // small controllers take few nodes a request
                    atOnce = atOnce / 5;
                    continue;
                }
                throw e;
            }
            for (int i = 0; i < some.size() && i < results.size(); i++) {
                all.put(some.get(i), references(results.get(i)));
            }
            from += some.size();
        }
        return all;
    }

    private List<ReferenceDescription> references(BrowseResult first) throws UaException {
        List<ReferenceDescription> references = new ArrayList<>();
        BrowseResult result = first;
        while (true) {
            ReferenceDescription[] some = result.getReferences();
            if (some != null) {
                references.addAll(List.of(some));
            }
            ByteString more = result.getContinuationPoint();
            if (more == null || more.isNullOrEmpty()) {
                return references;
            }
            boolean enough = isOver(references.size());
            BrowseResult[] next = client.browseNext(enough, List.of(more)).getResults();
            if (enough) {
                complete = false;
                return references;
            }
            if (next == null || next.length == 0) {
                return references;
            }
            result = next[0];
        }
    }
}
