package io.penstock.sensors.mqtt;

import io.penstock.sensors.mqtt.payload.ChannelUnits;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import java.util.List;

/**
 * What to read from one broker.
 *
 * @param name unique in a gateway
 * @param subscriptions at least one; a topic is read as the first that fits it says, so the special ones (a waveform
 *     on {@code plant/{asset}/vibration_de}) come before the general one
 * @param largestPayloadBytes larger payloads are rejected
 */
public record MqttSourceSettings(
        String name, MqttConnectionSettings connection, List<Subscription> subscriptions, int largestPayloadBytes) {

    /**
     * Topics and what they mean.
     *
     * @param topicFilter what the broker is asked for, such as {@code plant/+/+} or {@code $share/group/plant/#}
     * @param template which channel a topic names, unless the format names channels
     * @param units units of what comes and of what is kept
     */
    public record Subscription(String topicFilter, TopicTemplate template, PayloadFormat format, ChannelUnits units) {
        public Subscription {
            if (topicFilter.isBlank() || topicFilter.length() > 1000) {
                throw new IllegalArgumentException(
                        "topic filter has " + topicFilter.length() + " characters, expected 1 to 1000");
            }
            if (!template.namesChannel() && !format.namesChannels()) {
                throw new IllegalArgumentException(
                        "topic template " + template.template()
                                + " names no channel and neither does the payload, expected {channel} in it or a fixed channel");
            }
        }

        /** Values are kept as they come. */
        public Subscription(String topicFilter, TopicTemplate template, PayloadFormat format) {
            this(topicFilter, template, format, ChannelUnits.NONE);
        }

        /** The broker is asked for just the topics that fit the template. */
        public static Subscription of(String template, PayloadFormat format) {
            TopicTemplate parsed = TopicTemplate.of(template);
            return new Subscription(parsed.filter(), parsed, format);
        }
    }

    public MqttSourceSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an MQTT source needs a name");
        }
        subscriptions = List.copyOf(subscriptions);
        if (subscriptions.isEmpty()) {
            throw new IllegalArgumentException("MQTT source " + name + " has no subscription, expected at least one");
        }
        if (largestPayloadBytes < 1 || largestPayloadBytes >= connection.largestPacketBytes()) {
            throw new IllegalArgumentException("MQTT source " + name + ": largest payload is " + largestPayloadBytes
                    + " bytes, expected 1 to less than the largest packet, " + connection.largestPacketBytes());
        }
    }

    public MqttSourceSettings(String name, MqttConnectionSettings connection, List<Subscription> subscriptions) {
        this(name, connection, subscriptions, PayloadFormat.DEFAULT_LARGEST_BYTES);
    }

    /** What the broker is asked for: without filters that others cover, for it may send a message once for each. */
    List<String> filters() {
        List<String> all =
                subscriptions.stream().map(Subscription::topicFilter).distinct().toList();
        return all.stream()
                .filter(one -> all.stream().noneMatch(other -> !other.equals(one) && covers(other, one)))
                .toList();
    }

    /** Whether every topic of the narrow filter fits the wide one. */
    static boolean covers(String wide, String narrow) {
        if (wide.startsWith("$") || narrow.startsWith("$")) {
            String group = group(wide);
            // each group gets each message once: what another group or nobody's share is asked for comes besides
            return wide.equals(narrow)
                    || (!group.isEmpty()
                            && group.equals(group(narrow))
                            && covers(wide.substring(group.length()), narrow.substring(group.length())));
        }
        String[] outer = wide.split("/", -1);
        String[] inner = narrow.split("/", -1);
        for (int i = 0; i < outer.length; i++) {
            if (outer[i].equals("#")) {
                return true;
            }
            if (i >= inner.length || inner[i].equals("#") || !(outer[i].equals("+") || outer[i].equals(inner[i]))) {
                return false;
            }
        }
        return outer.length == inner.length;
    }

    /** {@code $share/GROUP/} of a shared subscription, else empty. */
    private static String group(String filter) {
        int end = filter.startsWith("$share/") ? filter.indexOf('/', "$share/".length()) : -1;
        return filter.substring(0, end + 1);
    }
}
