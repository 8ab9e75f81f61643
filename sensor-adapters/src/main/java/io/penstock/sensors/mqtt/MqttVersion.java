package io.penstock.sensors.mqtt;

/** Which protocol a connection speaks. */
public enum MqttVersion {
    /** MQTT 5, and 3.1.1 from the moment a broker says that it does not speak 5. */
    AUTO,
    V5,
    V3_1_1
}
