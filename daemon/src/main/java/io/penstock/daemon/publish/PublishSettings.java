package io.penstock.daemon.publish;

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
        int mostAnomalies) {
    public static final int MOST_ANOMALIES = 120;

    /** With anomaly events. */
    public PublishSettings(
            @Nullable String broker,
            String clientId,
            @Nullable String user,
            @Nullable String passwordFile,
            String root,
            String site,
            boolean simulated) {
        this(broker, clientId, user, passwordFile, root, site, simulated, true, MOST_ANOMALIES);
    }

    /** Published nowhere. */
    public PublishSettings withoutBroker() {
        return new PublishSettings(null, clientId, null, null, root, site, simulated, anomalies, mostAnomalies);
    }
}
