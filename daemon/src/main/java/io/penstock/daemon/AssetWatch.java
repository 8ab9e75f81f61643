package io.penstock.daemon;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.detect.Commission;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.EwmaDetector;
import io.penstock.daemon.detect.EwmaSettings;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.daemon.detect.LimitDetector;
import io.penstock.daemon.detect.OnsetDetector;
import io.penstock.daemon.detect.ShockDetector;
import io.penstock.daemon.detect.StateDetector;
import io.penstock.daemon.detect.ValidityDetector;
import io.penstock.daemon.detect.VibrationDetector;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.VibrationAnalysis;
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

    /** Each asset's watch, by its id. */
    static Map<String, AssetWatch> all(GatewaySettings settings) {
        Map<String, AssetWatch> all = new LinkedHashMap<>();
        settings.assets().forEach(asset -> all.put(asset.id(), of(asset, settings)));
        return all;
    }

    /** An asset's window and detectors. The list of detectors: a new one is a line here. */
    static AssetWatch of(Asset asset, GatewaySettings settings) {
        Map<String, Detector> detectors = new LinkedHashMap<>();
        detectors.put("validity", new ValidityDetector(asset, settings.window().validity()));
        detectors.put("limit", new LimitDetector(asset, settings.window().validity()));
        if (!AssetWindow.scalarsOf(asset).isEmpty()) {
            detectors.put("chart", new EwmaDetector(asset, EwmaSettings.of(settings.state())));
            detectors.put("state", new StateDetector(asset, settings.state()));
            detectors.put("onset", new OnsetDetector(asset, settings.onset()));
        }
        detectors.put("vibration", new VibrationDetector(asset, settings.vibration()));
        detectors.put("shock", new ShockDetector(asset));
        return new AssetWatch(asset, new AssetWindow(asset, new VibrationAnalysis(), settings.window()), detectors);
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
            Consumer<Finding> into = found::add;
            for (Detector detector : detectors.values()) {
                detector.inspect(observation, into);
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
