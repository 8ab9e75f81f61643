package io.penstock.daemon.uplink;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The {@code [uplink]} table. Off is the default: no key is read, no link is made, nothing is queued.
 *
 * @param enabled whether anything may leave the site
 * @param link where to
 * @param keyFile the frames' keys, the last line's is used to seal
 * @param budget how much may be sent
 * @param overheadBytes what the link adds to each frame; counted in the budget
 * @param hold how long a summary that is not critical waits for a newer one of its case
 * @param interval least time between two frames
 * @param keep after this a summary that was not sent is forgotten
 * @param bound summaries that wait, at most
 */
public record UplinkSettings(
        boolean enabled,
        Link link,
        Path keyFile,
        Budget budget,
        int overheadBytes,
        Duration hold,
        Duration interval,
        Duration keep,
        int bound) {
    /** Where frames go. */
    public sealed interface Link {
        /** Files of a folder. */
        record Folder(Path folder) implements Link {}

        /** A topic of a broker, over a connection of its own. */
        record Broker(MqttConnectionSettings connection, String topic) implements Link {}

        /** None, while off. */
        record None() implements Link {}
    }

    public static final UplinkSettings OFF = new UplinkSettings(
            false,
            new Link.None(),
            Path.of(""),
            new Budget(Tariff.free("USD"), List.of(), List.of(0.0, 0.0, 0.0, 0.0)),
            0,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            0);

    public UplinkSettings {
        if (enabled && budget.caps().isEmpty()) {
            throw new IllegalArgumentException(
                    "has no cap; a link is bounded before its first byte: set bytes_per_month or money_per_month");
        }
        if (enabled && link instanceof Link.None) {
            throw new IllegalArgumentException("has no link; set folder or broker");
        }
    }

    /** For a person: off, or where it leads and how it is bounded. */
    public String text() {
        if (!enabled) {
            return "off";
        }
        String to = switch (link) {
            case Link.Folder(Path folder) -> "the folder " + folder;
            case Link.Broker(MqttConnectionSettings connection, String topic) -> connection.uri() + ", topic " + topic;
            case Link.None() -> "nowhere";
        };
        return "on, frames to " + to + ", "
                + budget.caps().stream().map(cap -> cap.text(budget.tariff())).collect(Collectors.joining(", "));
    }
}
