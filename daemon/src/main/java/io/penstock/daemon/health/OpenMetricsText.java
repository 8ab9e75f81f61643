package io.penstock.daemon.health;

import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.infer.CandidateStatus;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.peer.ModelServer;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.SourceHealth;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/** A gateway's figures as OpenMetrics text 1.0. Pure. */
public final class OpenMetricsText {
    static final String CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final StringBuilder text = new StringBuilder(8_192);

    private OpenMetricsText() {}

    /**
     * @param casesOpen empty where the store could not be asked
     * @param outbox messages that wait to be published; empty where the store could not be asked
     * @param actions empty of steps where the store could not be asked
     */
    public static String of(GatewayStatus status, OptionalLong casesOpen, OptionalLong outbox, ActionTimes actions) {
        OpenMetricsText to = new OpenMetricsText();
        to.process(status);
        to.ingest(status);
        to.sources(status);
        to.lanes(status);
        casesOpen.ifPresent(n -> to.gauge("penstock_cases_open", "Cases that are open.", n));
        outbox.ifPresent(n -> to.gauge("penstock_outbox_messages", "Messages that wait to be published.", n));
        to.actions(actions);
        to.models(status);
        to.candidates(status);
        to.peers(status.peers());
        return to.text.append("# EOF\n").toString();
    }

    private void process(GatewayStatus s) {
        family("penstock_build", "info", "", "The version that runs.");
        sample("penstock_build_info", labels("version", s.version()), 1);
        family("penstock_configuration", "info", "", "The configuration that runs.");
        sample(
                "penstock_configuration_info",
                labels(
                        "mark",
                        s.configuration().mark(),
                        "stage",
                        lower(s.configuration().stage())),
                1);
        gauge("penstock_uptime_seconds", "Time since start.", seconds(s.uptime()));
        family("penstock_clock_trust", "stateset", "", "What the gateway's own clock is worth.");
        for (GatewayClock.Trust trust : GatewayClock.Trust.values()) {
            sample(
                    "penstock_clock_trust",
                    labels("penstock_clock_trust", lower(trust)),
                    s.clock().trust() == trust ? 1 : 0);
        }
        counter(
                "penstock_clock_steps",
                "Steps of the machine's clock seen since start.",
                s.clock().steps());
    }

    private void ingest(GatewayStatus s) {
        counter("penstock_readings", "Readings journalled.", s.readings());
        counter("penstock_duplicates", "Readings that came again and were kept once.", s.duplicates());
        counter("penstock_unwatched", "Readings of channels that no asset file names.", s.unwatched());
        gauge("penstock_queue_readings", "Readings that wait for their commit.", s.queueWaiting());
        gauge("penstock_queue_peak_readings", "Most readings that ever waited for their commit.", s.queuePeak());
        counter("penstock_queue_refusals", "Deliveries refused because the queue stayed full.", s.queueRefused());
        gauge("penstock_journal_bytes", "What the journal of raw readings takes, roughly.", s.journalBytes());
        counter("penstock_full_disk_sheds", "Times something was shed because the disk was full.", s.sheds());
        gauge("penstock_snapshot_age_seconds", "Time since the detectors' memory was saved.", seconds(s.snapshotAge()));
        LaneFigures.Figures f = s.figures();
        gauge(
                "penstock_commit_lag_seconds",
                "From receiving the newest committed reading to its commit.",
                seconds(f.commitLag()));
        gauge(
                "penstock_source_lag_seconds",
                "From the source time of the newest committed reading to receiving it.",
                seconds(f.sourceLag()));
        histogram("penstock_commit_seconds", "Commits of the journal.", f.commits());
    }

    private void sources(GatewayStatus s) {
        family("penstock_source_up", "gauge", "", "1 while a source has its connection.");
        s.sources()
                .forEach(one -> sample(
                        "penstock_source_up",
                        labels("source", one.name()),
                        one.health().state() == SourceHealth.State.RUNNING ? 1 : 0));
        family("penstock_source_readings", "counter", "", "Readings a source handed over.");
        s.sources()
                .forEach(one -> sample(
                        "penstock_source_readings_total",
                        labels("source", one.name()),
                        one.health().received()));
        family("penstock_source_rejects", "counter", "", "Messages or values a source could not use.");
        s.sources()
                .forEach(one -> one.health()
                        .rejects()
                        .forEach((reason, count) -> sample(
                                "penstock_source_rejects_total",
                                labels("source", one.name(), "reason", lower(reason)),
                                count)));
        family("penstock_source_reconnects", "counter", "", "Connections of a source after its first.");
        s.sources()
                .forEach(one -> sample(
                        "penstock_source_reconnects_total",
                        labels("source", one.name()),
                        one.health().reconnects()));
        counter(
                "penstock_results_reconnects",
                "Connections to the results' broker after the first.",
                s.resultsReconnects());
    }

