package io.penstock.daemon;

import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.store.ActiveModel;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.worker.WorkerProcess;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The general model's place. What {@link ActiveModel} names is loaded beside the one in use, and takes its place when it is ready; one that is
 * not here, or does not load, leaves the old one where it is, and is not tried again until another is asked for.
 */
final class ModelSlot {
    private static final Logger LOG = LoggerFactory.getLogger(ModelSlot.class);

    private final ModelStore store;
    private final LocalModel configured;
    private @Nullable Next next;
    private String refused = "";
    private String complaint = "";

    /** One that is being loaded. */
    private record Next(InstalledModel model, WorkerProcess worker) {}

    /** One that is ready, to be put in place of the other. */
    record Ready(InstalledModel model, WorkerProcess worker) {}

    private ModelSlot(ModelStore store, LocalModel configured) {
        this.store = store;
        this.configured = configured;
    }

    /** A slot for that model; empty where it is not the general one, or a file of the site's own. */
    static Optional<ModelSlot> of(ModelStore store, LocalModel configured) {
        return configured.file() == null && configured.roles().contains(CaseRouter.GENERAL)
                ? Optional.of(new ModelSlot(store, configured))
                : Optional.empty();
    }

    LocalModel configured() {
        return configured;
    }

    /** The one that was to be used last and could not; empty when there is none. */
    String refused() {
        return refused;
    }

    /** What a starting gateway begins with; empty: with the configuration's. */
    Optional<InstalledModel> atStart() {
        String wanted = wanted();
        return wanted.equals(configured.name()) ? Optional.empty() : installed(wanted);
    }

    /**
     * Looks once; to be called a few times a second, by one thread.
     *
     * @param inUse name of the model in the place
     * @param starter makes a worker that has been started
     * @return the one that is ready now
     */
    Optional<Ready> look(String inUse, Function<InstalledModel, Optional<WorkerProcess>> starter) {
        String wanted = wanted();
        Next loading = next;
        if (loading != null && !loading.model().manifest().name().equals(wanted)) {
            loading.worker().close();
            next = null;
            loading = null;
        }
        if (wanted.equals(inUse)) {
            refused = "";
            return Optional.empty();
        }
        if (loading == null) {
            if (!wanted.equals(refused)) {
                begin(wanted, starter);
            }
            return Optional.empty();
        }
        return switch (loading.worker().status().state()) {
            case STARTING -> Optional.empty();
            case RUNNING -> {
                next = null;
                LOG.info("model {} is in use from now on, in place of {}", wanted, inUse);
                yield Optional.of(new Ready(loading.model(), loading.worker()));
            }
            case STOPPED, WAITING, REFUSED, CLOSED -> {
                refuse(wanted, loading.worker().status().problem());
                loading.worker().close();
                next = null;
                yield Optional.empty();
            }
        };
    }

    private void begin(String wanted, Function<InstalledModel, Optional<WorkerProcess>> starter) {
        Optional<InstalledModel> model = installed(wanted);
        if (model.isEmpty()) {
            refused = wanted;
            return;
        }
        Optional<WorkerProcess> worker = starter.apply(model.get());
        if (worker.isEmpty()) {
            refused = wanted;
            return;
        }
        LOG.info("model {} is being loaded beside the one in use", wanted);
        next = new Next(model.get(), worker.get());
    }

    private Optional<InstalledModel> installed(String name) {
        try {
            return Optional.of(store.locate(store.catalogue()
                    .byName(name)
                    .orElseThrow(() -> new PullFailed("no model is named \"" + name + "\""))));
        } catch (PullFailed e) {
            refuse(name, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private void refuse(String name, String why) {
        refused = name;
        LOG.warn("model {} was to be used and is not, the one before stays in use: {}", name, why);
    }

    private String wanted() {
        try {
            String named = ActiveModel.read(store).map(ActiveModel::model).orElse("");
            complaint = "";
            return named.isEmpty() ? configured.name() : named;
        } catch (IOException e) {
            String said = String.valueOf(e.getMessage());
            if (!said.equals(complaint)) {
                complaint = said;
                LOG.warn("the configuration's model stays in use: {}", said);
            }
            return configured.name();
        }
    }

    /** Ends what is being loaded. */
    void close() {
        Next loading = next;
        if (loading != null) {
            loading.worker().close();
            next = null;
        }
    }
}
