package io.penstock.sensors.sparkplug;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.reading.ChannelId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which edge nodes of one broker are listened to, and which channels their metrics are.
 *
 * @param name unique in a gateway
 * @param connection its session is clean, whatever it says: births and data are QoS 0, and a backlog would be old state
 * @param nodes {@code GROUP/NODE}, each part may be {@code +}
 * @param metrics a metric is the first that fits it; one that fits none is not read
 * @param rebirth whether a node whose state is not known is asked for its births
 */
public record SparkplugSettings(
        String name, MqttConnectionSettings connection, List<String> nodes, List<Mapping> metrics, boolean rebirth) {

    /**
     * The template is over {@code GROUP/NODE/DEVICE/METRIC}; of a node's own metric the device is empty, and a slash in
     * a metric's name is written as a dot: {@code plant/+/{asset}/{channel}}.
     *
     * @param expectedUnit what the metric's property {@code engUnit} must say, where it says anything; null: not looked at
     */
    public record Mapping(TopicTemplate template, @Nullable String expectedUnit) {
        public Mapping {
            if (!template.namesChannel()) {
                throw new IllegalArgumentException("path " + template.template()
                        + " names no channel; give it the part {channel}, or the key channel");
            }
        }
    }

    /** A channel, and the unit it has to come in. */
    record Named(ChannelId channel, @Nullable String expectedUnit) {}

    public SparkplugSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a Sparkplug source needs a name");
        }
        nodes = List.copyOf(nodes);
        metrics = List.copyOf(metrics);
        for (String node : nodes) {
            if (!node.matches("[^/#]+/[^/#]+")) {
                throw new IllegalArgumentException("edge node is " + node + ", expected GROUP/NODE, such as plant/+");
            }
        }
        if (nodes.isEmpty() || metrics.isEmpty()) {
            throw new IllegalArgumentException("Sparkplug source " + name + " has " + nodes.size() + " edge nodes and "
                    + metrics.size() + " metrics to read, expected at least one of each");
        }
        connection = connection.withSessionExpiry(Duration.ZERO).withSubscribeQos(1);
    }

    List<String> filters() {
        return nodes.stream()
                .map(n -> SparkplugTopic.ROOT + "/" + n.replace("/", "/+/") + "/#")
                .toList();
    }

    @Nullable
    Named named(String group, String node, String device, String metric) {
        String path = group + "/" + node + "/" + device + "/" + metric.replace('/', '.');
        for (Mapping mapping : metrics) {
            if (mapping.template().match(path) instanceof TopicTemplate.Match.Named(String asset, ChannelId channel)) {
                return new Named(channel, mapping.expectedUnit());
            }
        }
        return null;
    }
}
