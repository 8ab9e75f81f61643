package io.penstock.daemon;

import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.health.MetricsPort;
import io.penstock.daemon.health.OpenMetricsText;
import io.penstock.daemon.health.StatusSocket;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Outbox;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the running gateway can be asked how it is: the status socket, and the metrics' port where it is switched on. Diagnoses matter
 * more: without a place for either the daemon runs, and says that it cannot be asked.
 */
final class Inquiries implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Inquiries.class);

    private final Supplier<GatewayStatus> status;
    private final Database database;
    private @Nullable StatusSocket socket;
    private @Nullable MetricsAddress address;
    private @Nullable MetricsPort port;

    /** @param status how it is now; asked from other threads */
    Inquiries(Supplier<GatewayStatus> status, Database database) {
        this.status = status;
        this.database = database;
    }

    /** Answers on a socket, once. */
    void answer(Path at) {
        try {
            socket = StatusSocket.open(at, () -> status.get().json());
        } catch (IOException e) {
            LOG.warn(
                    "status cannot be asked for at {}: {}; make its folder, or set [health] socket to another",
                    at,
                    e.getMessage());
        }
    }

    /** @param at null: figures cannot be asked for any more */
    synchronized void answer(@Nullable MetricsAddress at) {
        if (Objects.equals(at, address)) {
            return;
        }
        closeMetrics();
        address = at;
        if (at == null) {
            return;
        }
        try {
            port = MetricsPort.open(at, this::figures);
        } catch (IOException e) {
            LOG.warn("figures cannot be asked for at {}: {}; set [health] metrics to another port", at, e.getMessage());
        }
    }

    private void closeMetrics() {
        MetricsPort open = port;
        port = null;
        if (open != null) {
            open.close();
        }
    }

    /** All figures as OpenMetrics text. */
    private String figures() {
        OptionalLong cases = OptionalLong.empty();
        OptionalLong outbox = OptionalLong.empty();
        ActionTimes actions = new ActionTimes(Map.of());
        try {
            cases = OptionalLong.of(database.read(CaseStore::openCount));
            outbox = OptionalLong.of(database.read(Outbox::waiting));
            actions = database.read(ActionTimes::read);
        } catch (StoreFailed e) {
            // the others are still worth telling, and the lanes say what the store is not able to
            LOG.debug("figures without the store's: {}", e.getMessage());
        }
        return OpenMetricsText.of(status.get(), cases, outbox, actions);
    }

    @Override
    public synchronized void close() {
        closeMetrics();
        StatusSocket open = socket;
        if (open != null) {
            open.close();
        }
    }
}
