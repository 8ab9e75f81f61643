package io.penstock.daemon.cli;

import io.penstock.daemon.Gateway;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisText;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.store.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code penstock demo}: a simulated plant with its broker and OPC UA server in a process of its own, and the real daemon on it, told
 * in plain words. The same gateway as {@code run}, with the same configuration file a site would write.
 */
@Command(
        name = "demo",
        description = "Shows the whole way on a simulated plant: readings, a fault, its evidence, its diagnosis.")
final class DemoCommand implements Callable<Integer> {
    private static final Duration HEALTHY = Duration.ofSeconds(20);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final List<String> FAULTS = List.of(
            "none",
            "bearing_outer_race",
            "bearing_inner_race",
            "bearing_ball",
            "cavitation",
            "imbalance",
            "misalignment",
            "looseness",
            "overheating_lubrication",
            "electrical",
            "flow_obstruction",
            "sensor_stuck");

    @Option(
            names = "--fault",
            paramLabel = "NAME",
            defaultValue = "bearing_outer_race",
            description = "The fault that starts after 20 s (default: bearing_outer_race); none for a healthy plant.")
    @SuppressWarnings("NullAway.Init")
    String fault;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "90s",
            description = "How long, e.g. 5m (default: 90s).")
    @SuppressWarnings("NullAway.Init")
    String length;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the simulated plant.")
    long seed;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private long startNanos;

    @Override
    public Integer call() throws Exception {
        Duration time = Durations.parse(length)
                .filter(d -> d.compareTo(HEALTHY) > 0)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--for is '" + length + "', expected a time above 20s such as 90s or 5m"));
        if (!FAULTS.contains(fault)) {
            throw new ParameterException(
                    spec.commandLine(), "--fault is '" + fault + "', expected one of " + String.join(", ", FAULTS));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                "Penstock demo. The plant is SIMULATED; broker, OPC UA server, daemon, database and model are real.");
        Catalogue catalogue = Catalogue.builtIn();
        LocalModels.pull(ModelStore.standard(), catalogue.defaults(), out);
        try (ScratchFolder folder = ScratchFolder.in(null, "penstock-demo")) {
            return play(folder.path(), time, out);
        }
    }

    private int play(Path folder, Duration time, PrintWriter out) throws Exception {
        startNanos = System.nanoTime();
        try (SimulatedPlant plant = SimulatedPlant.start(seed)) {
            tell(out, "plant: MQTT broker " + plant.mqtt() + ", OPC UA server " + plant.opcua());
            GatewaySettings settings = settings(folder, plant);
            try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
                return watch(gateway, settings.store().file(), plant, time, out);
            }
        }
    }

    private int watch(Gateway gateway, Path store, SimulatedPlant plant, Duration time, PrintWriter out)
            throws Exception {
        tell(out, "daemon: running; learns what is normal until the fault starts");
        DiagnosesCommand.Follower follower = new DiagnosesCommand.Follower(store, false);
        boolean injected = fault.equals("none");
        long runNanos = System.nanoTime();
        boolean receiving = false;
        while (System.nanoTime() - runNanos < time.toNanos() && plant.isAlive()) {
            if (!receiving && gateway.status().readings() > 0) {
                receiving = true;
                tell(out, "daemon: readings come in from both sources and are journalled");
            }
            if (!injected && System.nanoTime() - runNanos > HEALTHY.toNanos()) {
                injected = true;
                plant.inject(fault);
                tell(out, "plant: the fault " + fault + " begins (simulated)");
            }
            follower.poll(seen -> tell(out, seen.diagnosis(), seen.caseRecord()));
            if (gateway.failure().isDone()) {
                gateway.failure().get();
            }
            Thread.sleep(LOOK);
        }
        return summary(gateway.status(), store, plant.isAlive(), out);
    }

    private void tell(PrintWriter out, Diagnosis d, io.penstock.daemon.cases.CaseRecord k) {
        if (d.stage() == Diagnosis.Stage.RULES) {
            tell(out, (d.caseVersion() == 1 ? "CASE OPENED " : "CASE UPDATED ") + d.headline());
        } else {
            tell(out, "DIAGNOSIS");
            DiagnosisText.render(d, k).lines().forEach(line -> out.println("       " + line));
        }
        out.flush();
    }

    private int summary(GatewayStatus status, Path store, boolean plantLived, PrintWriter out) throws Exception {
        List<Diagnosis> diagnoses = Database.readOnly(store, c -> CaseStore.diagnoses(c, 50));
        out.println();
        tell(
                out,
                "over. " + status.readings() + " readings journalled once each, "
                        + status.sources().stream()
                                .mapToLong(s -> s.health().rejected())
                                .sum() + " rejected.");
        for (Diagnosis d : diagnoses) {
            out.println("  " + d.id() + ": " + d.fault() + ", "
                    + d.severity().name().toLowerCase(Locale.ROOT) + ", confidence " + Console.percent(d.confidence()));
            out.println("    Token-to-Action: " + Durations.tokenToAction(d.timing()));
        }
        if (!plantLived) {
            out.println("The simulated plant ended before its time; the log above says why.");
            return ExitCode.FAILED;
        }
        if (fault.equals("none")) {
            out.println(
                    diagnoses.isEmpty()
                            ? "No case, as it should be: nothing was wrong."
                            : "A case on a healthy plant.");
            return diagnoses.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
        }
        if (diagnoses.isEmpty()) {
            out.println("No case was opened for " + fault + ".");
            return ExitCode.FAILED;
        }
        out.println("Every connection stayed on this machine: "
                + status.sources().stream()
                        .map(s -> s.health().detail())
                        .distinct()
                        .toList());
        return ExitCode.DONE;
    }

    private void tell(PrintWriter out, String text) {
        long seconds = (System.nanoTime() - startNanos) / 1_000_000_000L;
        out.println(String.format(Locale.ROOT, "%02d:%02d  %s", seconds / 60, seconds % 60, text));
        out.flush();
    }

    private static GatewaySettings settings(Path folder, SimulatedPlant plant) throws IOException, ConfigWrong {
        Files.writeString(folder.resolve("unit-1.toml"), ShippedText.of("demo/unit-1.toml"));
        Path config = Files.writeString(
                folder.resolve("penstock.toml"),
                ShippedText.of("demo/penstock.toml")
                        .replace("@MQTT@", plant.mqtt())
                        .replace("@OPCUA@", plant.opcua()));
        return ConfigFile.read(config);
    }
}
