package io.penstock.daemon.cli;

import io.penstock.daemon.ConfiguredGateway;
import io.penstock.daemon.health.Supervisor;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock run}: the daemon, in the foreground, until it is told to stop. */
@Command(name = "run", description = "Runs the daemon in the foreground.")
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

    @Mixin
    ConfigOption config = new ConfigOption();

    /** The command where nothing but the configuration is said, as a service does: empty for anything else. */
    static Optional<RunCommand> plainly(String... arguments) {
        boolean named = arguments.length == 3
                && (arguments[1].equals("--config") || arguments[1].equals("-c"))
                && !arguments[2].startsWith("-");
        if (!(named || arguments.length == 1) || !arguments[0].equals("run")) {
            return Optional.empty();
        }
        RunCommand command = new RunCommand();
        if (named) {
            command.config.config = Path.of(arguments[2]);
        }
        return Optional.of(command);
    }

    @Override
    public Integer call() throws Exception {
        Supervisor supervisor = new Supervisor(System.getenv());
        ConfiguredGateway gateway = ConfiguredGateway.start(config.configFile(), InstantSource.system(), supervisor);
        onHangUp(gateway);
        return new Attendance(supervisor).until(gateway, "running by " + config.configFile());
    }

    /** {@code kill -HUP} has the configuration read anew, as it is with other daemons; Java alone would end. */
    @SuppressWarnings("sunapi")
    private static void onHangUp(ConfiguredGateway gateway) {
        try {
            sun.misc.Signal.handle(new sun.misc.Signal("HUP"), signal -> gateway.reload());
        } catch (IllegalArgumentException e) {
            // a Java that was told to leave signals alone (-Xrs), or a parent that ignores them (nohup)
            LOG.warn("SIGHUP cannot be handled: {}; 'penstock config apply' does the same", e.getMessage());
        }
    }
}
