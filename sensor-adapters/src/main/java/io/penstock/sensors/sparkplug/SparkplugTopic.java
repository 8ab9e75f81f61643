package io.penstock.sensors.sparkplug;

import org.jspecify.annotations.Nullable;

/**
 * {@code spBv1.0/GROUP/TYPE/NODE} or {@code spBv1.0/GROUP/TYPE/NODE/DEVICE}.
 *
 * @param device empty for a message of the node itself
 */
record SparkplugTopic(Type type, String group, String node, String device) {
    static final String ROOT = "spBv1.0";

    enum Type {
        NBIRTH,
        NDATA,
        NDEATH,
        DBIRTH,
        DDATA,
        DDEATH
    }

    /** @return null for a topic of no such form and for commands, which are for others */
    static @Nullable SparkplugTopic parse(String topic) {
        String[] levels = topic.split("/", -1);
        if (levels.length < 4 || levels.length > 5 || !levels[0].equals(ROOT)) {
            return null;
        }
        for (Type type : Type.values()) {
            if (type.name().equals(levels[2]) && levels.length == (type.name().startsWith("D") ? 5 : 4)) {
                return new SparkplugTopic(type, levels[1], levels[3], levels.length == 5 ? levels[4] : "");
            }
        }
        return null;
    }

    String edgeNode() {
        return group + "/" + node;
    }
}
