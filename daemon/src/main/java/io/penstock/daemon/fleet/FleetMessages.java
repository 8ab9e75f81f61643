package io.penstock.daemon.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.uplink.Summary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * What a hub publishes of its sites: {@code penstock.state/1} (retained) as the sites themselves do, {@code penstock.fleet-case/1}
 * (events), {@code penstock.fleet-site/1} (retained).
 */
public final class FleetMessages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> SCHEMAS =
            List.of("penstock.state-1", "penstock.fleet-case-1", "penstock.fleet-site-1");

    private final String root;

    /** @param root first levels of every topic */
    public FleetMessages(String root) {
        this.root = root;
    }

    /** One message, for QoS 1. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Message(String topic, byte[] payload, boolean retained) {}

    /** The event that a case was opened, updated or closed. */
    public Message caseEvent(FleetCase told) {
        ObjectNode json = head("penstock.fleet-case/1", told.site());
        json.put("case", told.id()).put("asset", told.asset());
        json.put("state", told.closed() ? "closed" : "open").put("severity", told.severityWord());
        json.put("fault", told.fault()).put("confidence", rounded(told.confidence()));
        json.put("opened", told.opened().toString())
                .put("updated", told.updated().toString());
        ArrayNode evidence = json.putArray("evidence");
        for (Summary.Evidence line : told.evidence()) {
            evidence.addObject()
                    .put("symptom", line.symptom())
                    .put("value", line.value())
                    .put("unit", line.unit());
        }
        return message(told.site(), told.asset(), "case", json, false);
    }

    /**
     * The retained state of an asset.
     *
     * @param open its open cases
     */
    public Message state(String site, String asset, List<FleetCase> open, Instant updated) {
        ObjectNode json = head("penstock.state/1", site).put("asset", asset);
        FleetCase worst = open.stream()
                .max(Comparator.comparing(FleetCase::severity).thenComparing(FleetCase::updatedMicros))
                .orElse(null);
        json.put("state", worst == null ? "ok" : worst.severityWord());
        if (worst != null) {
            json.put("case", worst.id()).put("fault", worst.fault()).put("confidence", rounded(worst.confidence()));
        }
        json.put("updated", updated.toString());
        return message(site, asset, "state", json, true);
    }

    /**
     * The retained word on a site itself.
     *
     * @param heard when its last frame came, told of a silent one; {@link Instant#EPOCH} before the first
     */
    public Message site(String site, boolean silent, Instant heard) {
        ObjectNode json = head("penstock.fleet-site/1", site).put("status", silent ? "silent" : "heard");
        if (silent && heard.isAfter(Instant.EPOCH)) {
            json.put("heard", heard.toString());
        }
        return message(site, "$node", "status", json, true);
    }

    /** What is published, as schemas, retained. */
    public List<Message> schemas() {
        return SCHEMAS.stream()
                .map(name -> new Message(root + "/$hub/schema/" + name, schema(name), true))
                .toList();
    }

    private static byte[] schema(String name) {
        try (InputStream in = FleetMessages.class.getResourceAsStream("/io/penstock/daemon/schema/" + name + ".json")) {
            if (in == null) {
                throw new IllegalStateException("schema " + name + " is not in this build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode head(String schema, String site) {
        return JSON.createObjectNode().put("schema", schema).put("site", site);
    }

    private Message message(String site, String asset, String leaf, ObjectNode json, boolean retained) {
        try {
            return new Message(
                    root + "/" + level(site) + "/" + level(asset) + "/" + leaf,
                    JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8),
                    retained);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One level of a topic: what has a meaning to MQTT is percent-encoded. */
    private static String level(String name) {
        return name.replace("%", "%25").replace("/", "%2F").replace("+", "%2B").replace("#", "%23");
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
