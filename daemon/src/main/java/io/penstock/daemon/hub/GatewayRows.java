package io.penstock.daemon.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.uplink.CaseSheet;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.NodeHealth;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What gateways tell of themselves, and the whole evidence of cases that was asked of them. */
final class GatewayRows {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** The frame that told it: kept with what is told, not told itself. */
    private static final String KEY = "key";

    private static final String COUNTER = "counter";

    private GatewayRows() {}

    static void put(
            Connection c, Map<Integer, Told.Health> healths, Map<Told.PartKey, FrameItem.SheetPart> parts, long micros)
            throws SQLException {
        if (!healths.isEmpty()) {
            try (PreparedStatement s =
                    c.prepareStatement("INSERT INTO hub_health (site, received, told) VALUES (?, ?, ?)"
                            + " ON CONFLICT (site) DO UPDATE SET received = excluded.received, told = excluded.told")) {
                for (Map.Entry<Integer, Told.Health> health : healths.entrySet()) {
                    if (wasOvertaken(c, health.getKey(), health.getValue())) {
                        continue;
                    }
                    s.setLong(1, health.getKey());
                    s.setLong(2, micros);
                    s.setString(3, text(health.getValue()));
                    s.addBatch();
                }
                s.executeBatch();
            }
        }
        if (!parts.isEmpty()) {
            try (PreparedStatement s = c.prepareStatement(
                    "INSERT INTO hub_sheet (site, place, number, version, part, parts,"
                            + " received, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, place, number, version, part)"
                            + " DO UPDATE SET parts = excluded.parts, received = excluded.received, content = excluded.content")) {
                for (Map.Entry<Told.PartKey, FrameItem.SheetPart> part : parts.entrySet()) {
                    s.setLong(1, part.getKey().site());
                    s.setLong(2, part.getKey().place());
                    s.setLong(3, part.getKey().number());
                    s.setLong(4, part.getKey().version());
                    s.setLong(5, part.getKey().part());
                    s.setLong(6, part.getValue().of());
                    s.setLong(7, micros);
                    s.setBytes(8, part.getValue().bytes());
                    s.addBatch();
                }
                s.executeBatch();
            }
        }
    }

    /** A frame that is late tells how it was before: its counter says so, for a gateway's clock may be wrong. */
    private static boolean wasOvertaken(Connection c, int site, Told.Health health) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT told FROM hub_health WHERE site = ?")) {
            s.setLong(1, site);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return false;
                }
                ObjectNode before = told(r.getString(1));
                return before.path(KEY).asInt(-1) == health.keyId()
                        && before.path(COUNTER).asLong() > health.counter();
            }
        }
    }

    private static ObjectNode told(String json) throws SQLException {
        try {
            return JSON.readValue(json, ObjectNode.class);
        } catch (JsonProcessingException e) {
            throw new SQLException("a gateway's word on itself is no JSON: " + e.getMessage(), e);
        }
    }

    private static String text(Told.Health told) {
        NodeHealth health = told.health();
        ObjectNode json = JSON.createObjectNode();
        json.put(KEY, told.keyId()).put(COUNTER, told.counter());
        json.put("uptime_h", health.uptimeHours());
        json.put("sources", health.sources()).put("sources_down", health.sourcesDown());
        json.put("readings", health.readings()).put("opened_24h", health.opened());
        json.put("waiting", health.waiting()).put("not_sent", health.notSent());
        json.put("disk_free_percent", health.freePercent()).put("clock_trusted", health.clockTrusted());
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By the site's number. */
    static Map<Long, JsonNode> healths(Connection c) throws SQLException {
        Map<Long, JsonNode> all = new HashMap<>();
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT site, told FROM hub_health")) {
            while (r.next()) {
                all.put(r.getLong(1), told(r.getString(2)).remove(List.of(KEY, COUNTER)));
            }
        }
        return all;
    }

    /** The newest version of a case's whole evidence of which every part has come. */
    static Optional<JsonNode> sheet(Connection c, int site, int place, int number) throws SQLException {
        Map<Integer, List<FrameItem.SheetPart>> versions = new HashMap<>();
        List<Integer> newestFirst = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT version, part, parts, content FROM hub_sheet WHERE site = ?"
                        + " AND place = ? AND number = ? ORDER BY received DESC, version DESC")) {
            s.setLong(1, site);
            s.setLong(2, place);
            s.setLong(3, number);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    int version = r.getInt(1);
                    if (!versions.containsKey(version)) {
                        newestFirst.add(version);
                    }
                    versions.computeIfAbsent(version, unused -> new ArrayList<>())
                            .add(new FrameItem.SheetPart(
                                    place, number, version, r.getInt(2), r.getInt(3), r.getBytes(4)));
                }
            }
        }
        return newestFirst.stream()
                .flatMap(version -> CaseSheet.joined(versions.getOrDefault(version, List.of())).stream())
                .findFirst();
    }

    static void purge(Connection c, long before) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM hub_sheet WHERE received < ?")) {
            s.setLong(1, before);
            s.executeUpdate();
        }
    }
}
