package io.penstock.daemon.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.Outbox;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What SCADA gets to read, as JSON of the published schemas: {@code penstock.state/1} (retained), {@code penstock.case/1} and
 * {@code penstock.diagnosis/1}, {@code penstock.anomaly/1} (events). Pure.
 */
public final class ResultMessages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PublishSettings settings;

    public ResultMessages(PublishSettings settings) {
        this.settings = settings;
    }

    /** The event that a case was opened, updated or closed. */
    public Outbox.Message caseEvent(CaseRecord record) {
        return new Outbox.Message(
                "case:" + record.id() + "#" + record.version(),
                topic(record.asset(), "case"),
                text(caseJson(record)),
                false);
    }

    /** The event that a finding began; known by channel, symptom and source time. */
    public Outbox.Message anomaly(Finding finding) {
        String channel = finding.channel() == null ? finding.asset() : finding.asset() + "/" + finding.channel();
        String id = channel + ":" + finding.symptom() + ":" + finding.timeMicros();
        ObjectNode json = head("penstock.anomaly/1").put("id", id).put("asset", finding.asset());
        if (finding.channel() != null) {
            json.put("channel", finding.channel());
        }
        json.put("symptom", finding.symptom());
        if (finding.location() != null) {
            json.put("location", finding.location());
        }
        json.put("tier", lower(finding.tier())).put("severity", lower(finding.severity()));
        json.put("quality", lower(finding.quality()));
        number(json, "value", finding.value());
        json.put("unit", finding.unit());
        number(json, "limit", finding.limit());
        json.put("limit_source", finding.limitSource());
        number(json, "baseline", finding.baseline());
        json.put("time", time(finding.timeMicros()));
        json.putObject("reading")
                .put("channel", channel)
                .put("time", finding.timeMicros())
                .put("position", finding.position());
        return new Outbox.Message(Outbox.ANOMALY + id, topic(finding.asset(), "anomaly"), text(json), false);
    }

    /** The event that a diagnosis reached its present stage. */
    public Outbox.Message diagnosis(Diagnosis diagnosis, CaseRecord record) {
        return new Outbox.Message(
                "diagnosis:" + diagnosis.id() + ":" + diagnosis.stage(),
                topic(record.asset(), "diagnosis"),
                text(diagnosisJson(diagnosis, record)),
                false);
    }

    /**
     * The retained state of an asset.
     *
     * @param cause what changed it, unique: it becomes the message's key
     * @param worst the asset's worst open case with its newest diagnosis; empty when all is well
     * @param standing how that case stands with its operators
     * @param updatedMicros source time of the change
     */
    public Outbox.Message state(
            String asset,
            String cause,
            Optional<CaseStore.Advised> worst,
            OperatorActs.Standing standing,
            long updatedMicros) {
        ObjectNode json = head("penstock.state/1").put("asset", asset);
        json.put("state", worst.map(w -> lower(w.caseRecord().severity())).orElse("ok"));
        worst.ifPresent(w -> {
            Diagnosis d = w.diagnosis();
            json.put("case", d.caseId()).put("diagnosis", d.id()).put("fault", d.fault());
            json.put("confidence", round(d.confidence())).put("headline", d.headline());
            json.put("check", d.checks().isEmpty() ? "" : d.checks().getFirst());
            json.put("acknowledged", standing.seen());
            if (standing.seen()) {
                json.put("acknowledged_by", standing.seenBy()).put("acknowledged_at", time(standing.seenMicros()));
            }
            moment(json, "shelved_until", standing.shelvedUntilMicros());
        });
        json.put("updated", time(updatedMicros));
        return new Outbox.Message("state:" + cause, topic(asset, "state"), text(json), true);
    }

    /** {@code <root>/<site>/<asset>/<leaf>}; characters with a meaning to MQTT are percent-encoded. */
    public String topic(String asset, String leaf) {
        return settings.root() + "/" + level(settings.site()) + "/" + level(asset) + "/" + leaf;
    }

    /** {@code <root>/<site>/$node/<leaf>}. */
    public String nodeTopic(String leaf) {
        return settings.root() + "/" + level(settings.site()) + "/$node/" + leaf;
    }

    /** The node's retained status: {@code online} while it runs, {@code offline} as its last will. */
    public String nodeStatus(boolean online, String version, String configuration, String clock) {
        ObjectNode json = head("penstock.node/1")
                .put("status", online ? "online" : "offline")
                .put("version", version);
        if (!configuration.isEmpty()) {
            json.put("configuration", configuration);
        }
        return text(clock.isEmpty() ? json : json.put("clock", clock));
    }

    private ObjectNode caseJson(CaseRecord k) {
        ObjectNode json = head("penstock.case/1");
        json.put("case", k.id()).put("asset", k.asset()).put("version", k.version());
        json.put("state", k.open() ? "open" : "closed").put("severity", lower(k.severity()));
        json.put("root", k.rootChannel());
        json.put("opened", time(k.openedMicros())).put("updated", time(k.updatedMicros()));
        if (!k.open()) {
            json.put("closed", time(k.closedMicros()));
        }
        candidates(json.putArray("candidates"), k.candidates());
        evidence(json.putArray("evidence"), k);
        return json;
    }

    /** The whole diagnosis with the evidence of its case. */
    public ObjectNode diagnosisJson(Diagnosis d, CaseRecord k) {
        ObjectNode json = head("penstock.diagnosis/1");
        json.put("id", d.id()).put("case", d.caseId()).put("case_version", d.caseVersion());
        json.put("asset", d.asset()).put("fault", d.fault());
        if (d.location() != null) {
            json.put("location", d.location());
        }
        json.put("severity", lower(d.severity())).put("confidence", round(d.confidence()));
        json.put("stage", lower(d.stage())).put("headline", d.headline());
        d.explanation().forEach(json.putArray("explanation")::add);
        d.checks().forEach(json.putArray("checks")::add);
        evidence(json.putArray("evidence"), k);
        candidates(json.putArray("candidates"), d.candidates());
        for (Diagnosis.PastLike past : d.past()) {
            ObjectNode p = json.withArray("past_cases").addObject();
            p.put("fault", past.fault()).put("similarity", round(past.similarity()));
            p.put("confirmed", past.confirmed());
            if (!past.caseId().isEmpty()) {
                p.put("case", past.caseId());
            }
        }
        RoutePlan route = d.route();
        if (route != null) {
            ObjectNode r = json.putObject("route");
            r.put("name", route.route()).put("tier", lower(route.tier())).put("model", route.model());
            r.put("complexity", route.signals().complexity().word());
            r.put("data_class", route.signals().sensitivity().word());
            number(r, "score", route.score());
            number(r, "margin", route.margin());
            number(r, "threshold", route.threshold());
            route.reasons().forEach(r.putArray("reasons")::add);
        }
        Diagnosis.Opinion opinion = d.opinion();
        if (opinion != null) {
            ObjectNode m = json.putObject("model");
            m.put("name", opinion.model()).put("sha256", opinion.sha256());
            m.put("label", opinion.label()).put("probability", round(opinion.probability()));
            m.put("agrees", opinion.agrees()).put("blocked_sentences", opinion.blockedSentences());
            m.put("prompt_tokens", opinion.promptTokens()).put("generated_tokens", opinion.generatedTokens());
        }
        if (d.note() != null) {
            json.put("note", d.note());
        }
        Diagnosis.Timing timing = d.timing();
        ObjectNode t = json.putObject("timing");
        moment(t, "sample", timing.sampleMicros());
        moment(t, "alarm", timing.alarmMicros());
        moment(t, "label", timing.labelMicros());
        moment(t, "explanation", timing.explanationMicros());
        return json;
    }

    private static void evidence(ArrayNode lines, CaseRecord k) {
        for (EvidenceLine line : k.evidence()) {
            ObjectNode json = lines.addObject().put("number", line.number());
            if (line.channel() != null) {
                json.put("channel", line.channel());
            }
            json.put("symptom", line.symptom()).put("text", EvidenceText.sentence(line));
            number(json, "value", line.value());
            json.put("unit", line.unit());
            number(json, "limit", line.limit());
            json.put("limit_source", line.limitSource());
            number(json, "baseline", line.baseline());
            json.put("tier", lower(line.tier())).put("severity", lower(line.severity()));
            json.put("quality", lower(line.quality())).put("active", line.active());
            json.put("first", time(line.firstMicros())).put("last", time(line.lastMicros()));
            json.put("position", line.position());
        }
    }

    private static void candidates(ArrayNode all, List<Candidate> candidates) {
        for (Candidate c : candidates) {
            ObjectNode json = all.addObject().put("fault", c.fault()).put("name", c.name());
            json.put("score", round(c.score()));
            c.lines().forEach(json.putArray("evidence")::add);
        }
    }

    private ObjectNode head(String schema) {
        ObjectNode json = JSON.createObjectNode().put("schema", schema).put("site", settings.site());
        return settings.simulated() ? json.put("simulated", true) : json;
    }

    private static void number(ObjectNode json, String key, double value) {
        if (Double.isFinite(value)) {
            json.put(key, value);
        }
    }

    private static void moment(ObjectNode json, String key, long micros) {
        if (micros > 0) {
            json.put(key, time(micros));
        }
    }

    private static String time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String level(String name) {
        return name.replace("%", "%25")
                .replace("/", "%2F")
                .replace("+", "%2B")
                .replace("#", "%23")
                .replace("$", "%24");
    }

    private static String text(ObjectNode json) {
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text and numbers is always writable", e);
        }
    }
}
