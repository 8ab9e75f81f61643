package io.penstock.daemon.cli;

import io.penstock.daemon.Attended;
import io.penstock.daemon.health.Supervisor;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stays with what runs until the process is told to stop, and tells the service manager that it turns. */
final class Attendance {
    private static final Logger LOG = LoggerFactory.getLogger(Attendance.class);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration HUNG = Duration.ofSeconds(60);

    private final Supervisor supervisor;

    Attendance(Supervisor supervisor) {
        this.supervisor = supervisor;
    }

    /**
     * Returns the exit code when it is closed.
     *
     * @param started the log's line that it runs
     */
    int until(Attended running, String started) {
        CountDownLatch stopped = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            supervisor.stopping();
            main.interrupt();
            try {
                // the process lives until main has closed everything
                stopped.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        try (running) {
            supervisor.ready(running.text());
            LOG.info(started);
            watch(running);
            return ExitCode.DONE;
        } catch (ExecutionException e) {
            LOG.error("a lane ended by a bug; what was saved is safe, the service manager starts anew", e.getCause());
            return ExitCode.FAILED;
        } finally {
            // resources of a try are closed before its finally runs
            stopped.countDown();
        }
    }

    private void watch(Attended running) throws ExecutionException {
        Duration every = supervisor.watchdog().map(d -> d.dividedBy(3)).orElse(LOOK);
        while (true) {
            try {
                running.failure().get(every.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (running.alive(HUNG)) {
                    supervisor.alive(running.text());
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
