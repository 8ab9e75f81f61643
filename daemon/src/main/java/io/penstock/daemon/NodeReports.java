package io.penstock.daemon;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.health.GatewayStatus;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.NodeHealth;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.UplinkQueue;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts into the queue, once a period, that the gateway lives and how its site is. The first is due a period after the first start. */
final class NodeReports {
    private static final Logger LOG = LoggerFactory.getLogger(NodeReports.class);
    private static final int MOST_OPEN = 10_000;
    private static final Duration DAY = Duration.ofDays(1);

    private final Database database;
    private final List<String> assets;
    private final Duration every;
    private final int bound;
    private final Supplier<GatewayStatus> status;
    private final InstantSource clock;
    private long dueMicros = Long.MIN_VALUE;

    /**
     * @param assets ids in the order of the configuration
     * @param every zero: never
     * @param bound items that wait for the link, at most
     */
    NodeReports(
            Database database,
            List<String> assets,
            Duration every,
            int bound,
            Supplier<GatewayStatus> status,
            InstantSource clock) {
        this.database = database;
        this.assets = List.copyOf(assets);
        this.every = every;
        this.bound = bound;
        this.status = status;
        this.clock = clock;
    }

    /** Puts one if it is due. */
    void runOnce() throws StoreFailed {
        Instant now = clock.instant();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        if (every.isZero() || micros < dueMicros) {
            return;
        }
        long period = every.toMillis() * 1_000;
        if (dueMicros == Long.MIN_VALUE) {
            dueMicros = database.write(c -> UplinkQueue.healthSince(c, micros)) + period;
            if (micros < dueMicros) {
                return;
            }
        }
        GatewayStatus is = status.get();
        int free = freePercent();
        database.run(c -> UplinkQueue.putHealth(c, health(c, is, free, micros), micros, bound));
        dueMicros = micros + period;
    }

    private NodeHealth health(Connection c, GatewayStatus is, int free, long micros) throws SQLException {
        List<Optional<Severity>> worst = new ArrayList<>();
        assets.forEach(asset -> worst.add(Optional.empty()));
        int opened = 0;
        for (CaseRecord each : CaseStore.cases(c, MOST_OPEN, false)) {
            opened += each.openedMicros() >= micros - DAY.toMillis() * 1_000 ? 1 : 0;
            int place = assets.indexOf(each.asset());
            if (each.open() && place >= 0) {
                Severity other = worst.get(place).orElse(each.severity());
                worst.set(place, Optional.of(other.compareTo(each.severity()) > 0 ? other : each.severity()));
            }
        }
        long down = is.sources().stream()
                .filter(source -> source.health().state() == SourceHealth.State.CONNECTING
                        || source.health().state() == SourceHealth.State.CLOSED)
                .count();
        long waiting = UplinkQueue.depths(c).stream()
                .mapToLong(UplinkQueue.Depth::waiting)
                .sum();
        return new NodeHealth(
                Math.max(0, Summaries.minutes(micros)),
                (int) Math.min(Integer.MAX_VALUE, is.uptime().toHours()),
                is.sources().size(),
                (int) down,
                is.readings(),
                opened,
                (int) Math.min(Integer.MAX_VALUE, waiting),
                (int) Math.min(Integer.MAX_VALUE, UplinkQueue.dropped(c)),
                free,
                is.clock().trust() == GatewayClock.Trust.TRUSTED,
                worst);
    }

    private int freePercent() {
        try {
            FileStore disk = Files.getFileStore(database.file());
            return (int) (100 * disk.getUsableSpace() / Math.max(1, disk.getTotalSpace()));
        } catch (IOException e) {
            LOG.warn("how full the store's disk is: {}", e.toString());
            return 0;
        }
    }
}
