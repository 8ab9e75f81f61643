package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisText;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.daemon.store.BlockedSentences;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.PastCases;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock why ID}: evidence with the readings behind it, route and its reasons, model and its hash, tokens, latency. */
@Command(
        name = "why",
        description = {
            "Says why: evidence, route and reasons, model and its hash, tokens, times.",
            "Under each line of evidence the stored readings it rests on, or that they were purged."
        })
final class WhyCommand implements Callable<Integer> {
    @Mixin
    StoreOption store = new StoreOption();

    @Parameters(paramLabel = "ID", description = "Of a diagnosis or a case; its first characters are enough.")
    @SuppressWarnings("NullAway.Init")
    String id;

    @Option(
            names = "--asset",
            paramLabel = "A.toml",
            description = "The machine, instead of the configuration's: its waveforms are analysed again.")
    @Nullable
    Path assetFile;

    @Option(
            names = "--blocked",
            description = "Also the model's sentences that the check kept back, each with its reason.")
    boolean blocked;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        int code = print(spec.commandLine(), store, assetFile, id, json);
        if (blocked && code == ExitCode.DONE) {
            printBlocked();
        }
        return code;
    }

    private void printBlocked() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<BlockedSentences.Kept> kept = Database.readOnly(store.store(), c -> {
            Optional<Diagnosis> diagnosis = CaseStore.diagnosis(c, id);
            return diagnosis.isEmpty()
                    ? List.<BlockedSentences.Kept>of()
                    : BlockedSentences.ofCase(c, diagnosis.get().caseId());
        });
        if (json) {
            Console.json(out, Map.of("blocked", kept));
            return;
        }
        out.println(
                kept.isEmpty() ? "No sentence was kept back." : "Kept back by the check, of all versions of the case");
        for (BlockedSentences.Kept one : kept) {
            out.println(Console.printable("  - " + one.diagnosisId() + ", " + one.model() + ": \"" + one.sentence()
                    + "\" (" + one.reason() + ")"));
        }
    }

    static int print(CommandLine commandLine, StoreOption option, @Nullable Path assetFile, String id, boolean json)
            throws Exception {
        PrintWriter out = commandLine.getOut();
        Path store = option.store();
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
        Asset asset = assetFile != null ? AssetFile.read(assetFile) : configured(option, k.asset());
        Map<Integer, List<StoredEvidence.Reading>> readings =
                Database.readOnly(store, new StoredEvidence(k, asset)::read);
        Optional<ActionTimes.Chain> chain = Database.readOnly(store, c -> ActionTimes.of(c, d.id()));
        if (json) {
            Console.json(
                    out,
                    Map.of(
                            "diagnosis",
                            d,
                            "case",
                            k,
                            "readings",
                            readings,
                            "tokenToActionMicros",
                            chain.map(ActionTimes.Chain::micros).orElse(Map.of())));
            return ExitCode.DONE;
        }
        Map<Integer, List<String>> texts = new TreeMap<>();
        readings.forEach((line, its) ->
                texts.put(line, its.stream().map(StoredEvidence.Reading::text).toList()));
        out.print(DiagnosisText.render(d, k, texts));
        chain.map(ActionTimes.Chain::text)
                .filter(steps -> !steps.isEmpty())
                .ifPresent(steps -> out.println("Token-to-Action\n  - " + steps));
        String said =
                CasesCommand.said(CasesCommand.standings(store, List.of(k)).get(k.id()));
        if (!said.isEmpty()) {
            out.println(Console.printable("  - the case is " + said));
        }
        Database.readOnly(store, c -> PastCases.of(c, k.id()))
                .ifPresent(kept -> out.println(Console.printable("  - " + said(kept))));
        out.println();
        return ExitCode.DONE;
    }

    private static String said(PastCases.Kept kept) {
        return (kept.confirms() ? "confirmed" : "corrected to " + kept.past().fault()) + " by " + kept.by() + " at "
                + Console.local(kept.timeMicros()) + (kept.note().isEmpty() ? "" : ": " + kept.note());
    }

    /** The machine as the configuration has it; null where a store is read without one that is right. */
    private static @Nullable Asset configured(StoreOption option, String id) throws IOException {
        if (!Files.exists(option.configFile())) {
            return null;
        }
        try {
            return option.settings().assets().stream()
                    .filter(asset -> asset.id().equals(id))
                    .findFirst()
                    .orElse(null);
        } catch (ConfigWrong e) {
            // with --db a store is shown whatever the configuration beside it is worth
            return null;
        }
    }
}
