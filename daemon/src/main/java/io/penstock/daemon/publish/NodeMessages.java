package io.penstock.daemon.publish;

import io.penstock.daemon.store.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the node says of itself, retained: that it is there, and the schemas of what it publishes. */
public final class NodeMessages {
    /** Schema files, by name without {@code .json}. */
    static final List<String> SCHEMAS = List.of(
            "penstock.state-1", "penstock.case-1", "penstock.diagnosis-1", "penstock.anomaly-1", "penstock.node-1");

    private NodeMessages() {}

    /**
     * Sent on every new connection.
     *
     * @param configuration which one runs, and whether it is on trial or another was rolled back; empty says nothing of it
     * @param clock what the gateway's clock is worth: trusted, suspect or unset
     */
    public static List<Outbox.Message> greeting(
            ResultMessages messages, String version, String configuration, String clock) {
        List<Outbox.Message> all = new ArrayList<>();
        for (String name : SCHEMAS) {
            all.add(retained(messages.nodeTopic("schema/" + name), schema(name)));
        }
        all.add(retained(messages.nodeTopic("status"), messages.nodeStatus(true, version, configuration, clock)));
        return all;
    }

    /** Sent before a stop in order: the same that the last will says of a kill. */
    public static Outbox.Message farewell(ResultMessages messages, String version) {
        return retained(messages.nodeTopic("status"), messages.nodeStatus(false, version, "", ""));
    }

    private static Outbox.Message retained(String topic, String payload) {
        return new Outbox.Message(topic, topic, payload, true);
    }

    static String schema(String name) {
        try (InputStream in = NodeMessages.class.getResourceAsStream("/io/penstock/daemon/schema/" + name + ".json")) {
            if (in == null) {
                throw new IllegalStateException("schema " + name + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
