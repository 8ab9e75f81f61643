package io.penstock.daemon.cli;

import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.health.Supervisor;
import java.time.Duration;
import java.time.InstantSource;
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
    StoreOption config = new StoreOption();

    @Override
    public Integer call() throws Exception {
        GatewaySettings settings = config.settings();
        Supervisor supervisor = new Supervisor(System.getenv());
        CountDownLatch stopped = new CountDownLatch(1);
        Gateway gateway = Gateway.start(settings, InstantSource.system());
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
            LOG.info(
                    "running: {} assets, store {}",
                    settings.assets().size(),
                    settings.store().file());
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

    /** Waits for the signal, telling the service manager that the sense lane turns. */
    private static void watch(Gateway gateway, Supervisor supervisor) throws ExecutionException {
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

    private static String summary(Gateway gateway) {
        return gateway.status().readings() + " readings journalled";
    }
}
