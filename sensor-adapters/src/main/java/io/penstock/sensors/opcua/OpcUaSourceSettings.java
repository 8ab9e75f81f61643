package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to read from one OPC UA server.
 *
 * @param name unique in a gateway
 * @param endpoint {@code opc.tcp://host:port/path}
 * @param security of the connection; with credentials prefer {@code BASIC256SHA256}
 * @param credentials user and password, where the server wants them
 * @param trustFolder holds our certificate and the servers' we trust; needed with {@code BASIC256SHA256}, see {@link
 *     TrustFolder}
 * @param publishingInterval how often the server sends what it sampled, 10 ms to 1 min
 * @param samplingInterval how often the server looks at each value, at most the publishing interval
 * @param items at least one
 */
public record OpcUaSourceSettings(
        String name,
        String endpoint,
        Security security,
        @Nullable Credentials credentials,
        @Nullable Path trustFolder,
        Duration publishingInterval,
        Duration samplingInterval,
        List<Item> items) {

    public enum Security {
        NONE,
        /** Signed and encrypted. */
        BASIC256SHA256
    }

    /** @param passwordFile read at each connect; its first line is the password */
    public record Credentials(String user, Path passwordFile) {}

    /**
     * A variable node and the channel it feeds.
     *
     * @param nodeId {@code nsu=NAMESPACE-URI;s=NAME}, or {@code ns=2;s=NAME} where the index will not change
     * @param deadband smallest change in the channel's unit that is sent; 0 sends every new sample, changed or not
     * @param rateHz samples per second of a waveform, whose node holds an array; null for a single number
     */
    public record Item(
            String nodeId,
            ChannelId channel,
            double deadband,
            @Nullable Double rateHz) {
        public Item {
            if (!nodeId.matches("(nsu=[^;]+;|ns=\\d+;)?[isgb]=.+")) {
                throw new IllegalArgumentException(
                        "node id is " + nodeId + ", expected nsu=NAMESPACE-URI;s=NAME or ns=2;s=NAME");
            }
            if (!(deadband >= 0) || Double.isInfinite(deadband)) {
                throw new IllegalArgumentException(
                        "deadband of " + nodeId + " is " + deadband + ", expected 0 or more");
            }
            if (rateHz != null && !(rateHz > 0 && Double.isFinite(rateHz))) {
                throw new IllegalArgumentException(
                        "sample rate of " + nodeId + " is " + rateHz + " Hz, expected above 0");
            }
        }

        /** A single number without a deadband. */
        public static Item of(String nodeId, ChannelId channel) {
            return new Item(nodeId, channel, 0, null);
        }
    }

    public static final Duration DEFAULT_PUBLISHING_INTERVAL = Duration.ofMillis(250);
    public static final Duration DEFAULT_SAMPLING_INTERVAL = Duration.ofMillis(100);

    public OpcUaSourceSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an OPC UA source needs a name");
        }
        if (!endpoint.matches("opc\\.tcp://[^/\\s]+(/\\S*)?")) {
            throw new IllegalArgumentException(
                    "OPC UA source " + name + ": endpoint is " + endpoint + ", expected opc.tcp://HOST:PORT/PATH");
        }
        if (publishingInterval.toMillis() < 10 || publishingInterval.toMillis() > 60_000) {
            throw new IllegalArgumentException("OPC UA source " + name + ": publishing interval is "
                    + publishingInterval + ", expected 10 ms to 1 min");
        }
        if (samplingInterval.toMillis() < 1 || samplingInterval.compareTo(publishingInterval) > 0) {
            throw new IllegalArgumentException("OPC UA source " + name + ": sampling interval is " + samplingInterval
                    + ", expected 1 ms to the publishing interval, " + publishingInterval);
        }
        if (security != Security.NONE && trustFolder == null) {
            throw new IllegalArgumentException(
                    "OPC UA source " + name + ": security " + security + " needs a trust folder for the certificates");
        }
        items = List.copyOf(items);
        if (items.isEmpty()) {
            throw new IllegalArgumentException("OPC UA source " + name + " has no item, expected at least one");
        }
    }

    /** Unprotected and anonymous, with the default intervals. */
    public static OpcUaSourceSettings of(String name, String endpoint, List<Item> items) {
        return new OpcUaSourceSettings(
                name,
                endpoint,
                Security.NONE,
                null,
                null,
                DEFAULT_PUBLISHING_INTERVAL,
                DEFAULT_SAMPLING_INTERVAL,
                items);
    }

    /** Samples a server keeps for us between two sendings, with as much again for a late one, and 10 to spare. */
    int queueSize() {
        return (int) Math.ceil(2.0 * publishingInterval.toNanos() / samplingInterval.toNanos()) + 10;
    }
}
