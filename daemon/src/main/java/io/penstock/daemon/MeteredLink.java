package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.BrokerLink;
import io.penstock.daemon.uplink.CommandKey;
import io.penstock.daemon.uplink.CommandSigner;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.DirectoryLink;
import io.penstock.daemon.uplink.Downlink;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameKeys;
import io.penstock.daemon.uplink.HttpsLink;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Uplink;
import io.penstock.daemon.uplink.UplinkIntake;
import io.penstock.daemon.uplink.UplinkLink;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.uplink.modem.ModemLine;
import io.penstock.daemon.uplink.modem.ModemLink;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The uplink's link and lane. While it is off there is none of this: no key is read, no connection made. */
final class MeteredLink implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(1);
    /** A session of a modem may take minutes; the daemon does not wait for it. */
    private static final Duration LAST_EXCHANGE = Duration.ofSeconds(10);

    private final UplinkSettings settings;
    private final UplinkLink link;
    private final NodeReports reports;
    private final RemoteConfig deltas;
    private final Uplink uplink;
    private final Lane lane;

    /**
     * @param status how the gateway is, for its reports; asked from {@link #start} on
     * @param wantingRoom has room made where the lane's step finds the disk full
     * @throws ConfigWrong when a key file is not as it must be
     */
    MeteredLink(
            GatewaySettings gateway,
            Database database,
            Supplier<GatewayStatus> status,
            UnaryOperator<Lane.Step> wantingRoom,
            InstantSource clock,
            CompletableFuture<Void> failure)
            throws ConfigWrong, StoreFailed {
        settings = gateway.uplink();
        FrameKey key = sealing(settings);
        List<String> assets = gateway.assets().stream().map(Asset::id).toList();
        deltas = new RemoteConfig(database.file());
        Downlink downlink = downlink(
                settings,
                database,
                new Downlink.Site(
                        gateway.publish().site(),
                        assets,
                        settings.bound(),
                        settings.commands().mostPercent()),
                deltas);
        link = link(settings);
        reports = new NodeReports(database, assets, settings.health(), settings.bound(), status, clock);
        uplink = new Uplink(
                database,
                settings,
                new SummaryCodec(Dictionary.shipped()),
                key,
                link,
                downlink,
                Uplink.Orders.beside(database.file()),
                clock);
        downlink.settle(Instant.EPOCH.plusMillis(clock.millis()));
        lane = new Lane("uplink", wantingRoom.apply(this::runOnce), IDLE, failure);
    }

    private boolean runOnce() throws StoreFailed {
        reports.runOnce();
        deltas.look();
        return uplink.runOnce();
    }

    /** The list of links: a new one is a line here. */
    private static UplinkLink link(UplinkSettings settings) {
        boolean listens = settings.commands().keyFile() != null;
        return switch (settings.link()) {
            case UplinkSettings.Link.Folder(Path folder) -> new DirectoryLink(folder, listens);
            case UplinkSettings.Link.Broker(MqttConnectionSettings to, String topic) ->
                new BrokerLink(to, topic, listens);
            case UplinkSettings.Link.Https(URI to, MqttTls tls) -> new HttpsLink(to, tls, listens);
            case UplinkSettings.Link.Modem(String at, int baud, int signal) ->
                new ModemLink(at, () -> ModemLine.open(at, baud), signal, listens);
            case UplinkSettings.Link.None() -> throw new IllegalStateException("an uplink without a link");
        };
    }

    private static FrameKey sealing(UplinkSettings settings) throws ConfigWrong {
        try {
            return FrameKeys.read(settings.keyFile()).getLast();
        } catch (IOException e) {
            throw new ConfigWrong(settings.keyFile(), List.of("uplink.frame_keys: " + String.valueOf(e.getMessage())));
        }
    }

    private static Downlink downlink(
            UplinkSettings settings, Database database, Downlink.Site site, RemoteConfig deltas) throws ConfigWrong {
        Path file = settings.commands().keyFile();
        Path signerFile = settings.commands().signerFile();
        if (file == null) {
            return new Downlink(database, Map.of(), site, Optional.empty(), deltas);
        }
        try {
            CommandKey.checked(settings);
            Optional<PublicKey> signer =
                    signerFile == null ? Optional.empty() : Optional.of(CommandSigner.publicKey(signerFile));
            return new Downlink(database, CommandKey.read(file), site, signer, deltas);
        } catch (IOException e) {
            throw new ConfigWrong(file, List.of("uplink.command_keys: " + String.valueOf(e.getMessage())));
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
        CountDownLatch ended = new CountDownLatch(1);
        Thread.ofVirtual().name("uplink-close").start(() -> {
            if (!within(ended)) {
                link.close();
            }
        });
        lane.close();
        ended.countDown();
        link.close();
    }

    private static boolean within(CountDownLatch ended) {
        try {
            return ended.await(LAST_EXCHANGE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
