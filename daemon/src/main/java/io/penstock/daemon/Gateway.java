package io.penstock.daemon;

import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.Configuration;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import io.penstock.daemon.health.ConfigState;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.infer.Inference;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.store.AgeMarks;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.ClockSpans;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.RecordedJournal;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.sensors.file.FileSource;
import io.penstock.sensors.file.WatchSource;
import io.penstock.sensors.mqtt.MqttSource;
import io.penstock.sensors.opcua.OpcUaSource;
import io.penstock.sensors.sparkplug.SparkplugSource;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: the only place that says {@code new} for a part with state. Opened downstream first (store, publish, workers,
 * lanes, sources last), closed in reverse: sources stop, what they took in is finished, the store closes last. A failing close never
 * hides the next.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration IDLE = Duration.ofMillis(100);
    /** How long a source waits for room at a time; an MQTT source keeps trying for a third of its keep-alive. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration DRAIN = Duration.ofSeconds(10);

    /** How long the sense lane may take to come to the end of its batch; a full disk makes it fail sooner. */
    private static final Duration EXCHANGE = Duration.ofSeconds(30);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final long startedNanos = System.nanoTime();
    private final GatewayClock clock;
    private final ReadingQueue queue;
    private final Database database;
    private final Journal journal;
    private final Pipeline pipeline;
    private final Workers workers;
    private final Peers peers;
    private final CaseMemory memory;
    private final Sources sources;
    private final Lane sense;
    private final Lane diagnose;
    private final Inquiries inquiries;
    /** Null while the uplink is off; a change of it needs a start. */
    private final @Nullable MeteredLink metered;

    private volatile Results results;
    private volatile Composed composed;
    /** What stood before the configuration that is on trial. */
    private @Nullable Composed settled;

    private volatile ConfigState configuration = ConfigState.unnamed();
    /** Written by the sense lane alone. */
    private GatewayClock.Trust toldTrust = GatewayClock.Trust.TRUSTED;

    private long looksAtEnd = -1;
    private boolean closed;

    private Gateway(GatewaySettings settings, Routes routes, InstantSource wall)
            throws StoreFailed, IOException, ConfigWrong {
        try {
            database = opened(Database.open(settings.store().file()));
            clock = new GatewayClock(wall, System::nanoTime, ClockSpans.newestReceived(database));
            ClockSpans spans = new ClockSpans(database, clock, MachineBoot.name());
            journal = new Journal(database, settings.store(), spans);
            results = results(settings.publish());
            workers = opened(Workers.of(settings, clock));
            peers = opened(new Peers(settings, workers, clock, failure));
            memory = new CaseMemory(database, workers.embedder());
            composed = composed(settings, routes, null, results.messages());
            queue = new ReadingQueue(settings.store().queue(), PATIENCE);
            pipeline = new Pipeline(
                    database,
                    journal,
                    queue,
                    composed.rules(),
                    orders(settings.store()),
                    new AgeMarks(database, System::nanoTime),
                    clock,
                    spans,
                    this::wakeResults);
            pipeline.resume();

            open.push(pipeline::finish);
            sense = lane("sense", this::senseByClock, Duration.ZERO);
            open.push(this::drain);
            DiagnoseLane diagnosing =
                    new DiagnoseLane(database, pipeline.rules()::now, pipeline.figures(), clock, this::wakeResults);
            diagnose = lane("diagnose", wantingRoom(diagnosing::runOnce), IDLE);
            open.push(() -> results.close());
            results.start();
            peers.start();
            metered = metered(settings);
            sources = opened(new Sources(queue));
            if (metered != null) {
                metered.start();
            }
            // the status tells of all of the above: it may be asked from its first moment on
            inquiries = opened(new Inquiries(this::status, database));
            inquiries.answer(settings.socket());
            inquiries.answer(settings.metrics());
            sources.run(wanted(settings));
        } catch (StoreFailed | IOException | ConfigWrong | RuntimeException e) {
            try {
                close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /**
     * Builds and starts everything.
     *
     * @throws ConfigWrong when a file the configuration names is wrong
     */
    public static Gateway start(GatewaySettings settings, InstantSource clock)
            throws StoreFailed, IOException, ConfigWrong {
        return new Gateway(settings, RouteFiles.read(settings.route()), clock);
    }

    /** As {@link #start(GatewaySettings, InstantSource)}, from one reading of all files. */
    static Gateway start(Configuration configuration, InstantSource clock)
            throws StoreFailed, IOException, ConfigWrong {
        return new Gateway(configuration.settings(), configuration.routes(), clock);
    }

    /** The list of sources: a new protocol is a line here. */
    private List<Sources.Wanted> wanted(GatewaySettings settings) {
        List<Sources.Wanted> all = new ArrayList<>();
        settings.mqtt().forEach(s -> all.add(new Sources.Wanted(s.name(), s, () -> new MqttSource(s, clock))));
        settings.sparkplug()
                .forEach(s -> all.add(new Sources.Wanted(s.name(), s, () -> new SparkplugSource(s, clock))));
        settings.opcua().forEach(s -> all.add(new Sources.Wanted(s.name(), s, () -> new OpcUaSource(s, clock))));
        settings.replay()
                .forEach(s -> all.add(new Sources.Wanted(
                        s.name(),
                        s,
                        () -> RecordedJournal.is(s.file())
                                ? new RecordedJournal(s, clock)
                                : new FileSource(s, clock))));
        settings.watch().forEach(s -> all.add(new Sources.Wanted(s.name(), s, () -> new WatchSource(s, clock))));
        return all;
    }

    private @Nullable MeteredLink metered(GatewaySettings settings) throws ConfigWrong, StoreFailed {
        return settings.uplink().enabled()
                ? opened(new MeteredLink(settings, database, this::status, this::wantingRoom, clock, failure))
                : null;
    }

    private Results results(PublishSettings settings) {
        return new Results(
                settings,
                database,
                () -> configuration.text(),
                () -> clock.state().trust().name().toLowerCase(Locale.ROOT),
                this::wantingRoom,
                clock,
                failure);
    }

    /** @param before what is exchanged; its parts that fit go over */
    private Composed composed(
            GatewaySettings settings, Routes routes, @Nullable Composed before, ResultMessages messages) {
        CaseRouting routing = before != null && before.routesAlike(settings, routes)
                ? before.routing()
                : new CaseRouting(
                        routes,
                        () -> peers.roster().filled(),
                        workers.embedder(),
                        settings.route().deadline(),
                        clock);
        Inference inference = new Inference(settings.infer(), workers.breakers(), clock);
        Advisor advisor = new Advisor(
                settings.matrices(),
                memory,
                routing,
                peers,
                inference,
                settings.route().deadline());
        return Composed.of(settings, routes, routing, advisor, before, messages);
    }

    /** Follows what the operator put in use: see {@link Workers#follow}. By one thread. */
    void followModels() {
        workers.follow();
    }

    /**
     * Takes up another configuration while everything runs, on trial: {@link #goBack} undoes it, {@link #settle} ends the trial. What
     * did not change goes on undisturbed. The caller has asked {@link ConfigDiff#needsRestart}. One caller at a time.
     *
     * @throws StoreFailed when the sense lane could not take it up; nothing has changed then
     */
    void takeUp(Configuration next) throws StoreFailed, InterruptedException {
        Composed before = composed;
        ResultMessages messages = new ResultMessages(next.settings().publish());
        Composed after = composed(next.settings(), next.routes(), before, messages);
        try {
            exchange(after);
        } finally {
            if (settled == null && composed != before) {
                settled = before;
            }
        }
    }

    /**
     * Goes back to what stood before the trial; the detectors then know what came in meanwhile, too.
     *
     * @return whether there was anything to go back to
     */
    boolean goBack() throws StoreFailed, InterruptedException {
        Composed back = settled;
        if (back == null) {
            return false;
        }
        exchange(back);
        settle();
        return true;
    }

    /** The trial is over: what it could have gone back to is let go. */
    void settle() {
        settled = null;
        pipeline.rules().settle();
    }

    private void exchange(Composed next) throws StoreFailed, InterruptedException {
        exchangeRules(next.rules());
        GatewaySettings was = composed.settings();
        composed = next;
        queue.resize(next.settings().store().queue());
        sources.run(wanted(next.settings()));
        inquiries.answer(next.settings().metrics());
        if (!was.publish().equals(next.settings().publish())) {
            results.close();
            results = results(next.settings().publish());
            results.start();
        }
    }

    private void exchangeRules(Rules next) throws StoreFailed, InterruptedException {
        CompletableFuture<Void> done = pipeline.rules().exchange(next);
        try {
            try {
                done.get(EXCHANGE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // taken back, or the lane would take it up later, when everyone believes it was refused
                if (pipeline.rules().withdraw(done)) {
                    throw new IllegalStateException(
                            "the sense lane did not come to the end of a batch within " + EXCHANGE, e);
                }
                done.get(EXCHANGE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreFailed failed) {
                throw failed;
            }
            throw new IllegalStateException("taking up the configuration: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("the sense lane is at it for longer than " + EXCHANGE, e);
        }
    }

    /** There are messages to send: whichever connection is the present one. Any thread. */
    private void wakeResults() {
        results.wake();
    }

    /** The settings that are in force. */
    GatewaySettings settings() {
        return composed.settings();
    }

    /** What is said of the configuration that runs, here and on the node's status. */
    void tell(ConfigState state) {
        configuration = state;
        results.greetAgain();
    }

    /** Lanes whose newest turn failed, each with its reason. */
    List<String> troubles() {
        List<String> all = new ArrayList<>();
        for (Lane lane : lanes()) {
            if (!lane.trouble().isEmpty()) {
                all.add("the " + lane.name() + " lane fails: " + lane.trouble());
            }
        }
        return all;
    }

    private List<Lane> lanes() {
        List<Lane> all = new ArrayList<>(List.of(sense, diagnose));
        Lane publish = results.lane();
        if (publish != null) {
            all.add(publish);
        }
        if (metered != null) {
            all.add(metered.lane());
        }
        return all;
    }

    /** The sense lane turns several times a second, so a step of the clock is seen without a reading, too. */
    private boolean senseByClock() throws StoreFailed, InterruptedException {
        GatewayClock.Trust trust = clock.state().trust();
        if (trust != toldTrust) {
            LOG.warn("the gateway's clock is {} (it was {}): it shows {}", trust, toldTrust, clock.shown());
            toldTrust = trust;
            results.greetAgain();
        }
        return pipeline.sense();
    }

    /** How it is now. */
    public GatewayStatus status() {
        ReadingQueue.Counts counts = queue.counts();
        return new GatewayStatus(
                Version.TEXT,
                Duration.ofNanos(System.nanoTime() - startedNanos),
                pipeline.readings(),
                pipeline.unwatched(),
                journal.duplicates(),
                pipeline.untoldAnomalies(),
                counts.waiting(),
                counts.peak(),
                counts.refused(),
                journal.bytes(),
                pipeline.sheds(),
                pipeline.snapshotAge(),
                results.detail(),
                results.reconnects(),
                metered == null ? "off" : metered.detail(),
                clock.state(),
                configuration,
                pipeline.figures().now(),
                sources.health(),
                workers.status(),
                peers.roster().standings(workers.breakers()),
                peers.status());
    }

    /** Whether every source has come to its end and all it gave is diagnosed; never true of live sources. */
    public boolean finished() throws StoreFailed {
        if (!sources.finished()) {
            return false;
        }
        // the second empty look from here on began after the last reading was handed over
        if (looksAtEnd < 0) {
            looksAtEnd = pipeline.emptyLooks();
        }
        return pipeline.emptyLooks() >= looksAtEnd + 2
                && database.read(CaseStore::nextWaiting).isEmpty();
    }

    /** Whether the sense lane turns: what the service manager's watchdog wants to know. */
    public boolean alive(Duration within) {
        return sense.sinceLastTurn().compareTo(within) < 0;
    }

    /** Completed exceptionally when a lane ended by a bug; the process must end then. */
    public CompletableFuture<Void> failure() {
        return failure;
    }

    /** Sources stop, what they handed over is taken in, a last snapshot is saved, the store closes. Closing twice is no error. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        RuntimeException first = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                if (first == null) {
                    first = new IllegalStateException("closing the gateway: " + e.getMessage(), e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** The sources have stopped: what they handed over is still journalled before the sense lane ends. */
    private void drain() throws InterruptedException {
        queue.close();
        long end = System.nanoTime() + DRAIN.toNanos();
        while (queue.counts().waiting() > 0 && !failure.isDone() && System.nanoTime() < end) {
            Thread.sleep(IDLE);
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.push(part);
        return part;
    }

    /** A step that finds the disk full has the sense lane, which may shed, make room for its next try. */
    private Lane.Step wantingRoom(Lane.Step step) {
        return () -> {
            try {
                return step.runOnce();
            } catch (StoreFailed e) {
                if (e.full()) {
                    pipeline.wantRoom();
                }
                throw e;
            }
        };
    }

    private Lane lane(String name, Lane.Step step, Duration pause) {
        Lane lane = opened(new Lane(name, step, pause, failure));
        lane.start();
        return lane;
    }

    private static OrderFolder orders(StoreSettings store) throws IOException {
        OrderFolder orders = OrderFolder.of(store.file());
        orders.create();
        return orders;
    }
}
