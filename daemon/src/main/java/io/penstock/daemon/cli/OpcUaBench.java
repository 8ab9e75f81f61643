package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.health.GatewayStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench opcua}: one subscription of many nodes, from a real server in another process into a real store. */
@Command(
        name = "opcua",
        description = {
            "Values a second of one OPC UA subscription, journalled and looked at by the detectors.",
            "The server is the demo's, in a process of its own; the whole gateway runs, without models."
        })
final class OpcUaBench implements Callable<Integer> {
    private static final double REACH = 40_000;
    private static final String CLASS_PATH = "penstock.demo.classpath";

    @Option(names = "--assets", defaultValue = "100", description = "Machines (default: 100).")
    int assets;

    @Option(names = "--channels", defaultValue = "10", description = "Nodes a machine (default: 10).")
    int channels;

    @Option(names = "--rate", defaultValue = "50", description = "Changes of each node a second (default: 50).")
    int rate;

    @Option(names = "--seconds", defaultValue = "20", description = "How long it measures (default: 20).")
    int seconds;

    @Option(names = "--warm-up", defaultValue = "10", description = "Seconds before that (default: 10).")
    int warmUp;

    @Option(
            names = "--disk",
            paramLabel = "FOLDER",
            description = "Where the store is made, e.g. the gateway's folder (default: the temporary folder).")
    @Nullable
    Path disk;

    @Option(names = "--json", description = "As one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (assets < 1 || channels < 1 || assets * channels > 10_000 || rate < 1 || rate > 1_000 || seconds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "expected 1 to 10000 nodes in all, 1 to 1000 changes a second, 1 s or more");
        }
        String classPath = System.getProperty(CLASS_PATH);
        if (classPath == null) {
            throw new IOException("the test server is not here: start the benchmark with ./penstock or the installed"
                    + " penstock, which set " + CLASS_PATH);
        }
        try (ScratchFolder folder = ScratchFolder.in(disk, "penstock-bench")) {
            return served(classPath, folder.path());
        }
    }

    private int served(String classPath, Path folder) throws Exception {
        Process server = server(classPath);
        try {
            String uri = server.inputReader().readLine();
            if (uri == null) {
                throw new IOException("the test server ended before it was ready; its messages are above");
            }
            return measure(uri, folder);
        } finally {
            server.getOutputStream().close();
            if (!server.waitFor(5, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    private Process server(String classPath) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        classPath,
                        "io.penstock.fixtures.opcua.LoadServerMain",
                        Integer.toString(assets),
                        Integer.toString(channels),
                        Integer.toString(rate))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private int measure(String uri, Path folder) throws Exception {
        OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        try (Gateway gateway = Gateway.start(ConfigFile.read(configuration(uri, folder)), InstantSource.system())) {
            awaitReadings(gateway);
            Thread.sleep(Duration.ofSeconds(warmUp));
            long before = gateway.status().readings();
            long cpuBefore = machine.getProcessCpuTime();
            long start = System.nanoTime();
            Thread.sleep(Duration.ofSeconds(seconds));
            GatewayStatus status = gateway.status();
            double took = (System.nanoTime() - start) / 1e9;
            double stored = status.readings() - before;
            double cpu = (machine.getProcessCpuTime() - cpuBefore) / 1e3;
            tell(stored / took, stored == 0 ? Double.NaN : cpu / stored, status);
            return ExitCode.DONE;
        }
    }

    private static void awaitReadings(Gateway gateway) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (gateway.status().readings() == 0) {
            if (System.nanoTime() > end) {
                throw new IOException("nothing came from the test server within 30 s: "
                        + gateway.status().sources().getFirst().health().detail());
            }
            Thread.sleep(Duration.ofMillis(50));
        }
    }

    private void tell(double perSecond, double microsEach, GatewayStatus status) {
        PrintWriter out = spec.commandLine().getOut();
        long rejected = status.sources().getFirst().health().rejected();
        long reconnects = status.sources().getFirst().health().reconnects();
        if (json) {
            ObjectNode node = new ObjectMapper().createObjectNode();
            node.put("what", "one OPC UA subscription of " + assets * channels + " nodes")
                    .put("stored_per_s", Math.round(perSecond))
                    .put("cpu_us_per_value", Math.round(microsEach * 100) / 100.0)
                    .put("offered_per_s", (long) assets * channels * rate)
                    .put("lost", rejected)
                    .put("duplicates", status.duplicates())
                    .put("reconnects", reconnects)
                    .put("queue_peak", status.queuePeak())
                    .put("reach", REACH)
                    .put("reached", perSecond >= REACH);
            out.println(node);
            return;
        }
        out.println(String.format(
                Locale.ROOT,
                "one OPC UA subscription of %d nodes: %,.0f values/s stored of %,d offered (reach %,.0f: %s),"
                        + " %.2f us of processor time each; %d lost, %d came twice, %d reconnects, at most %,d waited",
                assets * channels,
                perSecond,
                (long) assets * channels * rate,
                REACH,
                perSecond >= REACH ? "yes" : "NO",
                microsEach,
                rejected,
                status.duplicates(),
                reconnects,
                status.queuePeak()));
    }

    private Path configuration(String uri, Path folder) throws IOException {
        StringBuilder all = new StringBuilder("assets = [");
        for (int a = 0; a < assets; a++) {
            StringBuilder asset = new StringBuilder("[asset]\nid = \"a" + a + "\"\nkind = \"centrifugal_pump\"\n");
            for (int c = 0; c < channels; c++) {
                asset.append("[[channel]]\nid = \"c" + c + "\"\nquantity = \"flow\"\nunit = \"m3/s\"\n");
            }
            Files.writeString(folder.resolve("a" + a + ".toml"), asset);
            all.append("\"a").append(a).append(".toml\", ");
        }
        all.append("""
                ]
                [site]
                name = "bench"
                simulated = true
                [store]
                file = "penstock.db"
                [infer]
                enabled = false
                [route]
                semantic = false
                [[opcua]]
                name = "bench"
                endpoint = "%s"
                publish_every = "100ms"
                sample_every = "%dms"
                [[opcua.item]]
                path = "{asset}/{channel}"
                most = 10000
                """.formatted(uri, Math.clamp(1_000 / rate, 1, 100)));
        return Files.writeString(folder.resolve("penstock.toml"), all);
    }
}
