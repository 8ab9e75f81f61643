package io.penstock.daemon.health;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.infer.CandidateStatus;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
 * @param sheds how often something was shed because the disk was full
 * @param snapshotAge since the detectors' memory was last saved
 * @param resultsBroker where results are published; empty when nowhere
 * @param resultsReconnects connections to that broker after the first
 * @param uplink off, or where it leads and what holds it
 * @param clock what the gateway's own clock is worth
 * @param configuration which one runs
 * @param figures what the lanes have done
 * @param peers those elsewhere, and guests
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
        long sheds,
        Duration snapshotAge,
        String resultsBroker,
        long resultsReconnects,
        String uplink,
        GatewayClock.State clock,
        ConfigState configuration,
        LaneFigures.Figures figures,
        List<Source> sources,
        List<WorkerStatus> models,
        List<CandidateStatus> candidates,
        PeerStatus peers) {
    /**
     * One source by its name.
     *
     * @param troubles what is wrong with parts of it, a line each; plant text
     */
    public record Source(String name, SourceHealth health, List<String> troubles) {}

    public GatewayStatus {
        sources = List.copyOf(sources);
        models = List.copyOf(models);
        candidates = List.copyOf(candidates);
    }

    /** One JSON object, for the status socket. */
    public String json() {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("version", version).put("uptime_s", uptime.toSeconds());
        json.put("readings", readings).put("unwatched", unwatched).put("duplicates", duplicates);
        json.put("untold_anomalies", untoldAnomalies);
        json.put("queue_waiting", queueWaiting).put("queue_peak", queuePeak).put("queue_refused", queueRefused);
        json.put("journal_bytes", journalBytes).put("full_disk_sheds", sheds).put("results_broker", resultsBroker);
        json.put("results_reconnects", resultsReconnects).put("uplink", uplink);
        json.put("snapshot_age_s", seconds(snapshotAge));
        json.put("commit_lag_s", seconds(figures.commitLag())).put("source_lag_s", seconds(figures.sourceLag()));
        put(json.putObject("commits"), figures.commits());
        put(json.putObject("model_answers"), figures.models());
        ObjectNode findings = json.putObject("findings");
        figures.findings().forEach((tier, n) -> findings.put(tier.name().toLowerCase(Locale.ROOT), n));
        json.put("blocked_sentences", figures.blocked());
        ObjectNode diagnoses = json.putObject("diagnoses");
        figures.diagnoses().forEach((stage, n) -> diagnoses.put(stage.name().toLowerCase(Locale.ROOT), n));
        ObjectNode time = json.putObject("clock");
        time.put("trust", clock.trust().name().toLowerCase(Locale.ROOT)).put("since", instant(clock.sinceMicros()));
        time.put("steps", clock.steps());
        if (clock.steps() > 0) {
            time.put("last_step", instant(clock.stepMicros())).put("last_step_s", clock.stepByMicros() / 1e6);
        }
        json.set("configuration", configuration.json());
        ArrayNode all = json.putArray("sources");
        for (Source source : sources) {
            SourceHealth h = source.health();
            ObjectNode one = all.addObject();
            source.troubles().forEach(one.putArray("troubles")::add);
            one.put("name", source.name())
                    .put("state", h.state().name().toLowerCase(Locale.ROOT))
                    .put("detail", h.detail())
                    .put("received", h.received())
                    .put("rejected", h.rejected())
                    .put("reconnects", h.reconnects());
            ObjectNode reasons = one.putObject("rejected_by");
            h.rejects().forEach((reason, count) -> {
                if (count > 0) {
                    reasons.put(reason.name().toLowerCase(Locale.ROOT), count);
                }
            });
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
                    .put("evictions", w.evictions())
                    .put("pinned", w.pinned())
                    .put("waiting", w.waiting())
                    .put("load_s", seconds(w.load()))
                    .put("resident_mib", w.residentMiB())
                    .put("bound_mib", w.boundMiB())
                    .put("problem", w.problem());
        }
        ArrayNode asked = json.putArray("candidates");
        for (CandidateStatus c : candidates) {
            ObjectNode one = asked.addObject()
                    .put("name", c.name())
                    .put("kind", c.kind().name().toLowerCase(Locale.ROOT));
            c.roles().forEach(one.putArray("roles")::add);
            one.put("answers", c.standing().answers())
                    .put("failures", c.standing().failures());
            one.put(
                    "left_alone_for",
                    c.standing()
                            .open()
                            .map(f -> f.name().toLowerCase(Locale.ROOT))
                            .orElse(""));
            c.standing().until().ifPresent(until -> one.put("until", until.toString()));
            one.put("last_failure", c.standing().last());
        }
        peers.put(json);
        return json.toString();
    }

    private static void put(ObjectNode json, TimeHistogram.Counts counts) {
        long all = counts.all();
        json.put("count", all);
        if (all > 0) {
            json.put("mean_s", counts.seconds() / all);
            // a value above every bound has none of its own
            json.put("p99_within_s", Math.min(counts.within(0.99), 1e9));
        }
    }

    private static String instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }
}
