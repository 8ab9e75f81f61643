package io.penstock.daemon.cli;

import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.daemon.store.Database;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench label}: from the last sample to the label by rules and past cases on disk, without a model. */
@Command(
        name = "label",
        description = {
            "How long after a sample the diagnosis by rules and past cases is on disk with its messages.",
            "A real gateway, without a model, plays a recording as fast as it was made: eight pumps of four channels, one of which passes a",
            "limit twice a second."
        })
final class LabelBench implements Callable<Integer> {
    private static final int PUMPS = 8;
    /** Diagnoses after the start that are told apart: the classes they need are read from disk with them. */
    private static final int COLD = 10;

    private static final double REACH_S = 0.1;
    private static final String[] QUANTITIES = {"bearing_temperature", "oil_temperature", "flow", "pressure"};

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "Length of the recording, 5 to 3600 s (default: 60).")
    int seconds;

    @Option(
            names = "--disk",
            paramLabel = "FOLDER",
            description = "Where the store is made, e.g. the gateway's (default: the temporary folder).")
    @Nullable
    Path disk;

    @Option(names = "--json", description = "One JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** @param firstS of the first case after the start, seconds */
    private record Measured(double firstS, ActionTimes.Spread warm) {}

    @Override
    public Integer call() throws Exception {
        if (seconds < 5 || seconds > 3_600) {
            throw new ParameterException(spec.commandLine(), "--seconds is " + seconds + ", expected 5 to 3600");
        }
        try (ScratchFolder folder = ScratchFolder.in(disk, "penstock-bench-label")) {
            say(played(folder.path()));
            return ExitCode.DONE;
        }
    }

    private Measured played(Path folder) throws Exception {
        Path config = site(folder);
        recording(folder.resolve("day.jsonl"));
        try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
            while (!gateway.finished()) {
                if (gateway.failure().isDone()) {
                    gateway.failure().get();
                }
                Thread.sleep(100);
            }
        }
        List<ActionTimes.Chain> chains = Database.readOnly(folder.resolve("p.db"), ActionTimes::newest).stream()
                .sorted(Comparator.comparingLong(ActionTimes.Chain::sampleMicros))
                .toList();
        ActionTimes.@Nullable Spread cold = spread(chains.stream().limit(1).toList());
        ActionTimes.@Nullable Spread warm = spread(chains.stream().skip(COLD).toList());
        if (cold == null || warm == null) {
            throw new IOException("the recording made " + chains.size() + " diagnoses: too few to measure");
        }
        return new Measured(cold.p50(), warm);
    }

    private static ActionTimes.@Nullable Spread spread(List<ActionTimes.Chain> chains) {
        return ActionTimes.of(chains).steps().get(ActionTimes.Step.ALARM);
    }

    private static Path site(Path folder) throws IOException {
        StringBuilder assets = new StringBuilder();
        for (int pump = 0; pump < PUMPS; pump++) {
            StringBuilder text =
                    new StringBuilder("[asset]\nid = \"pump-" + pump + "\"\nkind = \"centrifugal_pump\"\n");
            for (String quantity : QUANTITIES) {
                text.append("[[channel]]\nid = \"")
                        .append(quantity)
                        .append("\"\nquantity = \"")
                        .append(quantity);
                text.append("\"\nunit = \"1\"\n[[channel.limit]]\nabove = 80\nseverity = \"alarm\"\n");
            }
            Files.writeString(folder.resolve("pump" + pump + ".toml"), text);
            assets.append(pump == 0 ? "" : ", ").append("\"pump").append(pump).append(".toml\"");
        }
        return Files.writeString(folder.resolve("penstock.toml"), """
                assets = [%s]
                [site]
                name = "bench"
                simulated = true
                [store]
                file = "p.db"
                [health]
                socket = "s"
                [cases]
                close_after = "1s"
                chatter_hold = "0s"
                hold_off = "0s"
                announce_window = "1s"
                most_announcements = 1000
                [route]
                semantic = false
                [infer]
                enabled = false
                [[replay]]
                file = "day.jsonl"
                speed = 1
                """.formatted(assets));
    }

    /** Each pump's four channels five times a second; in turn one of them is too hot for a second. */
    private void recording(Path file) throws IOException {
        Instant start = Instant.parse("2026-03-01T00:00:00Z");
        try (BufferedWriter to = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (int tick = 0; tick < seconds * 5; tick++) {
                for (int pump = 0; pump < PUMPS; pump++) {
                    for (int channel = 0; channel < QUANTITIES.length; channel++) {
                        // pump p is hot in the second that begins at (4 n + p / 2) s, so that two begin a second
                        boolean hot = channel == pump % 2 && tick >= 5 && (tick / 5 - pump / 2) % 4 == 0;
                        int millis = tick * 200 + pump * 20 + channel;
                        to.write(String.format(
                                Locale.ROOT,
                                "{\"asset\":\"pump-%d\",\"channel\":\"%s\",\"ts\":\"%s\",\"value\":%.3f}%n",
                                pump,
                                QUANTITIES[channel],
                                start.plusMillis(millis),
                                (hot ? 90 : 60) + (tick % 7) * 0.1 + pump));
                    }
                }
            }
        }
    }

    private void say(Measured measured) {
        ActionTimes.Spread spread = measured.warm();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> measure = new LinkedHashMap<>();
            measure.put("what", "sample to label by rules and past cases, on disk");
            measure.put("diagnoses", spread.count());
            measure.put("p50_s", spread.p50());
            measure.put("p95_s", spread.p95());
            measure.put("p99_s", spread.p99());
            measure.put("reach_p99_s", REACH_S);
            measure.put("first_after_start_s", measured.firstS());
            Console.json(out, measure);
            return;
        }
        out.println(String.format(
                Locale.ROOT,
                "sample to label by rules and past cases, on disk: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms of %d"
                        + " diagnoses (reach: p99 %.0f ms); the first after the start %.0f ms",
                spread.p50() * 1e3,
                spread.p95() * 1e3,
                spread.p99() * 1e3,
                spread.count(),
                REACH_S * 1e3,
                measured.firstS() * 1e3));
    }
}
