package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.RejectReason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which units come and which are kept. A message's own unit counts before a configured one; where neither is known, or
 * the channel has none, values are kept as they come. Thread-safe; each pair of units is reckoned once.
 */
public final class ChannelUnits {
    /** Every value is kept as it comes. */
    public static final ChannelUnits NONE = new ChannelUnits(Map.of(), null, null, Map.of());

    // units come from outside: a plant has some tens
    private static final int MOST_PAIRS = 1_000;

    private record Units(String from, String to) {}

    private final Map<ChannelId, String> channels;
    private final @Nullable String expected;
    private final @Nullable String sent;
    private final Map<String, String> sentByChannel;
    private final Map<Units, Optional<UnitConversion>> conversions = new ConcurrentHashMap<>();

    /**
     * @param channels units as in the asset files; 1, which also stands for a unit nobody wrote there, is none
     * @param expected the unit to keep, whatever the asset files say
     * @param sent the unit of values whose message says none
     * @param sentByChannel the same for one channel, before {@code sent}
     */
    public ChannelUnits(
            Map<ChannelId, String> channels,
            @Nullable String expected,
            @Nullable String sent,
            Map<String, String> sentByChannel) {
        this.channels = Map.copyOf(channels);
        this.expected = expected;
        this.sent = sent;
        this.sentByChannel = Map.copyOf(sentByChannel);
    }

    /** By its settings, not by what was reckoned so far: a source whose configuration says the same goes on undisturbed. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChannelUnits units && units.settings().equals(settings());
    }

    @Override
    public int hashCode() {
        return settings().hashCode();
    }

    private List<@Nullable Object> settings() {
        return Arrays.asList(channels, expected, sent, sentByChannel);
    }

    /** @param messageUnit as the message says it; null where it says none */
    UnitConversion conversion(ChannelId channel, @Nullable String messageUnit) throws UnusablePayload {
        String from = messageUnit != null ? messageUnit : sentByChannel.getOrDefault(channel.channel(), orEmpty(sent));
        String to = expected != null ? expected : channels.getOrDefault(channel, "1");
        if (from.equals(to) || (messageUnit == null && from.isEmpty()) || (expected == null && to.equals("1"))) {
            return UnitConversion.NONE;
        }
        Optional<UnitConversion> conversion = conversion(new Units(from, to));
        if (conversion.isEmpty()) {
            throw new UnusablePayload(
                    RejectReason.UNIT,
                    "unit is " + PlantText.quoted(from) + ", expected '" + to + "' or one that converts to it");
        }
        return conversion.get();
    }

    private Optional<UnitConversion> conversion(Units units) {
        Optional<UnitConversion> known = conversions.get(units);
        if (known != null) {
            return known;
        }
        if (conversions.size() >= MOST_PAIRS || units.from().length() > MOST_PAIRS) {
            return Optional.empty();
        }
        Optional<UnitConversion> found = Ucum.conversion(units.from(), units.to());
        conversions.put(units, found);
        return found;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
