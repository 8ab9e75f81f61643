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
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** The models of this machine, as the commands need them. */
final class LocalModels {
    private static final long MIB = 1 << 20;

    private LocalModels() {}

    /** A worker that embeds; the caller closes it. */
    static RouteCommand.Opened embedder() throws ModelUnavailable {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        ModelManifest manifest = catalogue.byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow();
        try {
            InstalledModel model = store.locate(manifest);
            InstalledModel natives = store.locate(catalogue.nativesFor(manifest.format()));
            return new RouteCommand.Opened(
                    new WorkerProcess(
                            model, natives, WorkerSettings.defaults().withThreads(1, 1), InstantSource.system()),
                    String.valueOf(manifest.sha256()));
        } catch (PullFailed e) {
            throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    static Path cacheFolder() {
        return ModelStore.standard().folders().getFirst().resolveSibling("vectors");
    }

    /** Brings every listed model here, with progress on a terminal and a line each elsewhere. */
    static void pull(ModelStore store, List<ModelManifest> manifests, PrintWriter out) throws PullFailed {
        boolean terminal = System.console() != null && System.console().isTerminal();
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
