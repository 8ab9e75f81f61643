package io.penstock.daemon;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.fleet.FleetMessages;
import io.penstock.daemon.hub.ArrivalQueue;
import io.penstock.daemon.hub.BrokerDoor;
import io.penstock.daemon.hub.CommandSpool;
import io.penstock.daemon.hub.FolderDoor;
import io.penstock.daemon.hub.HttpsDoor;
import io.penstock.daemon.hub.HubDatabase;
import io.penstock.daemon.hub.HubSettings;
import io.penstock.daemon.hub.Intake;
import io.penstock.daemon.hub.Republisher;
import io.penstock.daemon.hub.SilenceWatch;
import io.penstock.daemon.hub.SitesFolder;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.sensors.mqtt.MqttConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Composes a hub: store first, then sites, intake, what is published, and the ways in last. Closes in reverse: nothing comes in any more,
 * what was taken is saved, what still waits was not answered and comes again, and the store closes last.
 */
public final class Hub implements Attended {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
    private static final Duration LOOK_AT_SITES = Duration.ofSeconds(10);
    private static final Duration PUBLISH_IDLE = Duration.ofSeconds(2);
    private static final Duration SILENCE_EVERY = Duration.ofSeconds(10);

    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final ArrivalQueue queue;
    private final @Nullable CommandSpool commands;
    private final Intake intake;
    private final Lane intakeLane;
    private @Nullable HttpsDoor https;
    private @Nullable BrokerDoor broker;

    private Hub(HubSettings settings, SitesFolder sites, InstantSource clock) {
        queue = new ArrivalQueue(settings.queue());
        HubDatabase database = HubDatabase.of(settings.store());
        parts.push(database);
        List<Lane> told = new ArrayList<>();
        commands = commands(settings, clock);
        intake = new Intake(
                database,
                settings,
                queue,
                sites::sites,
                receipt -> {
                    if (commands != null) {
                        commands.take(receipt);
                    }
                },
                () -> told.forEach(Lane::wake),
                clock);
        intakeLane = new Lane("hub-intake", intake::runOnce, Duration.ZERO, failure);
        HubSettings.Publish publish = settings.publish();
        if (publish != null) {
            told.add(publishing(publish, database, sites, clock));
        }
        parts.push(this::closeIntake);
        Lane looking = new Lane("hub-sites", () -> look(sites), LOOK_AT_SITES, failure);
        parts.push(looking);
        looking.start();
    }

    /**
     * @throws ConfigWrong when the file is not as it must be, or its certificates are not
     * @throws StoreFailed when the store cannot be opened, or another hub writes into it
     */
    public static Hub start(Path config, InstantSource clock) throws ConfigWrong, StoreFailed, IOException {
        HubSettings settings = HubFile.read(config);
        SitesFolder sites = new SitesFolder(
                settings.sites(), (site, keys, more) -> HubFile.site(settings.standard(), site, keys, more));
        try {
            sites.look();
        } catch (IOException e) {
            throw new ConfigWrong(
                    config,
                    List.of("sites: read " + settings.sites() + ": " + e
                            + "; make the folder, a SITE.keys in it for each site"));
        }
        LOG.info(
                "{} sites, {} of them wrong",
                sites.sites().size(),
                sites.wrong().size());
        Hub hub = new Hub(settings, sites, clock);
        try {
            hub.intake.open();
            hub.intakeLane.start();
            hub.openDoors(config, settings);
            return hub;
        } catch (ConfigWrong | StoreFailed | RuntimeException e) {
            hub.closeAfter(e);
            throw e;
        }
    }

    private Lane publishing(HubSettings.Publish publish, HubDatabase database, SitesFolder sites, InstantSource clock) {
        MqttConnection connection = new MqttConnection(publish.connection());
        FleetMessages messages = new FleetMessages(publish.root());
        Republisher republisher = new Republisher(database, connection, messages);
        SilenceWatch silence = new SilenceWatch(intake::heard, sites::sites, connection, messages, clock);
        Lane publishing = new Lane("hub-publish", republisher::runOnce, PUBLISH_IDLE, failure);
        Lane watching = new Lane("hub-silence", silence::runOnce, SILENCE_EVERY, failure);
        parts.push(connection);
        parts.push(publishing);
        parts.push(watching);
        connection.start();
        publishing.start();
        watching.start();
        return publishing;
    }

    private void openDoors(Path config, HubSettings settings) throws ConfigWrong {
        HubSettings.Folder folder = settings.folder();
        if (folder != null) {
            FolderDoor door = new FolderDoor(folder, queue);
            Lane lane = new Lane("hub-folder", door::runOnce, folder.every(), failure);
            parts.push(lane);
            lane.start();
        }
        HubSettings.Broker from = settings.mqtt();
        if (from != null) {
            BrokerDoor door = new BrokerDoor(from, queue);
            broker = door;
            parts.push(door);
            door.start();
        }
        HubSettings.Https secure = settings.https();
        if (secure != null) {
            try {
                HttpsDoor door =
                        new HttpsDoor(secure, queue, site -> commands == null ? new byte[0] : commands.due(site));
                https = door;
                parts.push(door);
                door.start();
            } catch (IOException e) {
                throw new ConfigWrong(
                        config,
                        List.of("https: listen at " + secure.host() + ":" + secure.port() + ": " + e.getMessage()));
            }
        }
    }

    private static @Nullable CommandSpool commands(HubSettings settings, InstantSource clock) {
        HubSettings.Https https = settings.https();
        Path folder = https == null ? null : https.commands();
        return folder == null ? null : new CommandSpool(folder, clock);
    }

    private static boolean look(SitesFolder sites) {
        try {
            if (sites.look()) {
                LOG.info(
                        "{} sites, {} of them wrong",
                        sites.sites().size(),
                        sites.wrong().size());
            }
        } catch (IOException e) {
            LOG.warn("read the sites' folder: {}; what was known stays", e.toString());
        }
        return false;
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }

    @Override
    public boolean alive(Duration within) {
        return intakeLane.sinceLastTurn().compareTo(within) < 0;
    }

    @Override
    public String text() {
        String trouble = intakeLane.trouble();
        BrokerDoor from = broker;
        return intake.taken() + " frames taken, " + queue.depth() + " wait"
                + (from == null ? "" : "; frames from " + from.detail())
                + (trouble.isEmpty() ? "" : "; " + trouble);
    }

    /** The port of the HTTPS door, where there is one. */
    public int httpsPort() {
        HttpsDoor door = https;
        return door == null ? 0 : door.port();
    }

    /** Whether frames of a broker would come in; true where there is none. */
    public boolean isListening() {
        BrokerDoor from = broker;
        return from == null || from.isListening();
    }

    private void closeIntake() throws StoreFailed {
        intakeLane.close();
        intake.save();
    }

    private void closeAfter(Exception cause) {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        IllegalStateException failed = new IllegalStateException("the hub did not close in order");
        closeAfter(failed);
        for (Throwable each : failed.getSuppressed()) {
            LOG.error("closing the hub: {}", each.toString());
        }
    }
}
