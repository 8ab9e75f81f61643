package io.penstock.daemon;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.infer.Roster;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.worker.Adapter;
import io.penstock.models.worker.MemoryBudget;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import io.penstock.models.worker.WorkerStatus;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model processes the configuration asks for: those that write, within one memory budget, and one that embeds. A pinned one starts
 * with the gateway, another one with its first question. A model that is not on this machine is said once and left out: the general one
 * answers for it, or the rules alone.
 */
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final int OWN_FILE_CONTEXT = 4_096;
    private final ModelStore store = ModelStore.standard();
    private final Catalogue catalogue = store.catalogue();
    private final InstantSource clock;
    private final Breakers breakers;
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final List<Expert> experts = new ArrayList<>();
    private final Map<String, String> roles = new HashMap<>();
    private @Nullable WorkerProcess embedder;

    private Workers(InstantSource clock) {
        this.clock = clock;
        this.breakers = new Breakers(clock);
    }

    static Workers of(GatewaySettings settings, InstantSource clock) throws ConfigWrong {
        Workers workers = new Workers(clock);
        InferSettings infer = settings.infer();
        MemoryBudget budget = new MemoryBudget(infer.budgetMiB());
        for (LocalModel model : infer.models()) {
            Optional<InstalledModel> installed = workers.installed(model);
            if (installed.isPresent()) {
                workers.add(model, installed.get(), budget);
            }
        }
        if (settings.route().semantic()) {
            ModelManifest bge =
                    workers.catalogue.byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow();
            workers.embedder(workers.located(bge));
        }
        return workers;
    }

    private Optional<InstalledModel> installed(LocalModel model) throws ConfigWrong {
        String file = model.file();
        if (file != null) {
            Path gguf = Path.of(file);
            return Optional.of(InstalledModel.ofFile(
                    ModelManifest.ofFile(gguf, model.template(), OWN_FILE_CONTEXT, model.memoryMiB(), model.sha256())
                            .named(model.name()),
                    gguf));
        }
        Optional<ModelManifest> manifest = catalogue.byName(model.name());
        if (manifest.isEmpty()) {
            throw new ConfigWrong(
                    Path.of("[infer]"),
                    List.of("model: no model is named \"" + model.name() + "\"; 'penstock models list' shows all"));
        }
        return located(manifest.get());
    }

    private Optional<InstalledModel> located(ModelManifest manifest) {
        try {
            return Optional.of(store.locate(manifest));
        } catch (PullFailed e) {
            LOG.warn("without {}: {}", manifest.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private void add(LocalModel model, InstalledModel installed, MemoryBudget budget) {
        Optional<InstalledModel> natives =
                located(catalogue.nativesFor(installed.manifest().format()));
        if (natives.isEmpty()) {
            return;
        }
        WorkerProcess worker = new WorkerProcess(
                installed,
                natives.get(),
                model.adapters().stream()
                        .map(adapter -> new Adapter(adapter.name(), Path.of(adapter.file()), adapter.sha256()))
                        .toList(),
                WorkerSettings.defaults()
                        .withThreads(model.threads(), model.threads())
                        .withBounds(model.memoryMiB(), 0)
                        .withPinned(model.pinned()),
                budget,
                clock);
        workers.add(worker);
        String sha256 = installed.manifest().sha256();
        fill(new Expert(model.name(), sha256 == null ? "" : sha256, worker, Expert.Kind.LOCAL), model.roles());
        for (LocalModel.LoraAdapter adapter : model.adapters()) {
            fill(
                    new Expert(
                            model.nameOf(adapter), adapter.sha256(), worker.through(adapter.name()), Expert.Kind.LOCAL),
                    adapter.roles());
        }
        if (model.pinned()) {
            worker.start();
        }
    }

    /** A route may name a model by a role or by its own name. */
    private void fill(Expert expert, List<String> filled) {
        experts.add(expert);
        roles.put(expert.name(), expert.name());
        filled.forEach(role -> roles.put(role, expert.name()));
    }

    private void embedder(Optional<InstalledModel> model) {
        Optional<InstalledModel> natives =
                model.flatMap(m -> located(catalogue.nativesFor(m.manifest().format())));
        if (model.isPresent() && natives.isPresent()) {
            WorkerProcess worker = new WorkerProcess(
                    model.get(), natives.get(), WorkerSettings.defaults().withThreads(1, 1), clock);
            worker.start();
            workers.add(worker);
            embedder = worker;
        }
    }

    /** Who may be asked. */
    Roster roster() {
        return new Roster(roles, experts, List.of());
    }

    Breakers breakers() {
        return breakers;
    }

    @Nullable
    TextEmbedder embedder() {
        return embedder;
    }

    List<WorkerStatus> status() {
        return workers.stream().map(WorkerProcess::status).toList();
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
    }
}
