package io.penstock.sensors.sparkplug;

import io.penstock.sensors.reading.RejectReason;
import java.util.HashMap;
import java.util.Map;

/** All edge nodes of one broker, at most {@value #MOST}. Pure but for its state; one thread at a time. */
final class EdgeNodes {
    static final int MOST = 1_000;

    private final SparkplugSettings settings;
    private final Map<String, EdgeNode> nodes = new HashMap<>();

    EdgeNodes(SparkplugSettings settings) {
        this.settings = settings;
    }

    Taken take(String topic, byte[] bytes, long receivedMicros, long nanos) {
        Taken out = new Taken();
        SparkplugTopic parsed = SparkplugTopic.parse(topic);
        if (parsed == null) {
            if (!isCommand(topic)) {
                out.reject(topic, RejectReason.TOPIC, "no Sparkplug topic that carries data");
            }
            return out;
        }
        switch (SparkplugPayload.decode(bytes)) {
            case SparkplugPayload.Outcome.Rejected(String reason) -> out.reject(topic, RejectReason.SYNTAX, reason);
            case SparkplugPayload.Outcome.Decoded(SparkplugPayload payload) -> {
                EdgeNode node = nodes.get(parsed.edgeNode());
                if (node == null) {
                    if (nodes.size() == MOST) {
                        out.reject(topic, RejectReason.SIZE, "more than " + MOST + " edge nodes");
                        return out;
                    }
                    node = new EdgeNode(parsed.group(), parsed.node(), settings);
                    nodes.put(parsed.edgeNode(), node);
                }
                node.take(parsed, payload, receivedMicros, nanos, out);
            }
        }
        return out;
    }

    private static boolean isCommand(String topic) {
        return topic.contains("/NCMD/") || topic.contains("/DCMD/");
    }

    /** Looks whether something has waited too long. */
    Taken tick(long nanos) {
        Taken out = new Taken();
        nodes.values().forEach(node -> node.tick(nanos, out));
        return out;
    }

    /** The connection was away: no node's state is known any more. */
    void forget() {
        nodes.values().forEach(EdgeNode::forget);
    }
}
