package io.penstock.daemon.publish;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import io.penstock.sensors.mqtt.MqttVersion;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The {@code [publish]} table, with what every message says of the site.
 *
 * @param broker uri of the broker that SCADA listens to; null switches publishing off
 * @param clientId MQTT client id, unique at that broker
 * @param user where the broker asks for one
 * @param passwordFile file that holds the password, never the password itself
 * @param root first levels of every topic
 * @param site ISA-95 site
 * @param simulated true when the plant is simulated: every message says so
 * @param anomalies whether every finding's beginning is an event of its own
 * @param mostAnomalies such events of a channel in one minute of source time, at most; further ones are counted
 * @param version the MQTT that is spoken
 * @param tls who is trusted at an {@code ssl://} broker, and who we are
 */
public record PublishSettings(
        @Nullable String broker,
        String clientId,
        @Nullable String user,
        @Nullable String passwordFile,
        String root,
        String site,
        boolean simulated,
        boolean anomalies,
        int mostAnomalies,
        MqttVersion version,
        MqttTls tls) {
    public static final int MOST_ANOMALIES = 120;

    /** With anomaly events, by the protocol the broker speaks, without TLS of our own. */
    public PublishSettings(
            @Nullable String broker,
            String clientId,
            @Nullable String user,
            @Nullable String passwordFile,
            String root,
            String site,
            boolean simulated) {
        this(
                broker,
                clientId,
                user,
                passwordFile,
                root,
                site,
                simulated,
                true,
                MOST_ANOMALIES,
                MqttVersion.AUTO,
                MqttTls.DEFAULT);
    }

    /** How to reach the broker; null when publishing is off. */
    public @Nullable MqttConnectionSettings connection() {
        if (broker == null) {
            return null;
        }
        return MqttConnectionSettings.of(broker, clientId)
                .withVersion(version)
                .withTls(tls)
                .withCredentials(
                        user == null || passwordFile == null
                                ? null
                                : new MqttConnectionSettings.Credentials(user, Path.of(passwordFile)));
    }

    /** Published nowhere. */
    public PublishSettings withoutBroker() {
        return new PublishSettings(
                null, clientId, null, null, root, site, simulated, anomalies, mostAnomalies, version, tls);
    }
}
