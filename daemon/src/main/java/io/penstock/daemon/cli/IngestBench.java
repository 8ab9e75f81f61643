package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.sensors.mqtt.IncomingMessage;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench ingest}: from the broker to the store and back to the broker, measured on a daemon process of its own. */
@Command(
        name = "ingest",
        description = {
            "Readings through a broker on this machine into a daemon of its own, every detector on, no model.",
            "How many a second, at what processor time, how late an anomaly is told; and what outages lose."
        })
final class IngestBench implements Callable<Integer> {
    private static final int WARM_UP = LoadPublisher.CHANNELS * 300;
    private static final int WILD_EVERY = 500;

    @Option(
            names = "--messages",
            paramLabel = "N",
            defaultValue = "96000",
            description = "Messages sent as fast as the broker takes them, 1000 to 5000000 (default: 96000).")
    int messages;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "2000",
            description = "Messages a second of the steady part, 1 to 100000 (default: 2000).")
    int rate;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "20",
            description = "Length of the steady part, 1 to 3600 s (default: 20).")
    int seconds;

    @Option(
            names = "--kills",
            paramLabel = "N",
            defaultValue = "0",
            description = "How often the daemon is killed (SIGKILL) under load, 0 to 1000 (default: 0).")
    int kills;

    @Option(
            names = "--broker-restarts",
            paramLabel = "N",
            defaultValue = "0",
            description = "How often the broker is stopped under load, 0 to 1000 (default: 0).")
    int restarts;

    @Option(
            names = "--broker-port",
            paramLabel = "PORT",
            description = "A broker that runs on this machine, as it is set up (default: mosquitto is started).")
    @Nullable
    Integer brokerPort;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the outages' moments.")
    long seed;

    @Option(
            names = "--disk",
            paramLabel = "FOLDER",
            description = "Where the store is made, e.g. the gateway's (default: the temporary folder).")
    @Nullable
    Path disk;

    @Option(names = "--json", description = "One JSON object a measure.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private final List<Map<String, Object>> lines = new ArrayList<>();
    private boolean clean = true;

    @Override
    public Integer call() throws IOException, StoreFailed {
        check("--messages", messages, 1_000, 5_000_000);
        check("--rate", rate, 1, 100_000);
        check("--seconds", seconds, 1, 3_600);
        check("--kills", kills, 0, 1_000);
        check("--broker-restarts", restarts, 0, 1_000);
        if (brokerPort != null && restarts > 0) {
            throw new ParameterException(spec.commandLine(), "--broker-restarts stops only a broker started here");
        }
        try (ScratchFolder folder = ScratchFolder.in(disk, "penstock-bench")) {
            speed(folder.path().resolve("speed"));
            outages(folder.path().resolve("kills"), IngestOutages.Outage.DAEMON_KILLED, kills);
            outages(folder.path().resolve("restarts"), IngestOutages.Outage.BROKER_STOPPED, restarts);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            lines.forEach(line -> Console.json(out, line));
        } else {
            lines.forEach(line -> line.forEach((key, value) ->
                    out.println(key.equals("measure") ? value + ":" : "  " + key.replace('_', ' ') + ": " + value)));
        }
        return clean ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void check(String option, long found, long least, long most) {
        if (found < least || found > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + found + ", expected " + least + " to " + most);
        }
    }

    private void speed(Path folder) throws IOException, StoreFailed {
        try (IngestRig rig = new IngestRig(folder, Optional.ofNullable(brokerPort));
                LoadPublisher load = new LoadPublisher(rig.port(), WILD_EVERY)) {
            rig.startBroker();
            long start = System.nanoTime();
            rig.startDaemon();
            rig.awaitSubscribed();
            double subscribed = (System.nanoTime() - start) / 1e9;
            double idle = rig.memoryMiB("VmRSS");
            line("start", "seconds_to_subscribed", round(subscribed), "idle_mib", Math.round(idle));
            Map<String, Long> told = new ConcurrentHashMap<>();
            try (MqttConnection watcher = watcher(rig.port(), told)) {
                watcher.start();
                IngestRig.await("the anomaly events are subscribed to", watcher::isListening);
                load.send(WARM_UP, Math.max(rate, 3_000));
                stored(rig, load);
                flatOut(rig, load);
                steady(rig, load, told);
            }
            tally("everything", rig.tally(load));
        }
    }

    private void flatOut(IngestRig rig, LoadPublisher load) throws IOException {
        double cpu = rig.cpuSeconds();
        long start = System.nanoTime();
        load.send(messages, 0);
        stored(rig, load);
        double took = (System.nanoTime() - start) / 1e9;
        line(
                "flat_out",
                "messages",
                messages,
                "stored_a_second",
                Math.round(messages / took),
                "cpu_s_a_million",
                round((rig.cpuSeconds() - cpu) / messages * 1e6),
                "peak_mib",
                Math.round(rig.memoryMiB("VmHWM")));
    }

    private void steady(IngestRig rig, LoadPublisher load, Map<String, Long> told) throws IOException {
        int count = rate * seconds;
        List<String> before = List.copyOf(load.wild().keySet());
        double cpu = rig.cpuSeconds();
        load.send(count, rate);
        stored(rig, load);
        double used = rig.cpuSeconds() - cpu;
        IngestRig.await(
                "the anomalies are told",
                () -> told.keySet().containsAll(load.wild().keySet()));
        double[] delays = load.wild().entrySet().stream()
                .filter(entry -> !before.contains(entry.getKey()))
                .mapToDouble(entry -> (told.getOrDefault(entry.getKey(), Long.MAX_VALUE) - entry.getValue()) / 1e6)
                .sorted()
                .toArray();
        line(
                "steady",
                "messages_a_second",
                rate,
                "cpu_s_a_million",
                round(used / count * 1e6),
                "anomalies",
                delays.length,
                "told_after_ms_p50",
                percentile(delays, 0.5),
                "told_after_ms_p99",
                percentile(delays, 0.99));
    }

    private static double percentile(double[] sorted, double share) {
        return sorted.length == 0 ? Double.NaN : round(sorted[(int) (share * (sorted.length - 1))]);
    }

    private static MqttConnection watcher(int port, Map<String, Long> told) {
        ObjectMapper mapper = new ObjectMapper();
        return new MqttConnection(
                MqttConnectionSettings.of("tcp://127.0.0.1:" + port, "penstock-bench-watch"),
                List.of("penstock/v1/" + IngestRig.SITE + "/+/anomaly"),
                message -> {
                    long now = System.nanoTime();
                    told.putIfAbsent(key(mapper, message), now);
                    message.acknowledgement().run();
                });
    }

    private static String key(ObjectMapper mapper, IncomingMessage message) {
        try {
            JsonNode reading = mapper.readTree(message.payload()).path("reading");
            return reading.path("channel").asText() + "@" + reading.path("time").asLong();
        } catch (IOException e) {
            throw new IllegalStateException("an anomaly event of ours is no JSON", e);
        }
    }

    private static void stored(IngestRig rig, LoadPublisher load) throws IOException {
        IngestRig.await(
                "all readings are stored", () -> rig.stored() >= load.sent().size());
    }

    private void outages(Path folder, IngestOutages.Outage outage, int times) throws IOException, StoreFailed {
        if (times == 0) {
            return;
        }
        try (IngestRig rig = new IngestRig(folder, Optional.ofNullable(brokerPort))) {
            rig.startBroker();
            rig.startDaemon();
            rig.awaitSubscribed();
            IngestOutages.Result result = IngestOutages.run(rig, outage, times, seed);
            String name = outage.name().toLowerCase(Locale.ROOT);
            line(
                    name,
                    "times",
                    times,
                    "flowing_again_ms_median",
                    result.flowingMillis().stream().sorted().toList().get(times / 2),
                    "flowing_again_ms_most",
                    result.slowestMillis());
            tally(name, result.tally());
        }
    }

    private void tally(String of, IngestRig.Tally tally) {
        clean &= tally.clean();
        line(
                "tally_" + of,
                "sent",
                tally.sent(),
                "lost",
                tally.lost(),
                "twice",
                tally.twice(),
                "foreign",
                tally.foreign(),
                "anomalies_sent",
                tally.wild(),
                "anomalies_missed",
                tally.missed(),
                "anomalies_untrue",
                tally.untrue());
    }

    private void line(String measure, Object... pairs) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("measure", measure);
        for (int i = 0; i < pairs.length; i += 2) {
            line.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        lines.add(line);
    }

    private static double round(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
