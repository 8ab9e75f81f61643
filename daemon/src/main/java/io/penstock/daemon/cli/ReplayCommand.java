package io.penstock.daemon.cli;

import io.penstock.daemon.Gateway;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock replay RECORDING}: a recorded day through the whole pipeline, as fast as it goes. */
@Command(
        name = "replay",
        description = {
            "Plays a recording through the whole pipeline of a configuration, in a store of its own.",
            "JSON lines, a CSV table with --asset, or another gateway's store. With --against, says which diagnoses"
                    + " another configuration would change."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final int MOST = 10_000;

    @Mixin
    ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "RECORDING", description = "File to play.")
    @SuppressWarnings("NullAway.Init")
    Path recording;

    @Option(names = "--asset", paramLabel = "ID", description = "The machine of a CSV table's columns.")
    @Nullable
    String asset;

    @Option(names = "--against", paramLabel = "CONFIG", description = "Another configuration to hold against this one.")
    @Nullable
    Path against;

    @Option(names = "--models", description = "Ask the models too; otherwise rules alone, which decide the fault.")
    boolean models;

    @Option(names = "--json", description = "One JSON object a line.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<Diagnosis> found = play(config.settings());
        if (against == null) {
            for (Diagnosis d : found) {
                if (json) {
                    Console.json(out, d);
                } else {
                    out.println(line(d));
                }
            }
            if (found.isEmpty() && !json) {
                out.println("No case in this recording.");
            }
            return found.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
        }
        List<String> before = found.stream().map(ReplayCommand::line).toList();
        List<String> after =
                play(ConfigFile.read(against)).stream().map(ReplayCommand::line).toList();
        before.stream().filter(l -> !after.contains(l)).forEach(l -> out.println("- " + l));
        after.stream().filter(l -> !before.contains(l)).forEach(l -> out.println("+ " + l));
        out.println(before.equals(after) ? "The same diagnoses, " + before.size() + "." : "");
        return ExitCode.DONE;
    }

    private List<Diagnosis> play(GatewaySettings settings) throws Exception {
        if (!Files.isRegularFile(recording)) {
            throw new IOException(recording + ": there is no such file");
        }
        try (ScratchFolder folder = ScratchFolder.in(null, "penstock-replay")) {
            GatewaySettings replaying = settings.replaying(
                    FileSourceSettings.of("recording", recording, asset == null ? "" : asset), folder.path(), models);
            try (Gateway gateway = Gateway.start(replaying, InstantSource.system())) {
                while (!gateway.finished()) {
                    if (gateway.failure().isDone()) {
                        gateway.failure().get();
                    }
                    Thread.sleep(50);
                }
                SourceHealth health = gateway.status().sources().getFirst().health();
                spec.commandLine()
                        .getErr()
                        .println(health.received() + " readings played, " + health.rejected() + " rejected");
            }
            List<Diagnosis> all =
                    new ArrayList<>(Database.readOnly(replaying.store().file(), c -> CaseStore.diagnoses(c, MOST)));
            all.sort(Comparator.comparing(Diagnosis::caseId));
            return all;
        }
    }

    private static String line(Diagnosis d) {
        return d.caseId() + "  " + d.severity().name().toLowerCase(Locale.ROOT) + "  " + d.fault() + "  "
                + Console.percent(d.confidence()) + "  " + d.headline();
    }
}
