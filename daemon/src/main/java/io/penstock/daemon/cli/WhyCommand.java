package io.penstock.daemon.cli;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisText;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock why ID}: evidence, route and its reasons, model and its hash, tokens, latency. */
@Command(name = "why", description = "Says why: evidence, route and reasons, model and its hash, tokens, times.")
final class WhyCommand implements Callable<Integer> {
    @Mixin
    StoreOption store = new StoreOption();

    @Parameters(paramLabel = "ID", description = "Of a diagnosis or a case; its first characters are enough.")
    @SuppressWarnings("NullAway.Init")
    String id;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        return print(spec.commandLine(), store.store(), id, json);
    }

    static int print(CommandLine commandLine, Path store, String id, boolean json) throws Exception {
        PrintWriter out = commandLine.getOut();
        Optional<Diagnosis> found = Database.readOnly(store, c -> CaseStore.diagnosis(c, id));
        if (found.isEmpty()) {
            commandLine
                    .getErr()
                    .println("No diagnosis or case begins with " + id + "; 'penstock diagnoses list' shows all.");
            return ExitCode.NOTHING_FOUND;
        }
        Diagnosis d = found.get();
        CaseRecord k =
                Database.readOnly(store, c -> CaseStore.caseOf(c, d.caseId())).orElseThrow();
        if (json) {
            Console.json(out, Map.of("diagnosis", d, "case", k));
        } else {
            out.println(DiagnosisText.render(d, k));
        }
        return ExitCode.DONE;
    }
}
