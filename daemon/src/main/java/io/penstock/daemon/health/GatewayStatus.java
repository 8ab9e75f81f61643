package io.penstock.daemon.health;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * How a running gateway is.
 *
 * @param readings journalled since start
 * @param unwatched readings of channels that no asset file names
 * @param duplicates readings that came again and were kept once
 * @param untoldAnomalies anomaly events beyond their bound
 * @param queueWaiting readings that wait for their commit now
 * @param queuePeak most that ever waited
 * @param queueRefused deliveries refused because the queue stayed full
 * @param journalBytes what the journal ring takes, roughly
 * @param resultsBroker where results are published; empty when nowhere
 */
public record GatewayStatus(
        String version,
        Duration uptime,
        long readings,
        long unwatched,
        long duplicates,
        long untoldAnomalies,
        int queueWaiting,
        int queuePeak,
        long queueRefused,
        long journalBytes,
        String resultsBroker,
        List<Source> sources,
        List<WorkerStatus> models) {
    /** One source by its name. */
    public record Source(String name, SourceHealth health) {}

    public GatewayStatus {
        sources = List.copyOf(sources);
        models = List.copyOf(models);
    }

    /** One JSON object, for the status socket. */
    public String json() {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("version", version).put("uptime_s", uptime.toSeconds());
        json.put("readings", readings).put("unwatched", unwatched).put("duplicates", duplicates);
        json.put("untold_anomalies", untoldAnomalies);
        json.put("queue_waiting", queueWaiting).put("queue_peak", queuePeak).put("queue_refused", queueRefused);
        json.put("journal_bytes", journalBytes).put("results_broker", resultsBroker);
        ArrayNode all = json.putArray("sources");
        for (Source source : sources) {
            SourceHealth h = source.health();
            all.addObject()
                    .put("name", source.name())
                    .put("state", h.state().name().toLowerCase(Locale.ROOT))
                    .put("detail", h.detail())
                    .put("received", h.received())
                    .put("rejected", h.rejected())
                    .put("reconnects", h.reconnects());
        }
        ArrayNode workers = json.putArray("models");
        for (WorkerStatus w : models) {
            workers.addObject()
                    .put("name", w.model())
                    .put("state", w.state().name().toLowerCase(Locale.ROOT))
                    .put("sha256", w.sha256())
                    .put("pid", w.pid())
                    .put("starts", w.starts())
                    .put("deaths", w.deaths())
                    .put("resident_mib", w.residentMiB())
                    .put("problem", w.problem());
        }
        return json.toString();
    }
}
