package io.penstock.sensors.mqtt.payload;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an MQTT 5 message says of itself beside its payload.
 *
 * @param contentType empty where it says none
 * @param user user properties in their order; of a repeated name the first counts
 */
public record MessageProperties(String contentType, List<Property> user) {
    /** Of a message without any, and of every MQTT 3.1.1 message. */
    public static final MessageProperties NONE = new MessageProperties("", List.of());

    public record Property(String name, String value) {}

    public MessageProperties {
        user = List.copyOf(user);
    }

    /** @return null where there is none of this name */
    @Nullable
    String user(String name) {
        for (Property property : user) {
            if (property.name().equals(name)) {
                return property.value();
            }
        }
        return null;
    }
}
