package io.penstock.models.worker;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.store.InstalledModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be loaded, held against its manifests before anything is. A wrong adapter takes nothing from the base or from the others:
 * questions to it alone are refused.
 *
 * @param sha256 of the model's own file, 64 lower-case hex digits
 * @param unusable adapters by name, why
 */
record Checked(String sha256, List<Adapter> usable, Map<String, String> unusable) {
    private static final Logger LOG = LoggerFactory.getLogger(Checked.class);

    /** @throws ModelUnavailable as refused, when the model or its natives are not what their manifests say */
    static Checked of(InstalledModel base, InstalledModel natives, List<Adapter> adapters) throws ModelUnavailable {
        sound(natives);
        String sha256 = sound(base).getOrDefault(base.manifest().file().name(), "");
        String architecture = adapters.isEmpty() ? "" : architecture(base);
        List<Adapter> usable = new ArrayList<>();
        Map<String, String> unusable = new LinkedHashMap<>();
        for (Adapter adapter : adapters) {
            Optional<String> objection = adapter.objection(architecture);
            if (objection.isEmpty()) {
                usable.add(adapter);
            } else {
                LOG.warn("worker {}: {}", base.manifest().name(), objection.get());
                unusable.put(adapter.name(), objection.get());
            }
        }
        return new Checked(sha256, usable, unusable);
    }

    private static Map<String, String> sound(InstalledModel part) throws ModelUnavailable {
        return switch (part.verify()) {
            case InstalledModel.Verdict.Unsound unsound ->
                throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, unsound.problem());
            case InstalledModel.Verdict.Sound sound -> sound.sha256();
        };
    }

    private static String architecture(InstalledModel base) throws ModelUnavailable {
        try {
            return GgufHeader.read(base.file()).architecture();
        } catch (GgufHeader.Broken | IOException e) {
            throw new ModelUnavailable(
                    ModelUnavailable.Reason.REFUSED, "model " + base.manifest().name() + ": " + e.getMessage());
        }
    }
}
