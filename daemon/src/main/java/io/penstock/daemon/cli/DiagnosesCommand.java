package io.penstock.daemon.cli;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisText;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock diagnoses list|show|tail}. */
@Command(
        name = "diagnoses",
        description = "Lists, shows and follows diagnoses.",
        synopsisSubcommandLabel = "(list | show | tail)")
final class DiagnosesCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(name = "list", description = "One line a case, newest first.")
    int list(
            @Mixin StoreOption store,
            @Mixin LimitOption limit,
            @Option(names = "--json", description = "One JSON object a line.") boolean json)
            throws Exception {
        List<Diagnosis> all = Database.readOnly(store.store(), c -> CaseStore.diagnoses(c, limit.most()));
        if (json) {
            all.forEach(d -> Console.json(out(), d));
        } else if (all.isEmpty()) {
            out().println("No diagnosis so far.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (Diagnosis d : all) {
                rows.add(List.of(
                        d.id(),
                        d.severity().name().toLowerCase(Locale.ROOT),
                        d.fault(),
                        Console.percent(d.confidence()),
                        d.stage().name().toLowerCase(Locale.ROOT),
                        d.headline()));
            }
            Console.table(out(), List.of("DIAGNOSIS", "SEVERITY", "FAULT", "SURE", "STAGE", "HEADLINE"), rows);
        }
        return all.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    @Command(name = "show", description = "One diagnosis with its evidence.")
    int show(
            @Mixin StoreOption store,
            @Parameters(paramLabel = "ID", description = "Of a diagnosis or a case; its first characters are enough.")
                    String id,
            @Option(names = "--json", description = "As JSON.") boolean json)
            throws Exception {
        return WhyCommand.print(spec.commandLine(), store, null, id, json);
    }

    @Command(name = "tail", description = "Prints diagnoses as they come, until interrupted.")
    int tail(
            @Mixin StoreOption store,
            @Option(names = "--json", description = "One JSON object a line.") boolean json,
            @Option(names = "--existing", description = "Print those already there first.") boolean existing)
            throws Exception {
        Follower follower = new Follower(store.store(), !existing);
        while (true) {
            follower.poll(d -> {
                if (json) {
                    Console.json(out(), d.diagnosis());
                } else {
                    out().println(DiagnosisText.render(d.diagnosis(), d.caseRecord()));
                    out().println();
                }
                out().flush();
            });
            Thread.sleep(500);
        }
    }

    /** Sees each stage of each diagnosis once. */
    static final class Follower {
        /** A diagnosis with its case. */
        record Seen(Diagnosis diagnosis, io.penstock.daemon.cases.CaseRecord caseRecord) {}

        private static final int WINDOW = 50;

        private final Path store;
        private final Set<String> seen = new HashSet<>();
        private boolean skip;

        Follower(Path store, boolean skipExisting) {
            this.store = store;
            this.skip = skipExisting;
        }

        void poll(java.util.function.Consumer<Seen> to) throws Exception {
            List<Seen> all = Database.readOnly(store, c -> {
                List<Seen> found = new ArrayList<>();
                for (Diagnosis d : CaseStore.diagnoses(c, WINDOW)) {
                    Optional<io.penstock.daemon.cases.CaseRecord> k = CaseStore.caseOf(c, d.caseId());
                    k.ifPresent(record -> found.add(new Seen(d, record)));
                }
                return found;
            });
            for (Seen one : all.reversed()) {
                if (seen.add(one.diagnosis().id() + one.diagnosis().stage()) && !skip) {
                    to.accept(one);
                }
            }
            skip = false;
        }
    }
}
