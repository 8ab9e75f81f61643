package io.penstock.daemon;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.Roster;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import io.penstock.models.worker.WorkerStatus;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model processes the configuration asks for: at most one that writes and one that embeds. A model that is not on this machine
 * is said once and left out: the rules answer without it.
 */
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final int OWN_FILE_CONTEXT = 4_096;

    private final List<WorkerProcess> running = new ArrayList<>();
    private final Breakers breakers;
    private @Nullable Expert language;
    private @Nullable WorkerProcess embedder;

    private Workers(InstantSource clock) {
        this.breakers = new Breakers(clock);
    }

    static Workers of(GatewaySettings settings, InstantSource clock) throws ConfigWrong {
        Workers workers = new Workers(clock);
        ModelStore store = ModelStore.standard();
        Catalogue catalogue = store.catalogue();
        InferSettings infer = settings.infer();
        String name = infer.model();
        if (name != null) {
            Optional<InstalledModel> model = languageModel(infer, name, store, catalogue);
            workers.start(model, store, catalogue, infer.threads(), clock).ifPresent(worker -> {
                ModelManifest manifest = model.orElseThrow().manifest();
                workers.language = new Expert(
                        manifest.name(), manifest.sha256() == null ? "" : manifest.sha256(), worker, Expert.Kind.LOCAL);
            });
        }
        if (settings.route().semantic()) {
            ModelManifest bge = catalogue.byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow();
            workers.start(located(store, bge), store, catalogue, 1, clock).ifPresent(w -> workers.embedder = w);
        }
        return workers;
    }

    private static Optional<InstalledModel> languageModel(
            InferSettings infer, String name, ModelStore store, Catalogue catalogue) throws ConfigWrong {
        String file = infer.file();
        if (file != null) {
            Path gguf = Path.of(file);
            return Optional.of(InstalledModel.ofFile(
                    ModelManifest.ofFile(gguf, infer.template(), OWN_FILE_CONTEXT, infer.memoryMiB(), infer.sha256()),
                    gguf));
        }
        Optional<ModelManifest> manifest = catalogue.byName(name);
        if (manifest.isEmpty()) {
            throw new ConfigWrong(
                    Path.of("[infer]"),
                    List.of("model: no model is named \"" + name + "\"; 'penstock models list' shows all"));
        }
        return located(store, manifest.get());
    }

    private static Optional<InstalledModel> located(ModelStore store, ModelManifest manifest) {
        try {
            return Optional.of(store.locate(manifest));
        } catch (PullFailed e) {
            LOG.warn("without {}: {}", manifest.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<WorkerProcess> start(
            Optional<InstalledModel> model, ModelStore store, Catalogue catalogue, int threads, InstantSource clock) {
        if (model.isEmpty()) {
            return Optional.empty();
        }
        Optional<InstalledModel> natives =
                located(store, catalogue.nativesFor(model.get().manifest().format()));
        if (natives.isEmpty()) {
            return Optional.empty();
        }
        WorkerProcess worker = new WorkerProcess(
                model.get(), natives.get(), WorkerSettings.defaults().withThreads(threads, threads), clock);
        worker.start();
        running.add(worker);
        return Optional.of(worker);
    }

    Roster roster() {
        Expert expert = language;
        return expert == null
                ? Roster.EMPTY
                : new Roster(Map.of(CaseRouter.GENERAL, expert.name()), List.of(expert), List.of());
    }

    Breakers breakers() {
        return breakers;
    }

    @Nullable
    TextEmbedder embedder() {
        return embedder;
    }

    List<WorkerStatus> status() {
        return running.stream().map(WorkerProcess::status).toList();
    }

    @Override
    public void close() {
        running.forEach(WorkerProcess::close);
    }
}
