package io.penstock.models.worker;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.store.PullProgress;
import java.time.Duration;
import java.time.InstantSource;

/** The real models, brought into this user's cache on demand, as {@code penstock models pull} does. */
final class Installed {
    static final Duration MINUTE = Duration.ofMinutes(1);

    private Installed() {}

    static InstalledModel model(String name) {
        return pulled(Catalogue.builtIn().byName(name).orElseThrow());
    }

    static InstalledModel natives(ModelManifest.Format format) {
        return pulled(Catalogue.builtIn().nativesFor(format));
    }

    static WorkerProcess writer(WorkerSettings settings) {
        return writer(model(Catalogue.DEFAULT_LANGUAGE_MODEL), settings, InstantSource.system());
    }

    static WorkerProcess writer(InstalledModel model, WorkerSettings settings, InstantSource clock) {
        return new WorkerProcess(model, natives(ModelManifest.Format.GGUF), settings, clock);
    }

    static WorkerProcess embedder() {
        return new WorkerProcess(
                model(Catalogue.DEFAULT_EMBEDDER),
                natives(ModelManifest.Format.ONNX),
                WorkerSettings.defaults(),
                InstantSource.system());
    }

    private static InstalledModel pulled(ModelManifest manifest) {
        try {
            return ModelStore.standard().pull(manifest, PullProgress.SILENT);
        } catch (PullFailed e) {
            throw new IllegalStateException(e);
        }
    }
}
