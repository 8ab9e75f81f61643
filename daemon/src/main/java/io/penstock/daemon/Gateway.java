package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.config.RouteFiles;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.EwmaDetector;
import io.penstock.daemon.detect.EwmaSettings;
import io.penstock.daemon.detect.LimitDetector;
import io.penstock.daemon.detect.OnsetDetector;
import io.penstock.daemon.detect.StateDetector;
import io.penstock.daemon.detect.ValidityDetector;
import io.penstock.daemon.detect.VibrationDetector;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.health.StatusSocket;
import io.penstock.daemon.infer.Inference;
import io.penstock.daemon.ingest.ReadingQueue;
import io.penstock.daemon.publish.NodeMessages;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.publish.Publisher;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.sensors.file.FileSource;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttSource;
import io.penstock.sensors.opcua.OpcUaSource;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final long startedNanos = System.nanoTime();
    private final ReadingQueue queue;
    private final Database database;
    private final Journal journal;
    private final Pipeline pipeline;
    private final Workers workers;
    private final List<SensorSource> sources;
    private final Lane sense;
    private final @Nullable MqttConnection results;
    private long looksAtEnd = -1;
    private boolean closed;

    private Gateway(GatewaySettings settings, InstantSource clock) throws StoreFailed, IOException, ConfigWrong {
        try {
            database = opened(Database.open(settings.store().file()));
            journal = new Journal(database, settings.store());
            ResultMessages messages = new ResultMessages(settings.publish());
            results = resultsConnection(settings.publish(), messages);

            workers = opened(Workers.of(settings, clock));
            Map<String, SymptomMatrix> matrices = matrices(settings.assets());
            Advisor advisor = new Advisor(
                    matrices,
                    new CaseRouting(
                            RouteFiles.read(settings.route()),
                            workers.language() == null
                                    ? Map.of()
                                    : Map.of(
                                            CaseRouter.GENERAL,
                                            workers.language().name()),
                            workers.embedder(),
                            settings.route().deadline(),
                            clock),
                    new Inference(workers.experts(), settings.infer(), clock));

            queue = new ReadingQueue(settings.store().queue(), PATIENCE);
            pipeline = new Pipeline(
                    database,
                    journal,
                    queue,
                    watches(settings),
                    new CaseBook(settings.cases(), matrices),
                    advisor,
                    messages,
                    settings.publish(),
                    settings.store(),
                    orders(settings.store()),
                    clock);
            pipeline.resume();

            open.push(pipeline::finish);
            sense = lane("sense", pipeline::sense, Duration.ZERO);
            open.push(this::drain);
            lane("diagnose", pipeline::diagnose, IDLE);
            if (results != null) {
                Publisher publisher =
                        new Publisher(database, results, NodeMessages.greeting(messages, Version.TEXT), clock);
                open.push(() -> publisher.farewell(NodeMessages.farewell(messages, Version.TEXT)));
                Lane publishing = lane("publish", publisher::runOnce, IDLE);
                pipeline.onAnnounced(publishing::wake);
            }
            // the list of sources: a new protocol is a line here
            sources = new ArrayList<>();
            settings.mqtt().forEach(s -> sources.add(new MqttSource(s, clock)));
            settings.opcua().forEach(s -> sources.add(new OpcUaSource(s, clock)));
            settings.replay().forEach(s -> sources.add(new FileSource(s, clock)));
            // the status tells of all of the above: it may be asked from its first moment on
            answerStatus(settings.socket());
            for (SensorSource source : sources) {
                opened(source).start(queue);
            }
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
        return new Gateway(settings, clock);
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
                results == null ? "" : results.detail(),
                sources.stream()
                        .map(s -> new GatewayStatus.Source(s.name(), s.health()))
                        .toList(),
                workers.status());
    }

    /** Whether every source has come to its end and all it gave is diagnosed; never true of live sources. */
    public boolean finished() throws StoreFailed {
        if (sources.stream().anyMatch(s -> s.health().state() != SourceHealth.State.FINISHED)) {
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

    private @Nullable MqttConnection resultsConnection(PublishSettings publish, ResultMessages messages) {
        String broker = publish.broker();
        if (broker == null) {
            return null;
        }
        String user = publish.user();
        String password = publish.passwordFile();
        MqttConnection connection = opened(new MqttConnection(MqttConnectionSettings.of(broker, publish.clientId())
                .withCredentials(
                        user == null || password == null
                                ? null
                                : new MqttConnectionSettings.Credentials(user, Path.of(password)))
                .withLastWill(new MqttConnectionSettings.LastWill(
                        messages.nodeTopic("status"),
                        messages.nodeStatus(false, Version.TEXT).getBytes(StandardCharsets.UTF_8),
                        true))));
        connection.start();
        return connection;
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

    /** Diagnoses matter more than status: without a place for the socket the daemon runs, and says that it cannot be asked. */
    private void answerStatus(Path socket) {
        try {
            opened(StatusSocket.open(socket, () -> status().json()));
        } catch (IOException e) {
            LOG.warn(
                    "status cannot be asked for at {}: {}; make its folder, or set [health] socket to another",
                    socket,
                    e.getMessage());
        }
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

    private static Map<String, SymptomMatrix> matrices(List<Asset> assets) {
        Map<String, SymptomMatrix> matrices = new LinkedHashMap<>();
        for (Asset asset : assets) {
            try {
                matrices.put(asset.id(), ShippedMatrices.of(asset.kind()));
            } catch (MatrixRefused e) {
                throw new IllegalStateException("a shipped symptom matrix is broken: " + e.getMessage(), e);
            }
        }
        return matrices;
    }

    /** Each asset's window and detectors. The list of detectors: a new one is a line here. */
    static Map<String, AssetWatch> watches(GatewaySettings settings) {
        Map<String, AssetWatch> watches = new LinkedHashMap<>();
        for (Asset asset : settings.assets()) {
            Map<String, Detector> detectors = new LinkedHashMap<>();
            detectors.put(
                    "validity", new ValidityDetector(asset, settings.window().validity()));
            detectors.put("limit", new LimitDetector(asset, settings.window().validity()));
            if (!AssetWindow.scalarsOf(asset).isEmpty()) {
                detectors.put("chart", new EwmaDetector(asset, EwmaSettings.of(settings.state())));
                detectors.put("state", new StateDetector(asset, settings.state()));
                detectors.put("onset", new OnsetDetector(asset, settings.onset()));
            }
            detectors.put("vibration", new VibrationDetector(settings.vibration()));
            watches.put(
                    asset.id(),
                    new AssetWatch(
                            asset, new AssetWindow(asset, new VibrationAnalysis(), settings.window()), detectors));
        }
        return watches;
    }
}
