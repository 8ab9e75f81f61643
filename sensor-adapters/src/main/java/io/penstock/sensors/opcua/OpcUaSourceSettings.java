package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What to read from one OPC UA server.
 *
 * @param name unique in a gateway
 * @param browseEvery how often path patterns are looked up again while the connection stands
 * @param groups at least one
 */
public record OpcUaSourceSettings(String name, OpcUaAccess access, Duration browseEvery, List<Group> groups) {
    public static final Duration DEFAULT_PUBLISHING_INTERVAL = Duration.ofMillis(250);
    public static final Duration DEFAULT_SAMPLING_INTERVAL = Duration.ofMillis(100);
    public static final Duration DEFAULT_WATCHDOG = Duration.ofSeconds(4);
    public static final Duration DEFAULT_BROWSE_EVERY = Duration.ofMinutes(5);
    public static final int DEFAULT_MOST = 1_000;
    static final int MOST_ITEMS = 20_000;

    /**
     * One subscription.
     *
     * @param name unique in a source
     * @param publishingInterval how often the server sends what it sampled, 10 ms to 1 min
     * @param watchdog after so long without data or a sign of life the connection is made anew; at least four
     *     publishing intervals
     * @param items nodes and path patterns, at least one
     */
    public record Group(String name, Duration publishingInterval, Duration watchdog, List<Item> items) {
        public Group {
            if (publishingInterval.toMillis() < 10 || publishingInterval.toMillis() > 60_000) {
                throw new IllegalArgumentException("group '" + name + "': publishing interval is " + publishingInterval
                        + ", expected 10 ms to 1 min");
            }
            if (watchdog.compareTo(publishingInterval.multipliedBy(4)) < 0
                    || watchdog.toMillis() < 1_000
                    || watchdog.toHours() >= 1) {
                throw new IllegalArgumentException("group '" + name + "': watchdog is " + watchdog
                        + ", expected 1 s to 1 h and at least four publishing intervals, "
                        + publishingInterval.multipliedBy(4));
            }
            items = List.copyOf(items);
            if (items.isEmpty()) {
                throw new IllegalArgumentException("group '" + name + "' has no item, expected at least one");
            }
            for (Item item : items) {
                if (item.sampling().every().compareTo(publishingInterval) > 0) {
                    throw new IllegalArgumentException("group '" + name + "': sampling interval of " + item.where()
                            + " is " + item.sampling().every() + ", expected 1 ms to the publishing interval, "
                            + publishingInterval);
                }
            }
        }

        /** The least watchdog that is neither nervous nor slow for a publishing interval. */
        public static Duration watchdogFor(Duration publishingInterval) {
            Duration four = publishingInterval.multipliedBy(4);
            return four.compareTo(DEFAULT_WATCHDOG) > 0 ? four : DEFAULT_WATCHDOG;
        }

        /** Samples a server keeps for us: twice what fits between two sendings, and 10 to spare, unless configured. */
        int queueSize(Sampling sampling) {
            return sampling.queue() > 0
                    ? sampling.queue()
                    : (int) Math.ceil(2.0
                                    * publishingInterval.toNanos()
                                    / sampling.every().toNanos())
                            + 10;
        }
    }

    /** What the server leaves out because it changed too little. */
    public enum DeadbandKind {
        /** In the channel's unit. */
        ABSOLUTE,
        /** Of the node's EURange, which it must have. */
        PERCENT
    }

    /**
     * @param every how often the server looks at the value
     * @param queue values the server keeps between two sendings; 0 is reckoned from the intervals
     * @param deadband smallest change that is sent; 0 sends every new sample, changed or not
     */
    public record Sampling(Duration every, int queue, DeadbandKind kind, double deadband) {
        public static final Sampling DEFAULT = new Sampling(DEFAULT_SAMPLING_INTERVAL, 0, DeadbandKind.ABSOLUTE, 0);

        public Sampling {
            if (every.toMillis() < 1) {
                throw new IllegalArgumentException("sampling interval is " + every + ", expected at least 1 ms");
            }
            if (queue < 0 || queue > 100_000) {
                throw new IllegalArgumentException("queue is " + queue + ", expected 0 to 100000");
            }
            double most = kind == DeadbandKind.PERCENT ? 100 : Double.MAX_VALUE;
            if (!(deadband >= 0 && deadband <= most)) {
                throw new IllegalArgumentException("deadband is " + deadband + ", expected 0 or more"
                        + (kind == DeadbandKind.PERCENT ? " and at most 100 %" : ""));
            }
        }
    }

