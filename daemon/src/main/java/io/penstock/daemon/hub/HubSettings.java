package io.penstock.daemon.hub;

import io.penstock.daemon.uplink.Tariff;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What {@code hub.toml} says.
 *
 * @param sites folder of {@code SITE.keys} and {@code SITE.toml}
 * @param standard of a site whose file says nothing else
 * @param queue frames that wait for their commit, at most
 * @param batch frames of one commit, at most
 * @param keepFrames age at which a frame is forgotten; what it told of cases, months and counters stays
 * @param keepCases age at which a closed case is forgotten
 */
public record HubSettings(
        StoreAddress store,
        Path sites,
        Standard standard,
        int queue,
        int batch,
        Duration keepFrames,
        Duration keepCases,
        @Nullable Broker mqtt,
        @Nullable Https https,
        @Nullable Folder folder,
        @Nullable Publish publish) {
    /** As {@link io.penstock.daemon.fleet.SiteSettings}. */
    public record Standard(Tariff tariff, int overheadBytes, Duration silentAfter) {}

    /**
     * Frames from a broker.
     *
     * @param topic levels before the site's name
     */
    public record Broker(MqttConnectionSettings connection, String topic) {
        public Broker {
            if (topic.isBlank() || topic.contains("#") || topic.contains("+") || topic.endsWith("/")) {
                throw new IllegalArgumentException(
                        "found \"" + topic + "\", expected the levels before the site's name, without + and #");
            }
        }
    }

    /**
     * Frames posted to {@code /v1/frames/SITE}.
     *
     * @param tls our certificate and key, and who issues the sites' certificates
     * @param concurrent requests at once, at most
     * @param commands folder of {@code SITE/KEY-COUNTER.down}, handed out in the answers; null: none are
     */
    public record Https(
            String host,
            int port,
            MqttTls tls,
            int concurrent,
            @Nullable Path commands) {
        public Https {
            if (tls.certificateFile() == null || tls.trustFile() == null) {
                throw new IllegalArgumentException("expected certificate_file and key_file, which prove who the hub is,"
                        + " and trust_file, the CA that issues the sites' certificates");
            }
        }
    }

    /**
     * Frames as files {@code SITE/NAME.frame}.
     *
     * @param taken where files go that were taken; null: they are deleted
     */
    public record Folder(Path folder, @Nullable Path taken, Duration every) {}

    /** @param root first levels of every topic */
    public record Publish(MqttConnectionSettings connection, String root) {
        public Publish {
            if (root.isBlank() || root.contains("#") || root.contains("+") || root.startsWith("$")) {
                throw new IllegalArgumentException(
                        "found \"" + root + "\", expected levels of a topic without + and #");
            }
        }
    }

    public HubSettings {
        if (mqtt == null && https == null && folder == null) {
            throw new IllegalArgumentException(
                    "there is no way in; set at least one of [mqtt] broker, [https] listen, [folder] path");
        }
    }

    boolean publishes() {
        return publish != null;
    }
}
