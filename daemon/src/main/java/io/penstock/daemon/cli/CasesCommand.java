package io.penstock.daemon.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.StoreFailed;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

    @Mixin
    LimitOption limit = new LimitOption();

    @Option(names = "--json", description = "One JSON object a line.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<CaseRecord> cases = Database.readOnly(store.store(), c -> CaseStore.cases(c, limit.most(), open));
        Map<String, OperatorActs.Standing> standings = standings(store.store(), cases);
        if (json) {
            for (CaseRecord k : cases) {
                OperatorActs.Standing s = standings.getOrDefault(k.id(), OperatorActs.Standing.UNSEEN);
                Console.json(out, new WithStanding(k, s.seenBy(), s.seenMicros(), s.shelvedUntilMicros()));
            }
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
                        k.rootChannel(),
                        said(standings.get(k.id()))));
            }
            Console.table(out, List.of("CASE", "STATE", "MOST LIKELY", "LINES", "OPENED", "ROOT", "OPERATOR"), rows);
        }
        return cases.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    /** A case as JSON has it: its own fields, and how it stands with its operators; times in microseconds, 0 where there is none. */
    private record WithStanding(
            @JsonUnwrapped CaseRecord record,
            @JsonProperty("acknowledgedBy") String by,
            long acknowledgedMicros,
            long shelvedUntilMicros) {}

    /** How each case stands with its operators, by its id. */
    static Map<String, OperatorActs.Standing> standings(Path store, List<CaseRecord> cases) throws StoreFailed {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        return Database.readOnly(store, c -> {
            Map<String, OperatorActs.Standing> all = new HashMap<>();
            for (CaseRecord record : cases) {
                all.put(record.id(), OperatorActs.of(c, record, now));
            }
            return all;
        });
    }

    /** {@code acknowledged by anna, shelved until ...}; empty where neither is so. */
    static String said(OperatorActs.@Nullable Standing standing) {
        if (standing == null) {
            return "";
        }
        String seen = standing.seen() ? "acknowledged by " + standing.seenBy() : "";
        String shelved = standing.shelvedUntilMicros() > 0
                ? "shelved until " + Console.local(standing.shelvedUntilMicros())
                : "";
        return seen + (seen.isEmpty() || shelved.isEmpty() ? "" : ", ") + shelved;
    }
}
