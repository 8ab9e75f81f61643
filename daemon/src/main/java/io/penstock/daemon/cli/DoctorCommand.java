package io.penstock.daemon.cli;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import io.penstock.daemon.health.StatusSocket;
import io.penstock.daemon.route.Calibration;
import io.penstock.daemon.route.Mode;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.daemon.uplink.CommandKey;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.uplink.modem.ModemLine;
import io.penstock.daemon.uplink.modem.ModemLink;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.MqttTls;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.reading.MachineClock;
import io.penstock.sensors.sparkplug.SparkplugSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code penstock doctor}: each missing thing with its cure. */
@Command(name = "doctor", description = "Looks at everything the daemon needs; names each missing thing and its cure.")
final class DoctorCommand implements Callable<Integer> {
    private static final int CONNECT_MILLIS = 3_000;
    /** What systemd-timesyncd leaves after the first synchronisation of a boot. */
    private static final Path NTP_SYNCHRONISED = Path.of("/run/systemd/timesync/synchronized");

    @Mixin
    ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private int missing;

    @Override
    public Integer call() throws IOException {
        say(true, "Java " + System.getProperty("java.version") + " on " + System.getProperty("os.arch"), "");
        for (ModelManifest m : Catalogue.builtIn().defaults()) {
            model(ModelStore.standard(), m);
        }
        GatewaySettings settings;
        try {
            settings = config.settings();
            say(true, "configuration " + config.configFile(), "");
        } catch (ConfigWrong e) {
            say(false, "configuration " + config.configFile(), String.join("; ", e.problems()));
            return ExitCode.CONFIGURATION;
        }
        writable(settings.store().file());
        clock(Instant.now(), NTP_SYNCHRONISED);
        for (MqttSourceSettings m : settings.mqtt()) {
            broker("MQTT broker of " + m.name(), m.connection());
        }
        for (SparkplugSettings b : settings.sparkplug()) {
            broker("Sparkplug broker of " + b.name(), b.connection());
        }
        for (OpcUaSourceSettings o : settings.opcua()) {
            reachable("OPC UA server of " + o.name(), URI.create(o.access().endpoint()));
        }
        MqttConnectionSettings results = settings.publish().connection();
        if (results != null) {
            broker("results broker", results);
        }
        uplink(settings.uplink());
        routes(settings.route());
        boolean running = StatusSocket.ask(settings.socket()).isPresent();
        spec.commandLine()
                .getOut()
                .println(running ? "The daemon is running." : "The daemon is not running (penstock run starts it).");
        return missing == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** How well the routes tell texts apart; the embedder's own absence is told above. */
    private void routes(RouteSettings settings) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (!settings.semantic()) {
            say(true, "routes: by rules and patterns alone", "");
            return;
        }
        try (EmbedderSession session = new EmbedderSession(LocalModels::embedder, LocalModels.cacheFolder())) {
            Routes routes = RouteFiles.read(settings);
            TextRouter router =
                    TextRouter.open(routes, ShippedRoutes.negatives(), session.cached(), settings.deadline());
            session.keep();
            say(
                    true,
                    "routes: " + router.leaveOneOut().map(Calibration::summary).orElse("by patterns alone"),
                    "");
            if (!routes.thin().isEmpty()) {
                out.println("  warning  routes with fewer than " + Mode.ENOUGH_SAMPLES
                        + " samples are not to be trusted: " + String.join(", ", routes.thin()));
            }
        } catch (ModelUnavailable e) {
            out.println("  warning  routes: by rules and patterns alone, " + e.getMessage());
        } catch (ConfigWrong e) {
            say(false, "routes", String.join("; ", e.problems()));
        }
    }