    private void lanes(GatewayStatus s) {
        family("penstock_findings", "counter", "", "Findings of the detectors.");
        s.figures().findings().forEach((tier, n) -> sample("penstock_findings_total", labels("tier", lower(tier)), n));
        counter(
                "penstock_anomaly_events_untold",
                "Anomaly events beyond their bound, or dropped while the broker was away.",
                s.untoldAnomalies());
        counter(
                "penstock_blocked_sentences",
                "Sentences of models that the check kept from the operator.",
                s.figures().blocked());
        family("penstock_diagnoses", "counter", "", "Diagnoses committed, by the stage they reached.");
        s.figures()
                .diagnoses()
                .forEach((stage, n) -> sample("penstock_diagnoses_total", labels("stage", lower(stage)), n));
        histogram(
                "penstock_model_answer_seconds",
                "Times a model took to answer about a case.",
                s.figures().models());
    }

    private void actions(ActionTimes times) {
        if (times.steps().isEmpty()) {
            return;
        }
        String name = "penstock_action_seconds";
        family(name, "summary", "seconds", "From the sample to each step of the newest 1000 diagnoses.");
        for (ActionTimes.Step step : ActionTimes.Step.values()) {
            ActionTimes.Spread spread = times.steps().get(step);
            if (spread != null) {
                sample(name, labels("step", step.word(), "quantile", "0.5"), spread.p50());
                sample(name, labels("step", step.word(), "quantile", "0.95"), spread.p95());
                sample(name, labels("step", step.word(), "quantile", "0.99"), spread.p99());
                sample(name + "_count", labels("step", step.word()), spread.count());
                sample(name + "_sum", labels("step", step.word()), spread.sum());
            }
        }
    }

    private void models(GatewayStatus s) {
        if (s.models().isEmpty()) {
            return;
        }
        family("penstock_model_deaths", "counter", "", "How often a model's process died.");
        s.models().forEach(m -> sample("penstock_model_deaths_total", labels("model", m.model()), m.deaths()));
        family("penstock_model_resident_bytes", "gauge", "bytes", "Resident memory of a model's process.");
        for (WorkerStatus m : s.models()) {
            sample("penstock_model_resident_bytes", labels("model", m.model()), m.residentMiB() * 1_048_576.0);
        }
        family("penstock_model_running", "gauge", "", "1 where a model's process is ready.");
        s.models()
                .forEach(m -> sample(
                        "penstock_model_running",
                        labels("model", m.model()),
                        m.state() == WorkerStatus.State.RUNNING ? 1 : 0));
        family("penstock_model_waiting", "gauge", "", "Questions that wait for their turn at a model.");
        s.models().forEach(m -> sample("penstock_model_waiting", labels("model", m.model()), m.waiting()));
        family("penstock_model_evictions", "counter", "", "How often a model's process gave another one its room.");
        s.models().forEach(m -> sample("penstock_model_evictions_total", labels("model", m.model()), m.evictions()));
    }

    private void candidates(GatewayStatus s) {
        if (s.candidates().isEmpty()) {
            return;
        }
        family("penstock_candidate_answers", "counter", "", "Questions a model answered.");
        s.candidates()
                .forEach(c -> sample(
                        "penstock_candidate_answers_total",
                        labels(c),
                        c.standing().answers()));
        family("penstock_candidate_failures", "counter", "", "Tries at a model that failed.");
        s.candidates()
                .forEach(c -> sample(
                        "penstock_candidate_failures_total",
                        labels(c),
                        c.standing().failures()));
        family("penstock_candidate_left_alone", "gauge", "", "1 where a model is not asked because it failed.");
        s.candidates()
                .forEach(c -> sample(
                        "penstock_candidate_left_alone",
                        labels(c),
                        c.standing().open().isPresent() ? 1 : 0));
    }

