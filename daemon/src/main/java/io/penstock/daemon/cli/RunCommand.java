package io.penstock.daemon.cli;

import io.penstock.daemon.ConfiguredGateway;
import io.penstock.daemon.health.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock run}: the daemon, in the foreground, until it is told to stop. */
@Command(name = "run", description = "Runs the daemon in the foreground.")
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration HUNG = Duration.ofSeconds(60);

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
        CountDownLatch stopped = new CountDownLatch(1);
        ConfiguredGateway gateway = ConfiguredGateway.start(config.configFile(), InstantSource.system(), supervisor);
        onHangUp(gateway);
        Thread main = Thread.currentThread();
        Thread hook = new Thread(() -> {
            supervisor.stopping();
            main.interrupt();
            try {
                // the process lives until main has closed everything
                stopped.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try (gateway) {
            supervisor.ready(summary(gateway));
            LOG.info("running by {}", config.configFile());
            watch(gateway, supervisor);
            return ExitCode.DONE;
        } catch (ExecutionException e) {
            LOG.error("a lane ended by a bug; what was saved is safe, the service manager starts anew", e.getCause());
            return ExitCode.FAILED;
        } finally {
            // resources of a try are closed before its finally runs
            stopped.countDown();
        }
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

    /** Waits for the signal, telling the service manager that the sense lane turns. */
    private static void watch(ConfiguredGateway gateway, Supervisor supervisor) throws ExecutionException {
        Duration every = supervisor.watchdog().map(d -> d.dividedBy(3)).orElse(LOOK);
        while (true) {
            try {
                gateway.failure().get(every.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (gateway.alive(HUNG)) {
                    supervisor.alive(summary(gateway));
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static String summary(ConfiguredGateway gateway) {
        return gateway.status().readings() + " readings journalled";
    }
}
