package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import io.penstock.daemon.uplink.CommandKey;
import io.penstock.daemon.uplink.UplinkSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock config check|show|apply}. */
@Command(
        name = "config",
        description =
                "Checks the configuration, shows it with every default filled in, or has the running daemon take it up.",
        synopsisSubcommandLabel = "(check | show | apply)")
final class ConfigCommand {
    /** Closing a source whose network is dead takes about 10 s. */
    private static final Duration TAKING_UP = Duration.ofSeconds(90);

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(name = "check", description = "Tells every mistake at once, with line and nearest spelling.")
    int check(@Mixin ConfigOption config) throws Exception {
        GatewaySettings settings = config.settings();
        int routes = RouteFiles.read(settings.route()).routes().size();
        if (settings.uplink().enabled()) {
            keys(settings.uplink());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(config.configFile() + " is right: " + settings.assets().size() + " assets, "
                + (settings.mqtt().size()
                        + settings.opcua().size()
                        + settings.replay().size()
                        + settings.watch().size())
                + " sources, " + routes
                + " routes, results to "
                + (settings.publish().broker() == null
                        ? "nowhere"
                        : settings.publish().broker()) + ", uplink "
                + settings.uplink().text());
        settings.assets().forEach(asset -> out.println("  " + machine(asset, settings)));
        return ExitCode.DONE;
    }

    private static void keys(UplinkSettings uplink) throws ConfigWrong {
        try {
            CommandKey.checked(uplink);
        } catch (IOException e) {
            throw new ConfigWrong(uplink.keyFile(), List.of("uplink's keys: " + e.getMessage()));
        }
    }

    /** What a machine is held against, in a line. */
    private static String machine(Asset asset, GatewaySettings settings) {
        SymptomMatrix matrix = Objects.requireNonNull(settings.matrices().get(asset.id()));
        String zones = asset.zones().isNone()
                ? "no table"
                : String.format(
                        Locale.ROOT,
                        "%s (%s: C from %s, D from %s mm/s; %s)",
                        asset.zones().name(),
                        asset.zones().title(),
                        asset.zones().zoneC(),
                        asset.zones().zoneD(),
                        asset.zones().caveat());
        return asset.id() + ": " + matrix.faults().size() + " faults of the "
                + (isShipped(matrix) ? "shipped" : "site's own") + " symptom matrix " + matrix.kind() + "; "
                + asset.bearings().size() + " bearings, " + asset.gears().size()
                + " gears; velocity where a channel has no limit of its own: " + zones;
    }

    private static boolean isShipped(SymptomMatrix matrix) {
        try {
            return ShippedMatrices.KINDS.contains(matrix.kind())
                    && ShippedMatrices.of(matrix.kind()).equals(matrix);
        } catch (MatrixRefused e) {
            throw new IllegalStateException("a shipped symptom matrix is broken: " + e.getMessage(), e);
        }
    }

    @Command(name = "show", description = "The settings as the daemon understands them.")
    int show(
            @Mixin ConfigOption config,
            @Option(names = "--json", description = "As JSON; otherwise one table a line.") boolean json)
            throws Exception {
        GatewaySettings s = config.settings();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Console.json(out, s);
            return ExitCode.DONE;
        }
        for (var component : GatewaySettings.class.getRecordComponents()) {
            if (component.getName().equals("matrices")) {
                s.assets().forEach(asset -> out.println("machine " + machine(asset, s)));
                continue;
            }
            out.println(component.getName() + " = " + component.getAccessor().invoke(s));
        }
        return ExitCode.DONE;
    }

    @Command(
            name = "apply",
            description = {
                "Has the running daemon read its configuration anew and take up what has changed, without losing a reading.",
                "A wrong file changes nothing. What was taken up is on trial for 60 s and rolled back by itself when a lane",
                "fails or a source that ran before does not come back."
            })
    int apply(
            @Mixin StoreOption config,
            @Option(names = "--dry-run", description = "Only say what would change, and what needs a restart.")
                    boolean dryRun,
            @Option(
                            names = "--wait",
                            paramLabel = "TIME",
                            defaultValue = "15s",
                            description =
                                    "How long to wait for the daemon (default: 15s); unanswered, the order is taken back.")
                    String wait)
            throws Exception {
        Duration patience = Durations.parse(wait)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--wait is '" + wait + "', expected a time such as 15s"));
        // a wrong file is said here already, whether a daemon runs or not
        Path store = config.store();
        String file = config.configFile().toAbsolutePath().normalize().toString();
        OrderFolder folder = OrderFolder.ofConfig(store);
        if (Files.notExists(folder.path())) {
            throw new IOException("no daemon has run on " + store
                    + "; one that runs on another store.file is restarted to" + " change it, as the store is open");
        }
        Optional<String> answer = GivenOrder.to(
                        folder, new ConfigOrder(dryRun, file, System.getProperty("user.name", "unknown")))
                .answer(patience, TAKING_UP);
        if (answer.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("penstock: the configuration is right, but no daemon answered at " + folder.path()
                            + " within " + wait + "; nothing was changed. A daemon that starts takes it up.");
            return ExitCode.FAILED;
        }
        String said = answer.get();
        if (said.startsWith("done")) {
            spec.commandLine().getOut().println(said);
            return ExitCode.DONE;
        }
        spec.commandLine().getErr().println("penstock: " + said);
        return said.startsWith("wrong") ? ExitCode.CONFIGURATION : ExitCode.FAILED;
    }
}
