package io.penstock.daemon.cli;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import java.io.PrintWriter;
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
        return ExitCode.DONE;
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
            out.println(component.getName() + " = " + component.getAccessor().invoke(s));
        }
        return ExitCode.DONE;
    }
}
