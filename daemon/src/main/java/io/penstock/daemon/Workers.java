package io.penstock.daemon;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.infer.Roster;
import io.penstock.daemon.prompt.CasePrompt;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
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
    /** A model out of use is ended when it has had no question for so long: between a label and its explanation there is none. */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private final ModelStore store;
    private final Catalogue catalogue;
    private final MemoryBudget budget;
    private final InstantSource clock;
    private final Breakers breakers;
    private final List<WorkerProcess> workers = new CopyOnWriteArrayList<>();
    private final List<Expert> experts = new ArrayList<>();
    private final Map<String, String> roles = new HashMap<>();
    private volatile Roster roster = Roster.EMPTY;
    private @Nullable ModelSlot slot;
    private @Nullable InPlace inPlace;
    private final List<WorkerProcess> outOfUse = new ArrayList<>();
    private @Nullable WorkerProcess embedder;

    /** What fills the general model's place. */
    private record InPlace(LocalModel model, WorkerProcess worker) {}

    private Workers(MemoryBudget budget, InstantSource clock, ModelStore store) {
        this.store = store;
        this.catalogue = store.catalogue();
        this.budget = budget;
        this.clock = clock;
        this.breakers = new Breakers(clock);
    }

    static Workers of(GatewaySettings settings, InstantSource clock) throws ConfigWrong {
        return of(settings, clock, ModelStore.standard());
    }

    static Workers of(GatewaySettings settings, InstantSource clock, ModelStore store) throws ConfigWrong {
        InferSettings infer = settings.infer();
        Workers workers = new Workers(new MemoryBudget(infer.budgetMiB()), clock, store);
        for (LocalModel model : infer.models()) {
            workers.place(model);
        }
        workers.roster = new Roster(workers.roles, workers.experts, List.of());
        if (settings.route().semantic()) {
            ModelManifest bge =
                    workers.catalogue.byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow();
            workers.embedder(workers.located(bge));
        }
        return workers;
    }

    /** The general model may be another one than the configuration's: what the operator put in use. */
    private void place(LocalModel configured) throws ConfigWrong {
        Optional<ModelSlot> place = ModelSlot.of(store, configured);
        Optional<InstalledModel> active = place.flatMap(ModelSlot::atStart);
        LocalModel model = active.map(
                        found -> configured.replacedBy(found.manifest().name()))
                .orElse(configured);
        Optional<InstalledModel> installed = active.isPresent() ? active : installed(configured);
        Optional<WorkerProcess> worker = installed.flatMap(found -> add(model, found));
        if (place.isPresent() && worker.isPresent()) {
            slot = place.get();
            inPlace = new InPlace(model, worker.get());
        }
    }

    /**
     * Looks whether another general model was put in use, and has it take the place when it is loaded. To be called a few times a
     * second, by one thread.
     */
    void follow() {
        outOfUse.removeIf(worker -> {
            boolean closed = worker.closeIfIdle(QUIET);
            return closed && workers.remove(worker);
        });
        ModelSlot place = slot;
        InPlace old = inPlace;
        if (place == null || old == null) {
            return;
        }
        place.look(old.model().name(), this::beside).ifPresent(ready -> {
            LocalModel model = local(place, ready.model());
            experts.removeIf(expert -> expert.name().equals(old.model().name())
                    || expert.name().startsWith(old.model().name() + "+"));
            roles.values()
                    .removeIf(name -> name.equals(old.model().name())
                            || name.startsWith(old.model().name() + "+"));
            enlist(model, ready.model(), ready.worker());
            workers.add(ready.worker());
            inPlace = new InPlace(model, ready.worker());
            roster = new Roster(roles, experts, List.of());
            outOfUse.add(old.worker());
        });
    }

    /** The name of a model that was to be used and could not; empty when there is none. */
    String notUsed() {
        return slot == null ? "" : slot.refused();
    }

    private Optional<WorkerProcess> beside(InstalledModel installed) {
        ModelSlot place = slot;
        return place == null ? Optional.empty() : started(local(place, installed), installed, true);
    }

    private static LocalModel local(ModelSlot place, InstalledModel installed) {
        String name = installed.manifest().name();
        return name.equals(place.configured().name())
                ? place.configured()
                : place.configured().replacedBy(name);
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

    private Optional<WorkerProcess> add(LocalModel model, InstalledModel installed) {
        Optional<WorkerProcess> worker = started(model, installed, model.pinned());
        worker.ifPresent(made -> {
            workers.add(made);
            enlist(model, installed, made);
        });
        return worker;
    }

    private Optional<WorkerProcess> started(LocalModel model, InstalledModel installed, boolean now) {
        Optional<InstalledModel> natives =
                located(catalogue.nativesFor(installed.manifest().format()));
        if (natives.isEmpty()) {
            return Optional.empty();
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
        worker.readAhead(CasePrompt.INSTRUCTION);
        if (now) {
            worker.start();
        }
        return Optional.of(worker);
    }

    private void enlist(LocalModel model, InstalledModel installed, WorkerProcess worker) {
        String sha256 = installed.manifest().sha256();
        fill(new Expert(model.name(), sha256 == null ? "" : sha256, worker, Expert.Kind.LOCAL), model.roles());
        for (LocalModel.LoraAdapter adapter : model.adapters()) {
            fill(
                    new Expert(
                            model.nameOf(adapter), adapter.sha256(), worker.through(adapter.name()), Expert.Kind.LOCAL),
                    adapter.roles());
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
        return roster;
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
        if (slot != null) {
            slot.close();
        }
        workers.forEach(WorkerProcess::close);
    }
}
