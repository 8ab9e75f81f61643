package io.penstock.daemon.cli;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.EconomicsFile;
import io.penstock.daemon.economics.Economics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock economics}: a central API against machines of one's own. */
@Command(
        name = "economics",
        description = {
            "Holds a central API's cost against machines of your own, with its arithmetic.",
            "Totals, break-even, and whether the machines could do the work. Without a file it reckons the shipped"
                    + " example; --example prints it to be edited."
        })
final class EconomicsCommand implements Callable<Integer> {
    private static final String EXAMPLE = "economics/economics.toml.example";

    @Parameters(paramLabel = "INPUTS.toml", arity = "0..1", description = "Volumes, prices, measured token rates.")
    @Nullable
    Path inputs;

    @Option(names = "--example", description = "Prints an example file, every key with its unit and meaning.")
    boolean example;

    @Option(names = "--json", description = "As one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws ConfigWrong, IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (example) {
            out.print(ShippedText.of(EXAMPLE));
            return ExitCode.DONE;
        }
        Economics economics = Economics.of(
                inputs == null
                        ? EconomicsFile.parse(ShippedText.of(EXAMPLE), Path.of("example"))
                        : EconomicsFile.read(inputs));
        if (json) {
            Console.json(out, economics);
        } else {
            if (inputs == null) {
                out.println("Reckoned with the shipped example; penstock economics --example prints it.");
            }
            economics.lines().forEach(out::println);
        }
        return economics.isInfeasible() ? ExitCode.FAILED : ExitCode.DONE;
    }
}
