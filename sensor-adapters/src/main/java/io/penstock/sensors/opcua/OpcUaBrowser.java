package io.penstock.sensors.opcua;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.stack.core.AttributeId;
import org.eclipse.milo.opcua.stack.core.NamespaceTable;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.QualifiedName;
import org.eclipse.milo.opcua.stack.core.types.enumerated.TimestampsToReturn;
import org.eclipse.milo.opcua.stack.core.types.structured.ReadValueId;

/** Lists what a server offers, for a first configuration. Bounded in nodes, depth and time; only reads. */
public final class OpcUaBrowser {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_VISITS = 100_000;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int READ_AT_ONCE = 200;

    private OpcUaBrowser() {}

    /**
     * A variable.
     *
     * @param nodeId in the form that survives another order of namespaces: {@code nsu=URI;s=NAME}
     * @param path browse names from below Objects, parted by slashes: plant text
     * @param displayName plant text
     * @param dataType the name of a built-in type such as {@code Double}, with {@code []} for an array; else its node id
     */
    public record Variable(String nodeId, String path, String displayName, String dataType) {}

    /**
     * @param complete false when a bound was met before everything was seen
     */
    public record Listing(List<Variable> variables, boolean complete) {
        public Listing {
            variables = List.copyOf(variables);
        }
    }

    /** The variables below the server's Objects folder, without the server's own diagnostics. */
    public static Listing browse(OpcUaAccess access) throws ServerUnreachable {
        OpcUaClient client = OpcUaClients.connect("browse", access);
        try {
            NamespaceTable namespaces = client.readNamespaceTable();
            NodeTree tree = new NodeTree(client, namespaces, MOST_VISITS, MOST_NANOS);
            List<NodeTree.Found> found = tree.variables(MOST_NODES);
            return new Listing(describe(client, namespaces, found), tree.complete());
        } catch (UaException e) {
            throw new ServerUnreachable("browsed " + access.endpoint() + ": " + e.getMessage(), e);
        } finally {
            OpcUaClients.disconnect(client, 3_000);
        }
    }

    private static List<Variable> describe(OpcUaClient client, NamespaceTable namespaces, List<NodeTree.Found> found)
            throws UaException {
        List<Variable> variables = new ArrayList<>();
        for (int from = 0; from < found.size(); from += READ_AT_ONCE) {
            List<NodeTree.Found> some = found.subList(from, Math.min(found.size(), from + READ_AT_ONCE));
            List<ReadValueId> asked = new ArrayList<>();
            for (NodeTree.Found one : some) {
                asked.add(new ReadValueId(one.node(), AttributeId.DataType.uid(), null, QualifiedName.NULL_VALUE));
                asked.add(new ReadValueId(one.node(), AttributeId.ValueRank.uid(), null, QualifiedName.NULL_VALUE));
            }
            DataValue[] answers =
                    client.read(0, TimestampsToReturn.Neither, asked).getResults();
            for (int i = 0; i < some.size(); i++) {
                String type = "";
                if (answers != null && answers.length == asked.size()) {
                    type = type(answers[2 * i], answers[2 * i + 1]);
                }
                NodeTree.Found one = some.get(i);
                variables.add(new Variable(
                        one.node().expanded(namespaces).toParseableString(), one.path(), one.displayName(), type));
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
