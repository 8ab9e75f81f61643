package io.penstock.daemon.health;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Locale;

/**
 * Which configuration runs.
 *
 * @param mark the first digits of its fingerprint; empty for a gateway that was given settings and no file
 * @param since when it was taken up
 * @param rolledBack why a later one was rolled back; empty where none was
 */
public record ConfigState(Stage stage, String mark, Instant since, String rolledBack) {
    /** How far it got. */
    public enum Stage {
        /** In force. */
        SETTLED,
        /** In force, and rolled back by itself when the gateway does not get well with it. */
        ON_TRIAL,
        /** In force although the file says otherwise: that one was rolled back. */
        LAST_GOOD
    }

    /** Of a gateway without a file. */
    public static ConfigState unnamed() {
        return new ConfigState(Stage.SETTLED, "", Instant.EPOCH, "");
    }

    /** For a person; empty of a gateway without a file. */
    public String text() {
        if (mark.isEmpty()) {
            return "";
        }
        return switch (stage) {
            case SETTLED -> mark + " since " + since;
            case ON_TRIAL -> mark + " on trial since " + since;
            case LAST_GOOD -> mark + ", the last good one, since " + since + ": " + rolledBack;
        };
    }

    ObjectNode json() {
        return new ObjectMapper()
                .createObjectNode()
                .put("stage", stage.name().toLowerCase(Locale.ROOT))
                .put("mark", mark)
                .put("since", since.toString())
                .put("rolled_back", rolledBack)
                .put("text", text());
    }
}
