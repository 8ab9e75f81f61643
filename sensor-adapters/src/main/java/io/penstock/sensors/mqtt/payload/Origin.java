package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.RejectReason;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where a message came from: what its topic says, and the units of what it carries. One for each topic; thread-safe. */
public final class Origin {
    private final String asset;
    private final @Nullable ChannelId channel;
    private final ChannelUnits units;
    private final Map<String, Target> configured = new ConcurrentHashMap<>();
    private volatile @Nullable Target whole;

    /** A channel and how its values are converted where the message names no unit. */
    record Target(ChannelId channel, UnitConversion conversion) {}

    /** @param channel null where the topic names none */
    public Origin(String asset, @Nullable ChannelId channel, ChannelUnits units) {
        this.asset = asset;
        this.channel = channel;
        this.units = units;
    }

    /** A topic that names a channel, whose values are kept as they come. */
    public static Origin of(ChannelId channel) {
        return new Origin(channel.asset(), channel, ChannelUnits.NONE);
    }

    boolean namesChannel() {
        return channel != null;
    }

    /** The topic's channel. */
    Target target() throws UnusablePayload {
        Target known = whole;
        if (known != null) {
            return known;
        }
        ChannelId named = topicChannel();
        Target found = new Target(named, units.conversion(named, null));
        whole = found;
        return found;
    }

    /** The topic's channel, whose message may name a unit. */
    Target target(@Nullable String messageUnit) throws UnusablePayload {
        if (messageUnit == null) {
            return target();
        }
        ChannelId named = topicChannel();
        return new Target(named, units.conversion(named, messageUnit));
    }

    private ChannelId topicChannel() throws UnusablePayload {
        if (channel == null) {
            throw new UnusablePayload(RejectReason.TOPIC, "the topic names no channel, and neither does the message");
        }
        return channel;
    }

    /** A channel that the configuration names; remembered, so only for names that are few. */
    Target configured(String name) throws UnusablePayload {
        Target known = configured.get(name);
        if (known == null) {
            known = named(name, null);
            configured.put(name, known);
        }
        return known;
    }

    /** A channel that the message names. */
    Target named(String name, @Nullable String messageUnit) throws UnusablePayload {
        ChannelId id;
        try {
            id = new ChannelId(asset, name);
        } catch (IllegalArgumentException e) {
            throw new UnusablePayload(
                    RejectReason.TOPIC, "found the name " + PlantText.quoted(name) + ": " + e.getMessage());
        }
        return new Target(id, units.conversion(id, messageUnit));
    }
}
