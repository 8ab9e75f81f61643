package io.penstock.daemon;

import io.penstock.daemon.commission.ConfigOrder;
import io.penstock.daemon.commission.OrderFolder;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.Configuration;
import io.penstock.daemon.config.DeltaText;
import io.penstock.daemon.config.KeptConfig;
import io.penstock.daemon.store.WholeFile;
import io.penstock.daemon.uplink.Downlink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up a configuration delta as an operator would: checked as a whole, laid beside the store, applied on trial by the reload lane.
 * What is refused or rolled back is taken away again, so that the next start does not meet it.
 */
final class RemoteConfig implements Downlink.DeltaTaken {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteConfig.class);

    private final OrderFolder orders;
    private @Nullable Trial trial;

    /**
     * A delta that is applied and not yet settled.
     *
     * @param order its order's id; empty once that was answered
     * @param before what was laid over the file before; empty: nothing
     */
    private record Trial(String order, Optional<String> before, String fingerprint) {}

    RemoteConfig(Path store) {
        this.orders = OrderFolder.ofConfig(store);
    }

    private Path delta() {
        return orders.path().resolve(DeltaText.FILE);
    }

    @Override
    public String take(String text) {
        try {
            DeltaText laid = DeltaText.parse(text);
            if (trial != null) {
                return "refused: another delta is on trial; send it again in some minutes, numbered higher";
            }
            KeptConfig.Texts good = KeptConfig.read(orders.path()).good();
            if (good == null) {
                return "refused: this daemon runs by no configuration file";
            }
            Optional<String> before = Files.exists(delta()) ? Optional.of(Files.readString(delta())) : Optional.empty();
            String after = (before.isPresent() ? DeltaText.parse(before.get()).and(laid) : laid).text();
            Path file = Path.of(good.file());
            Map<Path, String> texts = new HashMap<>(ConfigFile.load(file).texts());
            texts.put(delta().toAbsolutePath().normalize(), after);
            Configuration wanted = ConfigFile.load(file, texts);
            put(after);
            String order = orders.submit(new ConfigOrder(false, file.toString(), "uplink"));
            trial = new Trial(order, before, wanted.fingerprint());
            return "done: handed over to be applied on trial, as " + wanted.mark();
        } catch (ConfigWrong | IllegalArgumentException e) {
            return "refused: " + e.getMessage();
        } catch (IOException e) {
            return "refused: " + e;
        }
    }

    /** Looks what became of the delta that is on trial; now and then. */
    void look() {
        Trial now = trial;
        if (now == null) {
            return;
        }
        try {
            if (!now.order().isEmpty()) {
                Optional<String> answer = orders.takeAnswer(now.order());
                if (answer.isPresent() && !answer.get().startsWith("done")) {
                    takenBack(now, answer.get());
                } else if (answer.isPresent()) {
                    trial = new Trial("", now.before(), now.fingerprint());
                }
                return;
            }
            KeptConfig kept = KeptConfig.read(orders.path());
            KeptConfig.Rejected rejected = kept.rejected();
            if (rejected != null && rejected.fingerprint().equals(now.fingerprint())) {
                takenBack(now, rejected.reason());
            } else if (kept.trial() == null) {
                LOG.info("the configuration delta did well and is settled");
                trial = null;
            }
        } catch (IOException e) {
            LOG.warn("look what became of a configuration delta: {}", e.toString());
        }
    }

    private void takenBack(Trial failed, String reason) throws IOException {
        LOG.warn("the configuration delta is taken back: {}", reason);
        if (failed.before().isPresent()) {
            put(failed.before().get());
        } else {
            Files.deleteIfExists(delta());
        }
        trial = null;
        KeptConfig.Texts good = KeptConfig.read(orders.path()).good();
        if (good != null) {
            orders.submit(new ConfigOrder(false, good.file(), "uplink"));
        }
    }

    private void put(String text) throws IOException {
        WholeFile.put(delta(), text.getBytes(StandardCharsets.UTF_8));
    }
}
