package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Security;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.stack.core.AttributeId;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.NodeIds;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.ByteString;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.QualifiedName;
import org.eclipse.milo.opcua.stack.core.types.enumerated.BrowseDirection;
import org.eclipse.milo.opcua.stack.core.types.enumerated.BrowseResultMask;
import org.eclipse.milo.opcua.stack.core.types.enumerated.NodeClass;
import org.eclipse.milo.opcua.stack.core.types.enumerated.TimestampsToReturn;
import org.eclipse.milo.opcua.stack.core.types.structured.BrowseDescription;
import org.eclipse.milo.opcua.stack.core.types.structured.BrowseResult;
import org.eclipse.milo.opcua.stack.core.types.structured.ReadValueId;
import org.eclipse.milo.opcua.stack.core.types.structured.ReferenceDescription;

/** Lists what a server offers, for a first configuration. Bounded in nodes, depth and time; only reads. */
public final class OpcUaBrowser {
    private static final int MOST_NODES = 5_000;
    private static final int MOST_VISITS = 20_000;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int READ_AT_ONCE = 200;

    private OpcUaBrowser() {}

    /**
     * A variable.
     *
     * @param nodeId in the form that survives another order of namespaces: {@code nsu=URI;s=NAME}
     * @param displayName plant text
     * @param dataType the name of a built-in type such as {@code Double}, with {@code []} for an array; else its node id
     */
    public record Variable(String nodeId, String displayName, String dataType) {}

    /**
     * @param complete false when a bound was met before everything was seen
     */
    public record Listing(List<Variable> variables, boolean complete) {
        public Listing {
            variables = List.copyOf(variables);
        }
    }

    private record Found(NodeId node, String displayName) {}

    /** The variables below the server's Objects folder, without the server's own diagnostics, anonymously and unprotected. */
    public static Listing browse(String endpoint) throws ServerUnreachable {
        OpcUaClient client = OpcUaClients.connect(endpoint, Security.NONE, null, null);
        try {
            NamespaceTable namespaces = client.readNamespaceTable();
            List<Found> found = new ArrayList<>();
            boolean complete = walk(client, namespaces, found);
            return new Listing(describe(client, namespaces, found), complete);
        } catch (UaException e) {
            throw new ServerUnreachable("browsed " + endpoint + ": " + e.getMessage(), e);
        } finally {
            OpcUaClients.disconnect(client, 3_000);
        }
    }

    private static boolean walk(OpcUaClient client, NamespaceTable namespaces, List<Found> found) throws UaException {
        long deadline = System.nanoTime() + MOST_NANOS;
        Set<NodeId> seen = new HashSet<>(Set.of(NodeIds.ObjectsFolder, NodeIds.Server));
        Deque<NodeId> open = new ArrayDeque<>(List.of(NodeIds.ObjectsFolder));
        while (!open.isEmpty()) {
            if (found.size() >= MOST_NODES || seen.size() >= MOST_VISITS || System.nanoTime() - deadline > 0) {
                return false;
            }
            for (ReferenceDescription reference : children(client, open.remove())) {
                NodeId node = reference.getNodeId().toNodeId(namespaces).orElse(null);
                if (node == null || !seen.add(node)) {
                    continue;
                }
                if (reference.getNodeClass() == NodeClass.Variable) {
                    String name = reference.getDisplayName().text();
                    found.add(new Found(node, name == null ? "" : name));
                } else {
                    open.add(node);
                }
            }
        }
        return true;
    }

    private static List<ReferenceDescription> children(OpcUaClient client, NodeId parent) throws UaException {
        List<ReferenceDescription> children = new ArrayList<>();
        BrowseResult result = client.browse(new BrowseDescription(
                parent,
                BrowseDirection.Forward,
                NodeIds.HierarchicalReferences,
                true,
                uint(NodeClass.Object.getValue() | NodeClass.Variable.getValue()),
                uint(BrowseResultMask.All.getValue())));
        while (true) {
            ReferenceDescription[] references = result.getReferences();
            if (references != null) {
                children.addAll(List.of(references));
            }
            ByteString more = result.getContinuationPoint();
            if (more == null || more.isNullOrEmpty() || children.size() >= MOST_VISITS) {
                return children;
            }
            BrowseResult[] next = client.browseNext(false, List.of(more)).getResults();
            if (next == null || next.length == 0) {
                return children;
            }
            result = next[0];
        }
    }

    private static List<Variable> describe(OpcUaClient client, NamespaceTable namespaces, List<Found> found)
            throws UaException {
        List<Variable> variables = new ArrayList<>();
        for (int from = 0; from < found.size(); from += READ_AT_ONCE) {
            List<Found> some = found.subList(from, Math.min(found.size(), from + READ_AT_ONCE));
            List<ReadValueId> asked = new ArrayList<>();
            for (Found one : some) {
                asked.add(new ReadValueId(one.node, AttributeId.DataType.uid(), null, QualifiedName.NULL_VALUE));
                asked.add(new ReadValueId(one.node, AttributeId.ValueRank.uid(), null, QualifiedName.NULL_VALUE));
            }
            DataValue[] answers =
                    client.read(0, TimestampsToReturn.Neither, asked).getResults();
            for (int i = 0; i < some.size(); i++) {
                String type = "";
                if (answers != null && answers.length == asked.size()) {
                    type = type(answers[2 * i], answers[2 * i + 1]);
                }
                NodeId node = some.get(i).node;
                variables.add(
                        new Variable(node.expanded(namespaces).toParseableString(), some.get(i).displayName, type));
            }
        }
        return variables;
    }

    private static String type(DataValue dataType, DataValue valueRank) {
        if (!(dataType.value().value() instanceof NodeId type)) {
            return "";
        }
        var builtin = org.eclipse.milo.opcua.stack.core.OpcUaDataType.fromNodeId(type);
        String name = builtin != null ? builtin.name() : type.toParseableString();
        return valueRank.value().value() instanceof Integer rank && rank >= 0 ? name + "[]" : name;
    }
}