    private void uplink(UplinkSettings uplink) {
        if (!uplink.enabled()) {
            return;
        }
        try {
            say(true, "uplink keys: " + CommandKey.checked(uplink), "");
        } catch (IOException e) {
            say(false, "uplink keys", String.valueOf(e.getMessage()));
        }
        switch (uplink.link()) {
            case UplinkSettings.Link.Folder(Path folder) ->
                say(
                        Files.isDirectory(folder) && Files.isWritable(folder),
                        "uplink folder " + folder,
                        "is no folder that " + System.getProperty("user.name")
                                + " may write: make it, put the stick in, or chown it; frames wait until then");
            case UplinkSettings.Link.Broker(MqttConnectionSettings connection, String topic) ->
                broker("uplink broker", connection);
            case UplinkSettings.Link.Https(URI to, MqttTls tls) -> https(to, tls);
            case UplinkSettings.Link.Modem(String at, int baud, int signal) -> modem(at, baud);
            case UplinkSettings.Link.None() -> say(false, "uplink", "has no link; set folder, broker, https or modem");
        }
    }

    /** The files alone: an exchange would cost. */
    private void https(URI to, MqttTls tls) {
        try {
            tls.context();
            say(true, "uplink certificates for " + to + " (no connection was made: it would cost)", "");
        } catch (IOException e) {
            say(false, "uplink certificates for " + to, String.valueOf(e.getMessage()));
        }
    }

    /** Speaks to the modem, not to its network: a session would cost. */
    private void modem(String at, int baud) {
        try {
            int bars = ModemLink.signal(() -> ModemLine.open(at, baud));
            say(true, "uplink modem at " + at + ", signal " + bars + " of 5", "");
        } catch (IOException e) {
            say(false, "uplink modem at " + at, String.valueOf(e.getMessage()));
        }
    }

    private void model(ModelStore store, ModelManifest m) {
        var found = store.find(m);
        if (found.isEmpty()) {
            say(
                    false,
                    m.name(),
                    "not on this machine: penstock models pull " + m.name() + "; until then the rules answer alone");
            return;
        }
        switch (found.get().verify()) {
            case InstalledModel.Verdict.Sound sound ->
                say(true, m.name() + " in " + found.get().folder(), "");
            case InstalledModel.Verdict.Unsound unsound -> say(false, m.name(), unsound.problem());
        }
    }

    /** What is written while it is wrong is stamped later, but connections by TLS fail until it is right. */
    private void clock(Instant now, Path synchronised) {
        String cure = "set it, and keep it right by time servers: apt install chrony, or timedatectl set-ntp true"
                + " (systemd-timesyncd); without a network a clock with a battery";
        if (MachineClock.isUnset(now)) {
            say(false, "this machine's clock, which says " + now, "it was never set: " + cure);
        } else if (!Files.exists(synchronised)) {
            spec.commandLine()
                    .getOut()
                    .println("  warning  this machine's clock, which says " + now
                            + ": systemd-timesyncd has not set it since the machine started; if nothing else does, "
                            + cure);
        } else {
            say(true, "this machine's clock, set by time servers", "");
        }
    }

    private void writable(Path store) {
        Path folder = store.toAbsolutePath().getParent();
        boolean can = folder != null
                && (Files.isDirectory(folder)
                        ? Files.isWritable(folder)
                        : folder.getParent() != null && Files.isWritable(folder.getParent()));
        say(
                can,
                "store " + store,
                "its folder is not writable by " + System.getProperty("user.name")
                        + ": run doctor as the service's user, or chown the folder");
    }

    private void reachable(String what, URI uri) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), CONNECT_MILLIS);
            say(true, what + " at " + uri, "");
        } catch (IOException | IllegalArgumentException e) {
            say(
                    false,
                    what + " at " + uri,
                    "no connection (" + e.getMessage()
                            + "): is it running, is the address right, is a firewall between?");
        }
    }

    /** A real connection, under another client id and with no session: it takes nothing from the daemon's. */
    private void broker(String what, MqttConnectionSettings settings) {
        try {
            String speaks = MqttConnection.probe(settings);
            say(true, what + " at " + settings.uri() + ", " + speaks, "");
        } catch (LinkDown e) {
            say(false, what + " at " + settings.uri(), String.valueOf(e.getMessage()));
        }
    }

    private void say(boolean right, String what, String cure) {
        PrintWriter out = spec.commandLine().getOut();
        out.println((right ? "  ok       " : "  MISSING  ") + what + (right ? "" : ": " + cure));
        if (!right) {
            missing++;
        }
    }
}
