package io.penstock.daemon;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.detect.LearnedChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a store's snapshot holds for healthy: the detectors of a gateway of these settings, restored and asked. */
public final class Baselines {
    private Baselines() {}

    /**
     * @param states the saved states by part
     * @return empty where the configuration names no such asset; a part saved under other settings counts as not learned
     */
    public static Optional<List<LearnedChannel>> of(
            GatewaySettings settings, String asset, Map<String, byte[]> states) {
        AssetWatch watch = AssetWatch.all(settings).get(asset);
        if (watch == null) {
            return Optional.empty();
        }
        watch.restore(states);
        return Optional.of(watch.learned());
    }
}
