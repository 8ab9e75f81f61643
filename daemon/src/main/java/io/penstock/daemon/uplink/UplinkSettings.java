package io.penstock.daemon.uplink;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
 * @param contact when the link may be used
 * @param health how often the gateway tells that it lives; zero: never
 * @param askEvery how long after the last exchange a link that tells nothing by itself is asked what waits; zero: never
 * @param commands whose commands are carried out
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
        int bound,
        ContactWindows contact,
        Duration health,
        Duration askEvery,
        Commands commands) {
    /** Bytes of a frame with one summary, its key's counter beyond 65,535. */
    private static final int ONE_SUMMARY = 64;

    /**
     * @param keyFile keys of those who may give commands; null: nobody may, and nothing is listened to
     * @param signerFile Ed25519 public key in PEM of the one who may change the configuration; null: nobody may
     * @param mostPercent up to this part of the caps a command may set them
     */
    public record Commands(@Nullable Path keyFile, @Nullable Path signerFile, int mostPercent) {
        /** Nobody's. */
        public static final Commands NONE = new Commands(null, null, 100);
    }

    /** Where frames go. */
    public sealed interface Link {
        /** Files of a folder. */
        record Folder(Path folder) implements Link {}

        /** A topic of a broker, over a connection of its own. */
        record Broker(MqttConnectionSettings connection, String topic) implements Link {}

        /** A hub, by HTTPS. */
        record Https(URI to, MqttTls tls) implements Link {}

        /**
         * A short-burst modem.
         *
         * @param at a device, or {@code tcp:HOST:PORT} of a terminal server
         * @param leastSignal bars, 0 to 5, below which nothing is tried
         */
        record Modem(String at, int baud, int leastSignal) implements Link {}

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
            0,
            ContactWindows.ALWAYS,
            Duration.ZERO,
            Duration.ZERO,
            Commands.NONE);

    public UplinkSettings {
        if (enabled && budget.caps().isEmpty()) {
            throw new IllegalArgumentException(
                    "has no cap; a link is bounded before its first byte: set bytes_per_month or money_per_month");
        }
        for (Budget.Cap cap : budget.caps()) {
            double others =
                    budget.shares().stream().mapToDouble(Double::doubleValue).sum()
                            - budget.shares().get(UplinkLane.CRITICAL.ordinal());
            if (enabled && cap.bytes().orElse(Long.MAX_VALUE) * (1 - others) < ONE_SUMMARY + overheadBytes) {
                throw new IllegalArgumentException("has a cap that lets not even an alarm through: a frame takes up to "
                        + (ONE_SUMMARY + overheadBytes) + " bytes, and " + cap.text(budget.tariff()) + " leaves "
                        + (long) (cap.bytes().getAsLong() * (1 - others)) + " beside the other lanes' shares");
            }
        }
        if (enabled && link instanceof Link.None) {
            throw new IllegalArgumentException("has no link; set folder, broker, https or modem");
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
            case Link.Https(URI hub, MqttTls tls) -> hub.toString();
            case Link.Modem(String at, int baud, int signal) -> "the modem at " + at;
            case Link.None() -> "nowhere";
        };
        return "on, frames to " + to + ", "
                + budget.caps().stream().map(cap -> cap.text(budget.tariff())).collect(Collectors.joining(", "))
                + (contact.windows().isEmpty() ? "" : ", contact " + contact);
    }
}
