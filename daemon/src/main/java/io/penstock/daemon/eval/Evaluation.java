package io.penstock.daemon.eval;

import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.check.ModelAnswer;
import io.penstock.daemon.prompt.CaseLibrary;
import io.penstock.daemon.prompt.CaseLibrary.Neighbour;
import io.penstock.daemon.prompt.CasePrompt;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One run over a golden set: every case through case room, rules, retrieval, router, model and check, as in the daemon. */
public final class Evaluation {
    private static final Diagnosis.Timing UNTIMED = new Diagnosis.Timing(0, 0, 0, 0);
    private static final int NEAREST = 3;

    /** Told how far a run has come; a long one is to be watched. */
    public interface Progress {
        /** Tells nobody. */
        Progress SILENT = (done, of) -> {};

        void done(int done, int of);
    }

    private final GoldenSet set;
    private final Map<String, SymptomMatrix> matrices;
    private final Function<CaseRecord, RoutePlan> router;
    private final @Nullable Examinee model;
    private final CaseLibrary.Vectors vectors;
    private final Map<String, List<PastCase>> confirmed;

    private Evaluation(
            GoldenSet set,
            Map<String, SymptomMatrix> matrices,
            Function<CaseRecord, RoutePlan> router,
            @Nullable Examinee model,
            CaseLibrary.Vectors vectors,
            Map<String, List<PastCase>> confirmed) {
        this.set = set;
        this.matrices = Map.copyOf(matrices);
        this.router = router;
        this.model = model;
        this.vectors = vectors;
        this.confirmed = Map.copyOf(confirmed);
    }

    /**
     * @param matrices by machine class; every class of the set must be there
     * @param router plans who answers a case; a plan that names any model asks {@code model}
     * @param model null: rules and retrieval alone
     */
    public static Evaluation of(
            GoldenSet set,
            Map<String, SymptomMatrix> matrices,
            Function<CaseRecord, RoutePlan> router,
            @Nullable Examinee model) {
        for (GoldenCase one : set.cases()) {
            if (!matrices.containsKey(one.kind())) {
                throw new IllegalArgumentException(
                        "golden case " + one.id() + " is of class " + one.kind() + ", which has no matrix here");
            }
        }
        return new Evaluation(set, matrices, router, model, CaseLibrary.Vectors.NONE, Map.of());
    }

    /** The same with past cases compared by meaning as well, as the daemon does where its embedder runs. */
    public Evaluation comparing(CaseLibrary.Vectors meaning) {
        return new Evaluation(set, matrices, router, model, meaning, confirmed);
    }

    /**
     * The same at a site with a memory of its own. A past case whose id is that of the golden case is left out of its comparison.
     *
     * @param past cases that a person named, by machine class
     */
    public Evaluation remembering(Map<String, List<PastCase>> past) {
        return new Evaluation(set, matrices, router, model, vectors, past);
    }

    /** Asks everybody about every case, in the set's order. Waits for the model; its trouble is a result, never an exception. */
    public EvaluationReport run(Progress progress) {
        List<CaseResult> results = new ArrayList<>();
        int every = model == null || model.explanations() == 0
                ? Integer.MAX_VALUE
                : Math.max(1, set.cases().size() / model.explanations());
        int number = 0;
        for (GoldenCase golden : set.cases()) {
            results.add(one(golden, number % every == every / 2));
            progress.done(++number, set.cases().size());
        }
        return new EvaluationReport(model == null ? "" : model.name(), model == null ? "" : model.sha256(), results);
    }

