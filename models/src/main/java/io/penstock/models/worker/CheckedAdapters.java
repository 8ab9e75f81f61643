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
 * Adapters held against their base before anything is loaded. A wrong one takes nothing from the base or from the others: questions to
 * it alone are refused.
 *
 * @param unusable by name, why
 */
record CheckedAdapters(List<Adapter> usable, Map<String, String> unusable) {
    private static final Logger LOG = LoggerFactory.getLogger(CheckedAdapters.class);

    static CheckedAdapters of(InstalledModel base, List<Adapter> adapters) throws ModelUnavailable {
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
        return new CheckedAdapters(usable, unusable);
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
