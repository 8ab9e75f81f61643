package io.penstock.daemon;

import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigDiff;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.Configuration;
import io.penstock.daemon.config.KeptConfig;
import io.penstock.daemon.health.ConfigState;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.health.Supervisor;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway and the configuration file it runs by. Asked by SIGHUP or by an order it reads the file anew, and takes up what has
 * changed, on trial: the configuration that did well before stays beside the store and is gone back to when a lane fails, or a source
 * that ran before does not come back in time. A kill at any moment leaves a start with the one or the other, whole.
 */
public final class ConfiguredGateway implements Attended {
    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredGateway.class);
    private static final Duration TRIAL = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Path file;
    private final InstantSource clock;
    private final Duration trialTime;
    private final Supervisor supervisor;
    private final OrderFolder orders;
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final Lane lane;

    private volatile Gateway gateway;
    private volatile boolean asked;

    // all below: the reload lane alone, once it runs
    private Configuration running;
    private Configuration good;
    /** By {@link System#nanoTime}: a clock that is set neither ends a trial nor goes on with it. Null while none is on trial. */
    private @Nullable Long trialEnds;

    private final Set<String> awaited = new TreeSet<>();

    private ConfiguredGateway(Path file, InstantSource clock, Duration trialTime, Supervisor supervisor)
            throws ConfigWrong, IOException, StoreFailed {
        this.file = file.toAbsolutePath().normalize();
        this.clock = clock;
        this.trialTime = trialTime;
        this.supervisor = supervisor;
        Configuration wanted = ConfigFile.load(file);
        this.orders = OrderFolder.ofConfig(wanted.settings().store().file());
        KeptConfig kept = kept();
        Configuration known = known(kept);
        KeptConfig.Rejected rejected = kept.rejected();
        boolean refused =
                known != null && rejected != null && rejected.fingerprint().equals(wanted.fingerprint());
        this.running = refused ? known : wanted;
        this.gateway = Gateway.start(running, clock);
        try {
            orders.create();
            KeptConfig.Trial trial = kept.trial();
            if (refused) {
                good = running;
                LOG.warn("{} is not taken up: {}; the last good configuration runs", file, rejected.reason());
                tell(ConfigState.Stage.LAST_GOOD, rejected.reason());
            } else if (known != null && trial != null && trial.fingerprint().equals(wanted.fingerprint())) {
                good = known;
                awaited.addAll(trial.awaited());
                onTrial();
            } else {
                good = running;
                settled();
            }
        } catch (IOException | RuntimeException e) {
            gateway.close();
            throw e;
        }
        this.lane = new Lane("reload", this::runOnce, LOOK, failure);
    }

    /**
     * Starts a gateway from its file, or from the last good configuration where that file was rolled back before.
     *
     * @throws ConfigWrong with every problem of the file
     */
    public static ConfiguredGateway start(Path file, InstantSource clock, Supervisor supervisor)
            throws ConfigWrong, IOException, StoreFailed {
        return start(file, clock, supervisor, TRIAL);
    }

    static ConfiguredGateway start(Path file, InstantSource clock, Supervisor supervisor, Duration trial)
            throws ConfigWrong, IOException, StoreFailed {
        ConfiguredGateway started = new ConfiguredGateway(file, clock, trial, supervisor);
        started.lane.start();
        return started;
    }

    /** As a SIGHUP asks: the file is read anew by the reload lane, and the log says what came of it. Any thread. */
    public void reload() {
        asked = true;
    }

    public GatewayStatus status() {
        return gateway.status();
    }

    @Override
    public boolean alive(Duration within) {
        return gateway.alive(within);
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }

    @Override
    public String text() {
        return status().readings() + " readings journalled";
    }

    /** Looks for what is asked, and at the trial; false: nobody waits for the next look. */
    private boolean runOnce() throws InterruptedException {
        if (asked) {
            asked = false;
            String answer = applied(false);
            LOG.info("SIGHUP: {}", answer);
        }
        try {
            for (OrderFolder.Found found : orders.waiting(clock.millis())) {
                String answer = answer(found);
                LOG.info("order of {}: {}", found.owner(), answer);
                orders.answer(found, answer);
            }
        } catch (IOException e) {
            LOG.warn("look for orders in {}: {}", orders.path(), e.toString());
        }
        gateway.followModels();
        lookAtTrial();
        return false;
    }

    private String answer(OrderFolder.Found found) throws InterruptedException {
        return switch (found) {
            case OrderFolder.Found.Refused(Path order, String owner, String reason) ->
                "refused: " + order.getFileName() + ": " + reason;
            case OrderFolder.Found.Order(Path order, String owner, BaselineOrder baseline) ->
                "refused: orders about baselines go into another folder";
            case OrderFolder.Found.Order(Path order, String owner, OperatorOrder about) ->
                "refused: orders about cases go into another folder";
            case OrderFolder.Found.Order(Path order, String owner, ConfigOrder config) ->
                file.toString().equals(config.file())
                        ? applied(config.dryRun())
                        : "refused: this daemon runs by " + file + ", and the order is about " + config.file();
        };
    }

    /** What came of it: begins with done, wrong or refused. */
    private String applied(boolean dryRun) throws InterruptedException {
        Configuration next;
        try {
            next = ConfigFile.load(file);
        } catch (ConfigWrong e) {
            return "wrong: nothing was changed. " + e.getMessage();
        } catch (IOException e) {
            return "wrong: nothing was changed. " + file + " cannot be read: " + e;
        }
        List<String> changes = ConfigDiff.between(running, next);
        String lines = changes.isEmpty() ? "" : "\n  " + String.join("\n  ", changes);
        List<String> restart = ConfigDiff.needsRestart(running.settings(), next.settings());
        if (!restart.isEmpty()) {
            return "refused: nothing was changed. A restart is needed for\n  " + String.join("\n  ", restart) + "\nof"
                    + lines;
        }
        if (changes.isEmpty()) {
            return "done: nothing has changed, " + next.mark() + " runs";
        }
        if (dryRun) {
            return "done: this would be taken up while the daemon runs, as " + next.mark() + lines;
        }
        supervisor.reloading();
        try {
            return takenUp(next, lines);
        } finally {
            supervisor.ready("configuration " + running.mark());
        }
    }

    private String takenUp(Configuration next, String lines) throws InterruptedException {
        Configuration before = running;
        Set<String> alive = aliveSources();
        try {
            // known before anything changes: a kill from here on starts with the file, on trial
            List<String> ran = new ArrayList<>(alive);
            ran.addAll(awaited);
            new KeptConfig(KeptConfig.Texts.of(good), new KeptConfig.Trial(next.fingerprint(), ran), null)
                    .save(orders.path());
            gateway.takeUp(next);
        } catch (StoreFailed | IOException | RuntimeException e) {
            if (gateway.settings() != before.settings() || trialEnds != null) {
                running = next;
                goBack("it could not be taken up: " + e.getMessage());
            } else {
                settled();
            }
            LOG.error("the configuration {} could not be taken up", next.mark(), e);
            return "refused: it could not be taken up, and " + running.mark() + " runs: " + e.getMessage();
        }
        running = next;
        awaited.addAll(alive);
        awaited.retainAll(gateway.status().sources().stream()
                .map(GatewayStatus.Source::name)
                .collect(Collectors.toSet()));
        onTrial();
        return "done: " + next.mark() + " is in force, on trial for " + trialTime.toSeconds()
                + " s; then it is settled, or rolled back where a source does not come back" + lines;
    }

    private void onTrial() {
        trialEnds = System.nanoTime() + trialTime.toNanos();
        tell(ConfigState.Stage.ON_TRIAL, "");
    }

    private void lookAtTrial() throws InterruptedException {
        boolean failed = gateway.failure().isDone();
        Long end = trialEnds;
        if (end == null) {
            if (failed) {
                gateway.failure().whenComplete((nothing, problem) -> failure.completeExceptionally(problem));
            }
            return;
        }
        awaited.removeAll(aliveSources());
        if (failed) {
            goBack("a lane ended by a bug: "
                    + gateway.failure().handle((n, e) -> String.valueOf(e)).join());
        } else if (System.nanoTime() - end >= 0) {
            List<String> troubles = new ArrayList<>(gateway.troubles());
            gateway.status().sources().stream()
                    .filter(source -> awaited.contains(source.name()))
                    .forEach(source -> troubles.add("the source " + source.name()
                            + " ran before and did not come back: "
                            + source.health().detail()));
            if (troubles.isEmpty()) {
                gateway.settle();
                good = running;
                settled();
                LOG.info("the configuration {} did well and is settled", good.mark());
            } else {
                goBack(String.join("; ", troubles));
            }
        }
    }

    /** The names of the sources that have a connection now, or have come to their end. */
    private Set<String> aliveSources() {
        return gateway.status().sources().stream()
                .filter(source -> switch (source.health().state()) {
                    case RUNNING, FINISHED -> true;
                    case CONNECTING, CLOSED -> false;
                })
                .map(GatewayStatus.Source::name)
                .collect(Collectors.toSet());
    }

    private void goBack(String reason) throws InterruptedException {
        String said =
                running.mark() + " was rolled back after " + trialTime.toSeconds() + " s at most, because " + reason;
        LOG.error("the configuration {}; {} runs again. Mend {} and apply it anew", said, good.mark(), file);
        try {
            new KeptConfig(KeptConfig.Texts.of(good), null, new KeptConfig.Rejected(running.fingerprint(), said))
                    .save(orders.path());
        } catch (IOException e) {
            LOG.error("keep in {} that the configuration was rolled back: {}", orders.path(), e.toString());
        }
        try {
            if (gateway.failure().isDone()) {
                startAnew();
            } else if (!gateway.goBack()) {
                // the trial began in an earlier process
                gateway.takeUp(good);
                gateway.settle();
            }
        } catch (StoreFailed | RuntimeException e) {
            LOG.error("going back while running failed; the gateway starts anew", e);
            startAnew();
        }
        running = good;
        trialEnds = null;
        awaited.clear();
        tell(ConfigState.Stage.LAST_GOOD, said);
    }

    private void startAnew() {
        try {
            gateway.close();
        } catch (RuntimeException e) {
            LOG.warn("closing what failed: {}", e.getMessage());
        }
        try {
            gateway = Gateway.start(good, clock);
        } catch (StoreFailed | IOException | ConfigWrong e) {
            throw new IllegalStateException("the last good configuration does not start: " + e.getMessage(), e);
        }
    }

    private void settled() {
        trialEnds = null;
        awaited.clear();
        try {
            new KeptConfig(KeptConfig.Texts.of(good), null, null).save(orders.path());
        } catch (IOException e) {
            LOG.warn(
                    "keep the configuration in {}: {}; without it nothing can be gone back to after a restart",
                    orders.path(),
                    e.toString());
        }
        tell(ConfigState.Stage.SETTLED, "");
    }

    private void tell(ConfigState.Stage stage, String rolledBack) {
        gateway.tell(new ConfigState(stage, running.mark(), clock.instant(), rolledBack));
    }

    private KeptConfig kept() {
        try {
            return KeptConfig.read(orders.path());
        } catch (IOException e) {
            LOG.warn("what was kept of earlier configurations is not known: {}", e.getMessage());
            return KeptConfig.NONE;
        }
    }

    private @Nullable Configuration known(KeptConfig kept) {
        KeptConfig.Texts texts = kept.good();
        if (texts == null) {
            return null;
        }
        try {
            return texts.read();
        } catch (ConfigWrong | IOException e) {
            LOG.warn("the last good configuration means nothing to this version: {}", e.getMessage());
            return null;
        }
    }

    @Override
    public void close() {
        lane.close();
        gateway.close();
    }
}
