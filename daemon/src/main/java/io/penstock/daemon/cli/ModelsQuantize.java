package io.penstock.daemon.cli;

import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.worker.NativeTask;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock models quantize}: the same model in another quantization, as a file of the site's own. */
@Command(
        name = "quantize",
        description = {
            "Writes a model in another quantization, by llama.cpp's quantizer, and says how to configure it.",
            "What a quantization has lost stays lost; see with 'models validate' what another one changes, and with 'models bench' what it gains."
        })
final class ModelsQuantize implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "A language model of 'models list', or a GGUF file.")
    @SuppressWarnings("NullAway.Init")
    String name;

    @Option(
            names = "--as",
            paramLabel = "TYPE",
            required = true,
            description = "F32, F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_1 or Q4_0.")
    @SuppressWarnings("NullAway.Init")
    String type;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "The GGUF file to write; must not exist.")
    @SuppressWarnings("NullAway.Init")
    Path out;

    @Option(names = "--threads", defaultValue = "1", description = "Compute threads (default: ${DEFAULT-VALUE}).")
    int threads;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        if (Files.exists(out)) {
            err.println(out + " exists already; nothing was written");
            return ExitCode.FAILED;
        }
        InstalledModel model = LocalModels.model(name);
        try {
            NativeTask.quantize(model, out, LocalModels.natives(), type, threads);
        } catch (NativeTask.Failed e) {
            err.println(e.getMessage());
            return ExitCode.FAILED;
        }
        InstalledModel made = LocalModels.model(out.toString(), model.manifest().template());
        if (!(made.verify() instanceof InstalledModel.Verdict.Sound sound)) {
            err.println("what was written to " + out + " is no sound model; delete it");
            return ExitCode.FAILED;
        }
        GgufHeader header = GgufHeader.read(out);
        PrintWriter print = spec.commandLine().getOut();
        print.println("# " + header.quantization() + ", " + LocalModels.mib(Files.size(out)) + ", from "
                + model.manifest().name());
        print.println("[infer]");
        print.println("file = \"" + out.toAbsolutePath() + "\"");
        print.println("sha256 = \"" + sound.sha256().get(made.manifest().file().name()) + "\"");
        print.println("template = \"" + model.manifest().template().name().toLowerCase(Locale.ROOT) + "\"");
        return ExitCode.DONE;
    }
}
