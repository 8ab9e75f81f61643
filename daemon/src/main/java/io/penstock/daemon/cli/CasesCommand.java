package io.penstock.daemon.cli;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock cases}: what is or was wrong, one line a case. */
@Command(name = "cases", description = "Lists cases, newest first.")
final class CasesCommand implements Callable<Integer> {
    @Mixin
    StoreOption store = new StoreOption();

    @Option(names = "--open", description = "Only those still open.")
    boolean open;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "At most N (default: 50).")
    int limit;

    @Option(names = "--json", description = "One JSON object a line.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<CaseRecord> cases = Database.readOnly(store.store(), c -> CaseStore.cases(c, limit, open));
        if (json) {
            cases.forEach(k -> Console.json(out, k));
        } else if (cases.isEmpty()) {
            out.println(open ? "No case is open." : "No case so far.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (CaseRecord k : cases) {
                rows.add(List.of(
                        k.id(),
                        k.open() ? k.severity().name().toLowerCase(Locale.ROOT) : "closed",
                        k.best().name(),
                        Integer.toString(k.evidence().size()),
                        Console.local(k.openedMicros()),
                        k.rootChannel()));
            }
            Console.table(out, List.of("CASE", "STATE", "MOST LIKELY", "LINES", "OPENED", "ROOT"), rows);
        }
        return cases.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }
}