    private static String labels(CandidateStatus c) {
        return labels("model", c.name(), "kind", lower(c.kind()));
    }

    private void peers(PeerStatus s) {
        if (!s.standbys().isEmpty()) {
            family("penstock_standby_ready", "gauge", "", "1 while a standby answers its tiny questions.");
            each(s, "penstock_standby_ready", one -> one.status().standing().ready() ? 1 : 0);
            family("penstock_standby_answers", "counter", "", "Cases a standby answered.");
            each(s, "penstock_standby_answers_total", PeerStatus.One::answers);
            family("penstock_standby_failed_tries", "counter", "", "Questions a standby failed, tiny ones too.");
            each(s, "penstock_standby_failed_tries_total", PeerStatus.One::failedTries);
            family("penstock_standby_sent_bytes", "counter", "bytes", "Bytes of questions to a standby.");
            each(
                    s,
                    "penstock_standby_sent_bytes_total",
                    one -> one.status().wire().sent());
            family("penstock_standby_received_bytes", "counter", "bytes", "Bytes of a standby's answers.");
            each(
                    s,
                    "penstock_standby_received_bytes_total",
                    one -> one.status().wire().received());
        }
        ModelServer.Counts guests = s.guests();
        if (guests != null) {
            family("penstock_guest_questions", "counter", "", "Questions of guests, by what came of them.");
            guest("answered", guests.answered());
            guest("sent_away", guests.sentAway());
            guest("refused", guests.refused());
            guest("failed", guests.failed());
        }
        SovereignEndpoint.Status egress = s.egress();
        if (egress != null) {
            counter("penstock_endpoint_asked", "Diagnoses asked about beyond the site.", egress.asked());
            counter("penstock_endpoint_answered", "Of them, those answered.", egress.answered());
            counter("penstock_endpoint_withheld", "Diagnoses not sure, and kept here.", egress.withheld());
            family("penstock_endpoint_sent_bytes", "counter", "bytes", "Bytes of questions that left the site.");
            sample("penstock_endpoint_sent_bytes_total", "", egress.wire().sent());
        }
    }

    private void each(PeerStatus s, String name, ToDoubleFunction<PeerStatus.One> value) {
        s.standbys().forEach(one -> sample(name, labels("standby", one.status().name()), value.applyAsDouble(one)));
    }

    private void guest(String outcome, long value) {
        sample("penstock_guest_questions_total", labels("outcome", outcome), value);
    }

    private void counter(String name, String help, double value) {
        family(name, "counter", "", help);
        sample(name + "_total", "", value);
    }

    private void gauge(String name, String help, double value) {
        family(name, "gauge", name.endsWith("_seconds") ? "seconds" : name.endsWith("_bytes") ? "bytes" : "", help);
        sample(name, "", value);
    }

    private void histogram(String name, String help, TimeHistogram.Counts counts) {
        family(name, "histogram", "seconds", help);
        long sum = 0;
        for (int i = 0; i < counts.bounds().length; i++) {
            sum += counts.counts()[i];
            sample(name + "_bucket", labels("le", Double.toString(counts.bounds()[i])), sum);
        }
        sample(name + "_bucket", labels("le", "+Inf"), counts.all());
        sample(name + "_count", "", counts.all());
        sample(name + "_sum", "", counts.seconds());
    }

    private void family(String name, String type, String unit, String help) {
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        if (!unit.isEmpty()) {
            text.append("# UNIT ").append(name).append(' ').append(unit).append('\n');
        }
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }

    private void sample(String name, String labels, double value) {
        text.append(name).append(labels).append(' ');
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            text.append((long) value);
        } else {
            text.append(value);
        }
        text.append('\n');
    }

    /** Names and values in turn. */
    private static String labels(String... pairs) {
        StringBuilder all = new StringBuilder("{");
        for (int i = 0; i < pairs.length; i += 2) {
            String value =
                    pairs[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            all.append(i == 0 ? "" : ",")
                    .append(pairs[i])
                    .append("=\"")
                    .append(value)
                    .append('"');
        }
        return all.append('}').toString();
    }

    private static double seconds(Duration duration) {
        // a device's clock may be centuries off: more than nanoseconds in a long hold
        return duration.getSeconds() + duration.getNano() / 1e9;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