    private CaseResult one(GoldenCase golden, boolean explain) {
        SymptomMatrix matrix = Objects.requireNonNull(matrices.get(golden.kind()));
        long began = System.nanoTime();
        Optional<CaseRecord> opened = golden.record(matrix);
        if (opened.isEmpty()) {
            return unopened(golden, began);
        }
        CaseRecord record = opened.get();
        List<Neighbour> past = library(golden, matrix).nearest(record, NEAREST, vectors);
        Diagnosis rules = DiagnosisCheck.rules(record, matrix, null, past, UNTIMED);
        long rulesMicros = micros(began);
        Map<Contender, CaseResult.Verdict> verdicts = new EnumMap<>(Contender.class);
        verdicts.put(Contender.RULES, ranked(record));
        verdicts.put(Contender.RETRIEVAL, retrieved(past));
        RoutePlan plan = router.apply(record);
        Examinee asked = model;
        if (asked == null) {
            verdicts.put(Contender.WHOLE, verdict(rules));
            return new CaseResult(
                    golden,
                    true,
                    verdicts,
                    new CheckedDiagnosis(rules, List.of(), List.of()),
                    InventedNumbers.in(rules, record),
                    false,
                    rulesMicros,
                    0,
                    0,
                    "");
        }
        Answers answers =
                answers(asked, record, matrix, past, explain && !plan.model().isEmpty());
        verdicts.put(Contender.MODEL_ALONE, labelled(answers.alone()));
        verdicts.put(Contender.MODEL_WITH_CASES, labelled(answers.withCases()));
        ModelAnswer answer = plan.model().isEmpty()
                ? ModelAnswer.none("by rules alone: no model was asked")
                : new ModelAnswer(asked.name(), asked.sha256(), answers.withCases(), answers.completion(), "");
        CheckedDiagnosis checked = DiagnosisCheck.explained(record, matrix, plan, past, answer, UNTIMED);
        verdicts.put(Contender.WHOLE, verdict(checked.diagnosis()));
        return new CaseResult(
                golden,
                true,
                verdicts,
                checked,
                InventedNumbers.in(checked.diagnosis(), record),
                answers.completion() != null,
                rulesMicros,
                answers.withCases() == null ? 0 : answers.withCases().latency().toNanos() / 1_000,
                answers.completion() == null
                        ? 0
                        : answers.completion().latency().toNanos() / 1_000,
                answers.absent());
    }

    private CaseLibrary library(GoldenCase golden, SymptomMatrix matrix) {
        return CaseLibrary.of(
                matrix,
                confirmed.getOrDefault(golden.kind(), List.of()).stream()
                        .filter(past -> !past.caseId().equals(golden.id()))
                        .toList());
    }

    private CaseResult unopened(GoldenCase golden, long began) {
        Map<Contender, CaseResult.Verdict> verdicts = new EnumMap<>(Contender.class);
        for (Contender contender : Contender.values()) {
            boolean there =
                    model != null || (contender != Contender.MODEL_ALONE && contender != Contender.MODEL_WITH_CASES);
            if (there) {
                verdicts.put(contender, new CaseResult.Verdict(GoldenCase.NORMAL, 1, GoldenCase.NORMAL));
            }
        }
        return new CaseResult(golden, false, verdicts, null, List.of(), false, micros(began), 0, 0, "");
    }

    // ---- the model

    private record Answers(
            @Nullable LabelScores alone,
            @Nullable LabelScores withCases,
            @Nullable Completion completion,
            String absent) {}

    private static Answers answers(
            Examinee asked, CaseRecord record, SymptomMatrix matrix, List<Neighbour> past, boolean explain) {
        List<String> labels = CasePrompt.labels(record, matrix);
        LabelScores alone = null;
        LabelScores withCases = null;
        try {
            alone = asked.model().score(CasePrompt.label(record, matrix, List.of()), labels, asked.deadline());
            withCases = asked.model().score(CasePrompt.label(record, matrix, past), labels, asked.deadline());
            Completion completion = explain
                    ? asked.model()
                            .complete(
                                    CasePrompt.explanation(record, matrix, past),
                                    CasePrompt.grammar(record, matrix),
                                    asked.maxTokens(),
                                    asked.deadline())
                    : null;
            return new Answers(alone, withCases, completion, "");
        } catch (ModelUnavailable e) {
            return new Answers(alone, withCases, null, e.reason() + ": " + e.getMessage());
        }
    }

    // ---- answers

    private static CaseResult.Verdict ranked(CaseRecord record) {
        return new CaseResult.Verdict(record.best().fault(), record.best().score(), guess(record.candidates()));
    }

    private static CaseResult.Verdict retrieved(List<Neighbour> past) {
        return past.isEmpty()
                ? new CaseResult.Verdict(Fault.UNSURE, 0, Fault.UNSURE)
                : new CaseResult.Verdict(
                        past.getFirst().past().fault(),
                        past.getFirst().similarity(),
                        past.getFirst().past().fault());
    }

    private static CaseResult.Verdict labelled(@Nullable LabelScores scores) {
        if (scores == null) {
            return new CaseResult.Verdict("", 0, "");
        }
        String code = CasePrompt.code(scores.best().label());
        return new CaseResult.Verdict(code, scores.best().probability(), code);
    }

    private static CaseResult.Verdict verdict(Diagnosis diagnosis) {
        return new CaseResult.Verdict(diagnosis.fault(), diagnosis.confidence(), guess(diagnosis.candidates()));
    }

    private static String guess(List<Candidate> candidates) {
        return candidates.stream()
                .map(Candidate::fault)
                .filter(fault -> !fault.equals(Fault.UNSURE))
                .findFirst()
                .orElse(Fault.UNSURE);
    }

    private static long micros(long began) {
        return (System.nanoTime() - began) / 1_000;
    }
}
