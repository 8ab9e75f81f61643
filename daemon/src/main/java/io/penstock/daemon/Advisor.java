package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.check.ModelAnswer;
import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.Inference;
import io.penstock.daemon.peer.Precedence;
import io.penstock.daemon.prompt.CaseLibrary.Neighbour;
import io.penstock.daemon.prompt.CasePrompt;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.models.language.Urgency;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a case to its diagnosis: at once by rules, and later through route, prompt, model and check. */
final class Advisor {
    private static final Logger LOG = LoggerFactory.getLogger(Advisor.class);

    private final Map<String, SymptomMatrix> matrices;
    private final CaseMemory memory;
    private final CaseRouting routing;
    private final Peers peers;
    private final Inference inference;
    private final Duration embedding;

    /**
     * @param matrices by asset id
     * @param embedding deadline of one text
     */
    Advisor(
            Map<String, SymptomMatrix> matrices,
            CaseMemory memory,
            CaseRouting routing,
            Peers peers,
            Inference inference,
            Duration embedding) {
        this.matrices = Map.copyOf(matrices);
        this.memory = memory;
        this.routing = routing;
        this.peers = peers;
        this.inference = inference;
        this.embedding = embedding;
    }

    /** What the rules say; asks nobody. Of a case that is over it is the last word: no model is asked about it any more. */
    Diagnosis byRules(CaseRecord record, long sampleMicros, long nowMicros) {
        Diagnosis.Timing timing = new Diagnosis.Timing(sampleMicros, nowMicros, 0, 0);
        if (!record.open()) {
            return DiagnosisCheck.explained(
                            record, matrix(record), null, past(record), ModelAnswer.none("the case is over"), timing)
                    .diagnosis();
        }
        return DiagnosisCheck.rules(record, matrix(record), null, past(record), timing);
    }

    /** Whether the configuration names the machine; a stored case may be of one it named before. */
    boolean knows(String asset) {
        return matrices.containsKey(asset);
    }

    /** The machine's symptom matrix. */
    Optional<SymptomMatrix> matrixOf(String asset) {
        return Optional.ofNullable(matrices.get(asset));
    }

    /** The past cases it compares with. */
    CaseMemory memory() {
        return memory;
    }

    /** Makes ready what the first case would otherwise wait for. */
    void warm() {
        routing.warm();
    }

    /** What a model makes of it; never fails, at the deadline at the latest the rules' word stands. */
    CheckedDiagnosis explain(CaseRecord record, Diagnosis rules) {
        SymptomMatrix matrix = matrix(record);
        List<Neighbour> past = memory.nearestInMeaning(record, matrix, embedding);
        RoutePlan plan = routing.plan(record);
        Inference.Outcome outcome = asked(record, matrix, past, plan);
        CheckedDiagnosis checked = DiagnosisCheck.explained(
                record, matrix, told(plan, outcome), past, answer(outcome), timing(rules, outcome));
        SovereignEndpoint endpoint = peers.endpoint();
        if (endpoint != null) {
            checked = beyond(endpoint, record, matrix, past, told(plan, outcome), outcome, checked.diagnosis());
        }
        checked.blocked().forEach(b -> LOG.info("{}: dropped a sentence of the model: {}", rules.id(), b.reason()));
        return checked;
    }

    private static Urgency urgency(CaseRecord record) {
        return switch (record.severity()) {
            case ALARM -> Urgency.ALARM;
            case WARNING -> Urgency.WARNING;
            case ADVISORY -> Urgency.ADVISORY;
        };
    }

    private Inference.Outcome asked(CaseRecord record, SymptomMatrix matrix, List<Neighbour> past, RoutePlan plan) {
        try (Precedence.Turn own = peers.precedence().own()) {
            return inference.ask(
                    peers.roster().candidates(plan.model(), urgency(record)),
                    new Inference.Questions(
                            CasePrompt.label(record, matrix, past),
                            CasePrompt.labels(record, matrix),
                            CasePrompt.explanation(record, matrix, past),
                            CasePrompt.grammar(record, matrix),
                            text -> DiagnosisCheck.objection(text, record, matrix)));
        }
    }

    /** The last rung: what the endpoint makes of a diagnosis that is not sure enough; the same diagnosis where it is not asked. */
    private static CheckedDiagnosis beyond(
            SovereignEndpoint endpoint,
            CaseRecord record,
            SymptomMatrix matrix,
            List<Neighbour> past,
            RoutePlan plan,
            Inference.Outcome outcome,
            Diagnosis here) {
        Diagnosis.Timing timing = here.timing();
        SovereignEndpoint.Consulted consulted = endpoint.consult(record, matrix, plan, here);
        RoutePlan because = plan.because(consulted.reasons());
        return switch (consulted) {
            case SovereignEndpoint.Consulted.Kept kept ->
                DiagnosisCheck.explained(record, matrix, because, past, answer(outcome), timing);
            case SovereignEndpoint.Consulted.Answered answered ->
                DiagnosisCheck.explained(
                        record,
                        matrix,
                        because,
                        past,
                        answered.answer(),
                        new Diagnosis.Timing(
                                timing.sampleMicros(),
                                timing.alarmMicros(),
                                micros(answered.labelAt()),
                                micros(answered.completedAt())));
        };
    }

    /** The plan, and what became of it where that was not simply its first candidate's answer on this machine. */
    private static RoutePlan told(RoutePlan plan, Inference.Outcome outcome) {
        Expert expert = outcome.expert();
        boolean plainly = outcome.attempts().size() < 2 && (expert == null || expert.kind() == Expert.Kind.LOCAL);
        return plainly
                ? plan
                : plan.because(outcome.attempts().stream()
                        .map(Inference.Attempt::spoken)
                        .toList());
    }

    private static ModelAnswer answer(Inference.Outcome outcome) {
        Expert expert = outcome.expert();
        return expert == null
                ? ModelAnswer.none(outcome.absent())
                : new ModelAnswer(
                        expert.name(), expert.sha256(), outcome.scores(), outcome.completion(), outcome.absent());
    }

    private static Diagnosis.Timing timing(Diagnosis rules, Inference.Outcome outcome) {
        return new Diagnosis.Timing(
                rules.timing().sampleMicros(),
                rules.timing().alarmMicros(),
                micros(outcome.labelAt()),
                micros(outcome.completedAt()));
    }

    private static long micros(@Nullable Instant instant) {
        return instant == null ? 0 : ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private SymptomMatrix matrix(CaseRecord record) {
        return Objects.requireNonNull(matrices.get(record.asset()), () -> "no matrix for " + record.asset());
    }

    private List<Neighbour> past(CaseRecord record) {
        return memory.nearest(record, matrix(record));
    }
}
