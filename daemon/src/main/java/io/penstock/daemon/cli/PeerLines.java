package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What {@code penstock status} says of those elsewhere, of guests and of the endpoint; nothing of what is off. */
final class PeerLines {
    private static final String OFF = "off";

    private PeerLines() {}

    static void print(PrintWriter out, JsonNode gateway) {
        List<List<String>> rows = new ArrayList<>();
        gateway.path("standbys")
                .forEach(s -> rows.add(List.of(
                        s.path("name").asText(),
                        s.path("ready").asBoolean() ? "ready" : "down",
                        s.path("probe_ms").asText() + " ms",
                        s.path("answers").asText(),
                        s.path("failed_tries").asText(),
                        bytes(s),
                        Console.printable(s.path("problem").asText()))));
        if (!rows.isEmpty()) {
            Console.table(
                    out, List.of("STANDBY", "STATE", "TINY QUESTION", "ANSWERS", "FAILED", "BYTES", "PROBLEM"), rows);
        }
        JsonNode serve = gateway.path("serve");
        if (!serve.path("text").asText(OFF).equals(OFF)) {
            out.println("Serving: " + Console.printable(serve.path("text").asText()) + "; "
                    + serve.path("questions").asLong()
                    + " questions of guests, " + serve.path("answered").asLong() + " answered, "
                    + serve.path("sent_away").asLong() + " sent away, "
                    + serve.path("refused").asLong() + " refused, "
                    + serve.path("failed").asLong() + " failed");
        }
        JsonNode endpoint = gateway.path("endpoint");
        if (!endpoint.path("text").asText(OFF).equals(OFF)) {
            out.println("Endpoint: " + Console.printable(endpoint.path("text").asText()) + "; "
                    + endpoint.path("asked").asLong() + " asked, "
                    + endpoint.path("answered").asLong() + " answered, "
                    + endpoint.path("withheld").asLong() + " withheld, " + bytes(endpoint) + " bytes");
        }
    }

    private static String bytes(JsonNode one) {
        return one.path("sent_bytes").asLong() + " out, "
                + one.path("received_bytes").asLong() + " in";
    }
}
