package io.penstock.sensors.mqtt;

/** The broker does not speak the version of MQTT it was asked for: another one may do. */
final class VersionRefused extends LinkDown {
    private static final long serialVersionUID = 1L;

    VersionRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
