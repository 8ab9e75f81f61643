package io.penstock.daemon.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.peer.ModelServer;
import io.penstock.daemon.peer.Standby;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How those elsewhere stand, and what was done for guests.
 *
 * @param serve off, where it listens, or why it could not be opened
 * @param guests null where nothing listens
 * @param endpoint off, whom it asks within which bounds, or why it could not be opened
 * @param egress null where nobody beyond the site may be asked
 */
public record PeerStatus(
        List<One> standbys,
        String serve,
        ModelServer.@Nullable Counts guests,
        String endpoint,
        SovereignEndpoint.@Nullable Status egress) {
    /** None of it. */
    public static final PeerStatus OFF = new PeerStatus(List.of(), "off", null, "off", null);

    /**
     * A standby.
     *
     * @param answers cases it answered in place of a local model
     * @param failedTries cases it was asked about and did not answer, and tiny questions it failed
     */
    public record One(Standby.Status status, long answers, long failedTries) {}

    public PeerStatus {
        standbys = List.copyOf(standbys);
    }

    void put(ObjectNode json) {
        ArrayNode all = json.putArray("standbys");
        for (One one : standbys) {
            Standby.Status s = one.status();
            all.addObject()
                    .put("name", s.name())
                    .put("url", s.url().toString())
                    .put("ready", s.standing().ready())
                    .put("probe_ms", s.standing().took().toMillis())
                    .put("problem", s.standing().why())
                    .put("sha256", s.sha256())
                    .put("answers", one.answers())
                    .put("failed_tries", one.failedTries())
                    .put("probes", s.probes())
                    .put("sent_bytes", s.wire().sent())
                    .put("received_bytes", s.wire().received());
        }
        ObjectNode serving = json.putObject("serve").put("text", serve);
        ModelServer.Counts g = guests;
        if (g != null) {
            serving.put("questions", g.questions())
                    .put("answered", g.answered())
                    .put("sent_away", g.sentAway())
                    .put("refused", g.refused())
                    .put("failed", g.failed())
                    .put("received_bytes", g.received())
                    .put("sent_bytes", g.sent());
        }
        ObjectNode beyond = json.putObject("endpoint").put("text", endpoint);
        SovereignEndpoint.Status e = egress;
        if (e != null) {
            beyond.put("asked", e.asked())
                    .put("answered", e.answered())
                    .put("withheld", e.withheld())
                    .put("sent_bytes", e.wire().sent())
                    .put("received_bytes", e.wire().received());
        }
    }
}
