package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.detect.Commission;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ClockSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One asset's way from a reading to findings: its window, then its detectors in their order. Owned by the sense lane. */
final class AssetWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AssetWatch.class);

    private final Asset asset;
    private final AssetWindow window;
    private final Map<String, Detector> detectors;

    /** @param detectors by a name that is stable over versions: their snapshots are saved under it */
    AssetWatch(Asset asset, AssetWindow window, Map<String, Detector> detectors) {
        this.asset = asset;
        this.window = window;
        this.detectors = new LinkedHashMap<>(detectors);
    }

    /** Whether the asset file names the channel; readings of others are journalled, and nobody looks at them. */
    boolean knows(String channel) {
        return asset.channel(channel) != null;
    }

    /** Scalar channels that tell the machine's speed. */
    List<String> speedChannels() {
        return asset.channels().stream()
                .filter(channel -> channel.quantity().equals("speed") && !channel.isWaveform())
                .map(Channel::id)
                .toList();
    }

    /** @param findings gets all findings of one observation together, so that they are judged together; never an empty list */
    void accept(Journalled journalled, Consumer<List<Finding>> findings) {
        window.accept(journalled.reading(), journalled.position(), observation -> {
            List<Finding> found = new ArrayList<>(0);
            for (Detector detector : detectors.values()) {
                detector.inspect(observation, found::add);
            }
            if (!found.isEmpty()) {
                findings.accept(found);
            }
        });
    }

    /** The gateway's clock was set: the jump is no time that went by. */
    void clockSet(ClockSet set) {
        window.clockSet(set);
        detectors.values().forEach(detector -> detector.clockSet(set));
    }

    /** Hands an operator's order to each detector. */
    void commission(Commission order) {
        detectors.values().forEach(detector -> detector.commission(order));
    }

    /** What its detectors hold for healthy. */
    List<LearnedChannel> learned() {
        return detectors.values().stream()
                .flatMap(detector -> detector.learned().stream())
                .toList();
    }

    void snapshot(Map<String, byte[]> into) {
        into.put(name("window"), window.snapshot());
        detectors.forEach((name, detector) -> into.put(name(name), detector.snapshot()));
    }

    /** Goes on from saved states; a part whose state no longer fits (its settings changed) starts anew, and says so. */
    void restore(Map<String, byte[]> from) {
        restore(from, "window", window::restore);
        detectors.forEach((name, detector) -> restore(from, name, detector::restore));
    }

    private void restore(Map<String, byte[]> from, String part, Consumer<byte[]> restore) {
        byte[] state = from.get(name(part));
        if (state == null) {
            return;
        }
        try {
            restore.accept(state);
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: {} starts anew and learns again: {}", asset.id(), part, e.getMessage());
        }
    }

    private String name(String part) {
        return asset.id() + "/" + part;
    }
}
