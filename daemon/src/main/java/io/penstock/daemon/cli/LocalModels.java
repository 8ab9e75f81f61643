package io.penstock.daemon.cli;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** The models of this machine, as the commands need them. */
final class LocalModels {
    private static final long MIB = 1 << 20;
    private static final int FILE_CONTEXT = 2_048;
    private static final int FILE_MEMORY_MIB = 16_384;

    private LocalModels() {}

    /** A worker that embeds; the caller closes it. */
    static RouteCommand.Opened embedder() throws ModelUnavailable {
        InstalledModel model = embeddingModel();
        InstalledModel natives =
                located(Catalogue.builtIn().nativesFor(model.manifest().format()));
        return new RouteCommand.Opened(
                new WorkerProcess(model, natives, WorkerSettings.defaults().withThreads(1, 1), InstantSource.system()),
                String.valueOf(model.manifest().sha256()));
    }

    /** The model the embedder reads, with its tokenizer. */
    static InstalledModel embeddingModel() throws ModelUnavailable {
        return located(Catalogue.builtIn().byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow());
    }

    private static InstalledModel located(ModelManifest manifest) throws ModelUnavailable {
        try {
            return ModelStore.standard().locate(manifest);
        } catch (PullFailed e) {
            throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    /** A language model in its own process; closing stops it. */
    record Language(String name, String sha256, WorkerProcess worker) implements AutoCloseable {
        @Override
        public void close() {
            worker.close();
        }
    }

    /**
     * The language model of that name, started.
     *
     * @throws PullFailed when there is none of that name, or it is not on this machine; with what to do
     */
    static Language language(String name) throws PullFailed {
        return language(model(name), WorkerSettings.defaults().threads());
    }

    /** A language model of this machine, started. */
    static Language language(InstalledModel model, int threads) throws PullFailed {
        WorkerProcess worker = new WorkerProcess(
                model, natives(), WorkerSettings.defaults().withThreads(threads, threads), InstantSource.system());
        worker.start();
        return new Language(
                model.manifest().name(), String.valueOf(model.manifest().sha256()), worker);
    }

    /** The libraries language models run on. */
    static InstalledModel natives() throws PullFailed {
        ModelStore store = ModelStore.standard();
        return store.locate(Catalogue.builtIn().nativesFor(ModelManifest.Format.GGUF));
    }

    /**
     * The language model of that name, or a GGUF file.
     *
     * @throws PullFailed when there is none of that name, or it is not on this machine; with what to do
     */
    static InstalledModel model(String nameOrFile) throws PullFailed {
        return model(nameOrFile, ModelManifest.Template.CHATML);
    }

    /** @param template of a file, which does not say it itself */
    static InstalledModel model(String nameOrFile, ModelManifest.Template template) throws PullFailed {
        Path file = Path.of(nameOrFile);
        if (nameOrFile.endsWith(".gguf") && Files.isRegularFile(file)) {
            return InstalledModel.ofFile(
                    ModelManifest.ofFile(file, template, FILE_CONTEXT, FILE_MEMORY_MIB, null), file);
        }
        ModelStore store = ModelStore.standard();
        ModelManifest manifest = store.catalogue()
                .byName(nameOrFile)
                .filter(found -> found.format() == ModelManifest.Format.GGUF)
                .orElseThrow(() -> new PullFailed(
                        "no language model is named \"" + nameOrFile + "\"; 'penstock models list' shows all"));
        return store.locate(manifest);
    }

    static Path cacheFolder() {
        return ModelStore.standard().folders().getFirst().resolveSibling("vectors");
    }

    /** Brings every listed model here, with progress on a terminal and a line each elsewhere. */
    static void pull(ModelStore store, List<ModelManifest> manifests, PrintWriter out) throws PullFailed {
        boolean terminal = Console.isTerminal();
        for (ModelManifest manifest : manifests) {
            if (store.find(manifest).isPresent()) {
                continue;
            }
            out.println("  fetching " + manifest.name() + ", " + mib(manifest.bytes()));
            out.flush();
            PullProgress progress = terminal
                    ? (name, bytes, total) -> {
                        out.print("\r  " + name + ": " + mib(bytes) + (total > 0 ? " of " + mib(total) : "") + "   ");
                        out.flush();
                    }
                    : PullProgress.SILENT;
            InstalledModel model = store.pull(manifest, progress);
            out.println(
                    (terminal ? "\r" : "") + "  " + manifest.name() + " is in " + model.folder() + ", checksums right");
            out.flush();
        }
    }

    static String mib(long bytes) {
        return bytes < MIB ? bytes / 1024 + " KiB" : (bytes + MIB / 2) / MIB + " MiB";
    }
}
