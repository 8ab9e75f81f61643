package io.penstock.daemon.cli;

import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.RoutesFile;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.TextRouter;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.worker.WorkerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench route}: what routing a text costs, by rules and by its vector. */
@Command(
        name = "route",
        description = {
            "Processor time to route a text, by rules and by its vector.",
            "Rules: 20 patterns that do not match, and all signals. Also the memory of the embedder's process, and the time from its start to",
            "the first route. With --peer, another program embeds the same texts in turn, and the processor times are compared."
        })
final class RouteBench implements Callable<Integer> {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int WARM = 2_000;
    private static final int RULES = 5_000;
    /** Texts until what the embedder's process runs often is compiled: it lives for months, its first second is no measure. */
    private static final int SETTLE = 400;
    /** Texts in a row to one program before the other's turn: what disturbs lasts longer and meets both alike. */
    private static final int TURN = 50;

    private static final double MEGABYTES_A_MIB = 1.048576;

    @Option(
            names = "--texts",
            paramLabel = "N",
            defaultValue = "500",
            description = "Texts routed by their vector, 50 to 100000 (default: 500).")
    int texts;

    @Option(
            names = "--queries",
            paramLabel = "FILE",
            description = "Writes the texts there, one a line: for another program to embed the same ones.")
    @Nullable
    Path queries;

    @Option(
            names = "--peer",
            paramLabel = "COMMAND",
            description = {
                "Compares with this program, such as 'python3 test-fixtures/peers/router-peer.py'. It is given the model, its",
                "tokenizer and -, and answers each line by the seconds of processor time it took."
            })
    @Nullable
    String peer;

    @Option(names = "--json", description = "One JSON object a measure.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Vectors computed before. */
    private record Known(Map<String, float[]> vectors) implements TextEmbedder {
        static Known of(List<String> texts, TextEmbedder embedder) throws ModelUnavailable {
            return new Known(TextRouter.embed(texts, embedder, DEADLINE));
        }

        @Override
        public float[] embed(String text, Duration deadline) {
            return Objects.requireNonNull(vectors.get(text));
        }

        @Override
        public void close() {}
    }

    @Override
    public Integer call() throws IOException, ModelUnavailable {
        if (texts < 50 || texts > 100_000) {
            throw new ParameterException(spec.commandLine(), "--texts is " + texts + ", expected 50 to 100000");
        }
        List<String> asked = asked();
        if (queries != null) {
            Files.write(queries, asked);
        }
        say("rules and signals, processor time a text", byRules(asked) / 1e3, "us", 50);
        long began = System.nanoTime();
        RouteCommand.Opened opened = LocalModels.embedder();
        try (var embedder = opened.embedder()) {
            Routes routes = ShippedRoutes.defaults();
            VectorCache cache = new VectorCache(embedder, LocalModels.cacheFolder(), opened.modelSha256());
            TextRouter router = TextRouter.open(routes, ShippedRoutes.negatives(), cache, DEADLINE)
                    .askingBy(embedder, DEADLINE);
            router.plan(asked.getFirst());
            say("start of the embedder to the first route, samples kept", (System.nanoTime() - began) / 1e9, "s", 1.5);
            cache.close();
            byVector(asked, router, embedder);
        }
        return ExitCode.DONE;
    }

    /** Everyday sentences and the plant's, in turn. */
    private List<String> asked() {
        List<String> some = new ArrayList<>(ShippedRoutes.negatives());
        some.addAll(ShippedRoutes.defaults().texts());
        List<String> all = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            all.add(some.get(i % some.size()));
        }
        return all;
    }

