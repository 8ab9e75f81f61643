package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.BrokerLink;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.DirectoryLink;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameKeys;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Uplink;
import io.penstock.daemon.uplink.UplinkIntake;
import io.penstock.daemon.uplink.UplinkLink;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The uplink's link and lane. While it is off there is none of this: no key is read, no connection made. */
final class MeteredLink implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(1);

    private final UplinkSettings settings;
    private final @Nullable MqttConnection connection;
    private final UplinkLink link;
    private final Uplink uplink;
    private final Lane lane;

    /**
     * @param wantingRoom has room made where the lane's step finds the disk full
     * @throws ConfigWrong when the key file is not as it must be
     */
    MeteredLink(
            UplinkSettings settings,
            Database database,
            UnaryOperator<Lane.Step> wantingRoom,
            InstantSource clock,
            CompletableFuture<Void> failure)
            throws ConfigWrong, StoreFailed {
        this.settings = settings;
        FrameKey key = sealing(settings);
        switch (settings.link()) {
            case UplinkSettings.Link.Folder(Path folder) -> {
                connection = null;
                link = new DirectoryLink(folder);
            }
            case UplinkSettings.Link.Broker(MqttConnectionSettings to, String topic) -> {
                connection = new MqttConnection(to);
                link = new BrokerLink(connection, to.uri(), topic);
            }
            case UplinkSettings.Link.None() -> throw new IllegalStateException("an uplink without a link");
        }
        uplink = new Uplink(
                database,
                settings,
                new SummaryCodec(Dictionary.shipped()),
                key,
                link,
                Uplink.Orders.beside(database.file()),
                clock);
        lane = new Lane("uplink", wantingRoom.apply(uplink::runOnce), IDLE, failure);
    }

    private static FrameKey sealing(UplinkSettings settings) throws ConfigWrong {
        try {
            return FrameKeys.read(settings.keyFile()).getLast();
        } catch (IOException e) {
            throw new ConfigWrong(settings.keyFile(), List.of("uplink.frame_keys: " + String.valueOf(e.getMessage())));
        }
    }

    /** What changed cases are handed to; null while the uplink is off. */
    static @Nullable UplinkIntake intake(GatewaySettings settings) {
        return settings.uplink().enabled()
                ? new UplinkIntake(
                        settings.assets().stream().map(Asset::id).toList(),
                        Dictionary.shipped(),
                        settings.uplink().bound())
                : null;
    }

    void start() {
        if (connection != null) {
            connection.start();
        }
        lane.start();
    }

    Lane lane() {
        return lane;
    }

    /** Where it leads, and what holds it. */
    String detail() {
        String held = uplink.held();
        return settings.text() + (held.isEmpty() ? "" : "; held: " + held);
    }

    @Override
    public void close() {
        lane.close();
        link.close();
    }
}
