package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.health.StatusSocket;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A broker and a real daemon process on this machine's loopback interface, with eight assets of eight channels each, every detector on
 * and no model: what {@code penstock bench ingest} measures, kills and starts again.
 */
final class IngestRig implements AutoCloseable {
    static final String SITE = "bench";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int UNITS = 8;

    private final Path folder;
    private final int port;
    private final boolean ownBroker;
    private @Nullable Process broker;
    private @Nullable Process daemon;
    private double cpuBefore;

    /** @param givenPort a broker that runs already on the loopback interface; empty: mosquitto is started */
    IngestRig(Path folder, Optional<Integer> givenPort) throws IOException {
        this.folder = folder;
        this.ownBroker = givenPort.isEmpty();
        this.port = givenPort.isPresent() ? givenPort.get() : freePort();
        Files.createDirectories(folder);
        configure();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    /** Whether there is a broker program here. */
    static Optional<Path> mosquitto() {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin";
        return Stream.of(path.split(":"))
                .filter(entry -> !entry.isBlank())
                .map(entry -> Path.of(entry, "mosquitto"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private void configure() throws IOException {
        StringBuilder config = new StringBuilder("assets = [");
        StringBuilder subscriptions = new StringBuilder();
        for (int unit = 0; unit < UNITS; unit++) {
            String asset = LoadPublisher.asset(unit);
            StringBuilder text = new StringBuilder("[asset]\nid = \"" + asset + "\"\nkind = \"centrifugal_pump\"\n");
            for (int channel = 0; channel < UNITS; channel++) {
                text.append("[[channel]]\nid = \"s").append(channel).append("""
                        "
                        quantity = "pressure"
                        unit = "bar"
                        resolution = 0.0001
                        range_low = -1000
                        range_high = 1000
                        stuck_after = "60s"
                        [[channel.limit]]
                        above = 500
                        severity = "alarm"
                        """);
            }
            Files.writeString(folder.resolve("unit" + unit + ".toml"), text);
            config.append("\"unit").append(unit).append(".toml\", ");
            subscriptions.append("[[mqtt.subscribe]]\ntopic = \"").append(asset).append("/{channel}\"\nasset = \"");
            subscriptions.append(asset).append("\"\npayload = \"json\"\n");
        }
        config.append("""
                ]
                [site]
                name = "%s"
                simulated = true
                [store]
                file = "penstock.db"
                [publish]
                broker = "tcp://127.0.0.1:%d"
                [infer]
                enabled = false
                [route]
                semantic = false
                [[mqtt]]
                name = "plant"
                uri = "tcp://127.0.0.1:%d"
                """.formatted(SITE, port, port)).append(subscriptions);
        Files.writeString(folder.resolve("penstock.toml"), config);
    }

    void startBroker() throws IOException {
        if (!ownBroker) {
            return;
        }
        Path program = mosquitto()
                .orElseThrow(() -> new IOException("there is no mosquitto here: apt-get install mosquitto, or name a"
                        + " broker on this machine with --broker-port"));
        Path config = folder.resolve("mosquitto.conf");
        Files.writeString(config, """
                listener %d 127.0.0.1
                allow_anonymous true
                persistence true
                persistence_location %s/
                max_queued_messages 0
                max_queued_bytes 0
                max_inflight_messages 1000
                set_tcp_nodelay true
                user %s
                """.formatted(port, folder.toAbsolutePath(), System.getProperty("user.name")));
        broker = new ProcessBuilder(program.toString(), "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("mosquitto.log").toFile()))
                .start();
    }

    /** SIGTERM: it saves its sessions first. */
    void stopBroker() throws IOException {
        end(broker, false);
        broker = null;
    }

    /** Starts the daemon with the options this process has, and returns at once. */
    void startDaemon() throws IOException {
        // what a killed one left would answer nobody
        Files.deleteIfExists(socket());
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:-UsePerfData"));
        line.addAll(List.of(RUN_OPTIONS));
        String classPath = System.getProperty("java.class.path");
        // where the package is installed the daemon starts from its cache of classes, as by the launcher
        Path cache = Path.of(classPath.split(File.pathSeparator, 2)[0]).resolveSibling("penstock.aot");
        if (Files.isReadable(cache)) {
            line.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off"));
        }
        line.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        for (String key : List.of("org.sqlite.lib.path", "org.sqlite.lib.name")) {
            String value = System.getProperty(key);
            if (value != null) {
                line.add("-D" + key + "=" + value);
            }
        }
        line.addAll(List.of("io.penstock.daemon.GatewayMain", "run", "--config"));
        line.add(folder.resolve("penstock.toml").toString());
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put("CLASSPATH", classPath);
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        daemon = builder.start();
    }

    /** As the launcher gives {@code penstock run}. */
    private static final String[] RUN_OPTIONS = {
        "-Xms16m", "-Xmn8m", "-Xmx256m", "-Xss512k", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"
    };

    Path log() {
        return folder.resolve("daemon.log");
    }

    private Path socket() {
        return folder.resolve("penstock.sock");
    }

    /** Returns when the daemon has subscribed. */
    void awaitSubscribed() throws IOException {
        await("the daemon subscribed (its log: " + log() + ")", this::isSubscribed);
    }

    private boolean isSubscribed() {
        Process running = daemon;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("the daemon ended; its log is " + log());
        }
        try {
            Optional<String> answer = Files.exists(socket()) ? StatusSocket.ask(socket()) : Optional.empty();
            if (answer.isEmpty()) {
                return false;
            }
            JsonNode sources = new ObjectMapper().readTree(answer.get()).path("sources");
            return sources.path(0).path("state").asText().equals("running");
        } catch (IOException e) {
            return false;
        }
    }

    static void await(String what, BooleanSupplier holds) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IOException("waited " + PATIENCE.toSeconds() + " s until " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** SIGKILL. */
    void killDaemon() throws IOException {
        cpuBefore = cpuSeconds();
        end(daemon, true);
        daemon = null;
    }

    private static void end(@Nullable Process process, boolean forcibly) throws IOException {
        if (process == null) {
            return;
        }
        try {
            if (forcibly) {
                process.destroyForcibly();
            } else {
                process.destroy();
            }
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a process was ended", e);
        }
    }

    /** Processor time of the daemon and of those killed before it, seconds. */
    double cpuSeconds() {
        Process running = daemon;
        return cpuBefore
                + (running == null
                        ? 0
                        : running.info()
                                .totalCpuDuration()
                                .map(d -> d.toNanos() / 1e9)
                                .orElse(0.0));
    }

    /** A figure of the daemon's memory, MiB: {@code VmRSS} now, {@code VmHWM} the most so far; NaN where the system tells none. */
    double memoryMiB(String figure) throws IOException {
        Process running = daemon;
        return running == null ? Double.NaN : memoryMiB(running.pid(), figure);
    }

    /** As {@link #memoryMiB(String)}, of any process. */
    static double memoryMiB(long pid, String figure) throws IOException {
        if (!Files.isReadable(Path.of("/proc/self/status"))) {
            return Double.NaN;
        }
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith(figure + ":")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        return Double.NaN;
    }

    /** Readings stored, by the journal's position. */
    long stored() {
        try {
            return Files.exists(folder.resolve("penstock.db"))
                    ? Database.readOnly(folder.resolve("penstock.db"), c -> {
                        try (Statement s = c.createStatement();
                                ResultSet r = s.executeQuery(
                                        "SELECT position FROM v_reading ORDER BY position DESC LIMIT 1")) {
                            return r.next() ? r.getLong(1) : 0L;
                        }
                    })
                    : 0;
        } catch (StoreFailed e) {
            // being made, or in use by the one who starts
            return 0;
        }
    }

    /**
     * What was found of what was sent.
     *
     * @param lost readings sent and not stored
     * @param twice readings stored more than once
     * @param foreign readings stored and never sent
     * @param missed wild readings without an anomaly event
     * @param untrue anomaly events of readings that are not wild
     */
    record Tally(int sent, long lost, long twice, long foreign, int wild, long missed, long untrue) {
        boolean clean() {
            return lost == 0 && twice == 0 && foreign == 0 && missed == 0;
        }
    }

    /** Holds the store against what was sent. */
    Tally tally(LoadPublisher load) throws StoreFailed {
        Map<String, Long> sent = load.sent();
        Map<String, Long> wild = load.wild();
        return Database.readOnly(folder.resolve("penstock.db"), c -> {
            Set<String> seen = new HashSet<>();
            long twice = 0;
            long foreign = 0;
            long missed = 0;
            long untrue = 0;
            try (Statement s = c.createStatement()) {
                try (ResultSet r = s.executeQuery("SELECT channel || '@' || time FROM v_reading")) {
                    while (r.next()) {
                        if (!sent.containsKey(r.getString(1))) {
                            foreign++;
                        } else if (!seen.add(r.getString(1))) {
                            twice++;
                        }
                    }
                }
                Set<String> told = new HashSet<>();
                try (ResultSet r = s.executeQuery(
                        "SELECT replace(substr(key, 9), ':spike:', '@') FROM outbox WHERE key GLOB 'anomaly:*:spike:*'")) {
                    while (r.next()) {
                        told.add(r.getString(1));
                    }
                }
                untrue = told.stream().filter(key -> !wild.containsKey(key)).count();
                missed = wild.keySet().stream()
                        .filter(key -> !told.contains(key))
                        .count();
            }
            return new Tally(sent.size(), sent.size() - seen.size(), twice, foreign, wild.size(), missed, untrue);
        });
    }

    @Override
    public void close() throws IOException {
        try {
            end(daemon, false);
        } finally {
            end(broker, false);
        }
    }
}