    /** @return the median of five rounds, nanoseconds */
    private static double byRules(List<String> asked) {
        StringBuilder file = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            file.append("[[route]]\nname = \"r").append(i).append("\"\npatterns = ['(?i)\\b(trip|alarm) code ");
            file.append(i).append("\\d{3}\\b']\n");
        }
        if (!(RoutesFile.read(file.toString()) instanceof RoutesFile.Accepted accepted)) {
            throw new IllegalStateException("the benchmark's own routes file is wrong");
        }
        TextRouter router = TextRouter.patternsOnly(accepted.routes(), "rules alone");
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double[] rounds = new double[5];
        int kept = 0;
        for (int round = -1; round < rounds.length; round++) {
            int times = round < 0 ? WARM : RULES;
            long began = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < times; i++) {
                RoutePlan plan = router.plan(asked.get(i % asked.size()));
                kept += plan.tier() == RoutePlan.Tier.FALLBACK ? 1 : 0;
            }
            if (round >= 0) {
                rounds[round] = (double) (threads.getCurrentThreadCpuTime() - began) / times;
            }
        }
        if (kept == 0) {
            throw new IllegalStateException("every text matched a pattern made to match none");
        }
        Arrays.sort(rounds);
        return rounds[rounds.length / 2];
    }

    private void byVector(List<String> asked, TextRouter router, TextEmbedder embedder)
            throws IOException, ModelUnavailable {
        try (RoutePeer other = peer == null ? null : RoutePeer.start(peer, LocalModels.embeddingModel())) {
            for (int i = 0; i < SETTLE; i++) {
                router.plan(asked.get(i % asked.size()));
            }
            TextRouter known = router.askingBy(Known.of(asked, embedder), DEADLINE);
            if (other != null) {
                processorOf(other, asked.subList(0, TURN), known);
            }
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long pid =
                    embedder instanceof WorkerProcess worker ? worker.status().pid() : 0;
            double ticks = pid == 0 ? Double.NaN : processor(pid);
            double[] waited = new double[asked.size()];
            long mine = 0;
            double others = 0;
            for (int from = 0; from < asked.size(); from += TURN) {
                int to = Math.min(from + TURN, asked.size());
                long own = threads.getCurrentThreadCpuTime();
                for (int i = from; i < to; i++) {
                    long began = System.nanoTime();
                    router.plan(asked.get(i));
                    waited[i] = (System.nanoTime() - began) / 1e6;
                }
                mine += threads.getCurrentThreadCpuTime() - own;
                others += other == null ? 0 : processorOf(other, asked.subList(from, to), known);
            }
            Arrays.sort(waited);
            say("by its vector, as a bystander's watch shows, median", waited[waited.length / 2], "ms", 0);
            say("by its vector, processor time of the asking thread", mine / 1e6 / asked.size(), "ms", 0);
            if (pid != 0) {
                double used = processor(pid) - ticks;
                say("by its vector, processor time of the embedder's process", used * 1_000 / asked.size(), "ms", 0);
                if (other != null) {
                    say("by its vector, processor time of the peer", others * 1_000 / asked.size(), "ms", 0);
                    say("processor time, embedder's process to its peer", used / others, "", 1);
                }
                say("memory of the embedder's process", IngestRig.memoryMiB(pid, "VmRSS") * MEGABYTES_A_MIB, "MB", 160);
            }
        }
    }

    /**
     * Seconds of processor time the peer takes to embed these.
     *
     * @param known routes each text after the peer's answer, by the vector it has: both programs run beside the same work
     */
    private static double processorOf(RoutePeer other, List<String> some, TextRouter known) throws IOException {
        double sum = 0;
        for (String text : some) {
            sum += other.processorSeconds(text);
            known.plan(text);
        }
        return sum;
    }

    /** Seconds of processor time a process has used, its own threads together. */
    private static double processor(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(used -> used.toNanos() / 1e9)
                .orElse(Double.NaN);
    }

    private void say(String what, double value, String unit, double atMost) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> measure = new LinkedHashMap<>();
            measure.put("what", what);
            measure.put("unit", unit);
            measure.put("value", value);
            measure.put("at_most", atMost == 0 ? null : atMost);
            Console.json(out, measure);
            return;
        }
        String reach = atMost == 0 ? "" : String.format(Locale.ROOT, "  (reach: %.4g)", atMost);
        out.println(String.format(Locale.ROOT, "%-58s %8.2f %s%s", what, value, unit, reach));
        out.flush();
    }
}