    /** What a node's value holds. */
    public sealed interface Content {
        /** A single number. */
        record Number() implements Content {}

        /** An array of samples. */
        record Samples(double rateHz) implements Content {
            public Samples {
                checkRate(rateHz);
            }
        }

        /**
         * A structure with the samples in one of its fields.
         *
         * @param rateField its sample rate in Hz; empty for none, then rateHz is needed
         * @param timeField its time of the first sample, a DateTime; empty for none, then the value's source time counts
         * @param rateHz null for the structure's own
         */
        record Structure(
                String samplesField,
                String rateField,
                String timeField,
                @Nullable Double rateHz) implements Content {
            public Structure {
                if (samplesField.isBlank()) {
                    throw new IllegalArgumentException("samples_field is empty, expected a field's name");
                }
                if (rateField.isBlank() && rateHz == null) {
                    throw new IllegalArgumentException("a structure without a rate_field needs rate_hz, found neither");
                }
                if (rateHz != null) {
                    checkRate(rateHz);
                }
            }
        }

        Content NUMBER = new Number();

        private static void checkRate(double rateHz) {
            if (!(rateHz > 0 && Double.isFinite(rateHz))) {
                throw new IllegalArgumentException("sample rate is " + rateHz + " Hz, expected above 0");
            }
        }
    }

    /** What feeds one channel, or several. */
    public sealed interface Item {
        Sampling sampling();

        Content content();

        /** Node or path, for messages. */
        String where();
    }

    /**
     * A variable node and the channel it feeds.
     *
     * @param nodeId {@code nsu=NAMESPACE-URI;s=NAME}, or {@code ns=2;s=NAME} where the index will not change
     */
    public record Node(String nodeId, ChannelId channel, Sampling sampling, Content content) implements Item {
        private static final Pattern NODE_ID = Pattern.compile("(nsu=[^;]+;|ns=\\d+;)?[isgb]=.+");

        public Node {
            if (!NODE_ID.matcher(nodeId).matches()) {
                throw new IllegalArgumentException(
                        "node id is " + nodeId + ", expected nsu=NAMESPACE-URI;s=NAME or ns=2;s=NAME");
            }
        }

        /** A single number without a deadband. */
        public static Node of(String nodeId, ChannelId channel) {
            return new Node(nodeId, channel, Sampling.DEFAULT, Content.NUMBER);
        }

        @Override
        public String where() {
            return nodeId;
        }
    }

    /**
     * All variables whose browse path fits.
     *
     * @param most matches that are read; further ones are counted and said
     */
    public record Matching(PathPattern path, int most, Sampling sampling, Content content) implements Item {
        public Matching {
            if (most < 1 || most > MOST_ITEMS) {
                throw new IllegalArgumentException(
                        "most is " + most + " for " + path.text() + ", expected 1 to " + MOST_ITEMS);
            }
        }

        @Override
        public String where() {
            return path.text();
        }
    }

    public OpcUaSourceSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an OPC UA source needs a name");
        }
        if (browseEvery.toMillis() < 1_000) {
            throw new IllegalArgumentException(
                    "OPC UA source " + name + ": browse interval is " + browseEvery + ", expected at least 1 s");
        }
        groups = List.copyOf(groups);
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("OPC UA source " + name + " has no item, expected at least one");
        }
        if (groups.stream().map(Group::name).distinct().count() < groups.size()) {
            throw new IllegalArgumentException("OPC UA source " + name + ": two groups have the same name");
        }
        long items = groups.stream().mapToLong(group -> group.items().size()).sum();
        if (items > MOST_ITEMS) {
            throw new IllegalArgumentException(
                    "OPC UA source " + name + " has " + items + " items, expected at most " + MOST_ITEMS);
        }
    }

    /** Unprotected and anonymous, one group with the default intervals. */
    public static OpcUaSourceSettings of(String name, String endpoint, List<? extends Item> items) {
        return new OpcUaSourceSettings(
                name,
                OpcUaAccess.of(endpoint),
                DEFAULT_BROWSE_EVERY,
                List.of(new Group("", DEFAULT_PUBLISHING_INTERVAL, DEFAULT_WATCHDOG, List.copyOf(items))));
    }
}
