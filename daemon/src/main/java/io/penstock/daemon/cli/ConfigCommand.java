package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock config check|show}. */
@Command(
        name = "config",
        description = "Checks the configuration, or shows it with every default filled in.",
        synopsisSubcommandLabel = "(check | show)")
final class ConfigCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(name = "check", description = "Tells every mistake at once, with line and nearest spelling.")
    int check(@Mixin StoreOption config) throws Exception {
        GatewaySettings settings = config.settings();
        int routes = RouteFiles.read(settings.route()).routes().size();
        PrintWriter out = spec.commandLine().getOut();
        out.println(config.configFile() + " is right: " + settings.assets().size() + " assets, "
                + (settings.mqtt().size()
                        + settings.opcua().size()
                        + settings.replay().size()) + " sources, " + routes
                + " routes, results to "
                + (settings.publish().broker() == null
                        ? "nowhere"
                        : settings.publish().broker()) + ", uplink off");
        settings.assets().forEach(asset -> out.println("  " + machine(asset, settings)));
        return ExitCode.DONE;
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
            @Mixin StoreOption config,
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
}
