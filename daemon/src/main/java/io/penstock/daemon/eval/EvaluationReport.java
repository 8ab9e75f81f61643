package io.penstock.daemon.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What came of an evaluation.
 *
 * @param model manifest name; empty where none was asked
 * @param sha256 of its file
 * @param results one a case, in the set's order
 */
public record EvaluationReport(String model, String sha256, List<CaseResult> results) {
    public EvaluationReport {
        results = List.copyOf(results);
    }

    /**
     * Times in microseconds over the cases that have one; 0 where none has.
     *
     * @param of how many cases
     */
    public record Times(int of, long p50, long p95, long most) {}

    /** Figures by contender over the cases that fit; contenders that were not there are left out. */
    public Map<Contender, Figures> figures(Predicate<GoldenCase> which) {
        List<CaseResult> some =
                results.stream().filter(result -> which.test(result.golden())).toList();
        Map<Contender, Figures> figures = new EnumMap<>(Contender.class);
        for (Contender contender : Contender.values()) {
            List<CaseResult> answered = some.stream()
                    .filter(result -> result.of(contender).isPresent())
                    .toList();
            if (!answered.isEmpty()) {
                figures.put(contender, Figures.of(contender, answered));
            }
        }
        return figures;
    }

    /** Over all cases. */
    public Map<Contender, Figures> figures() {
        return figures(golden -> true);
    }

    /** One contender's, over the cases that fit; who was not there has none to ask for. */
    public Figures figures(Contender contender, Predicate<GoldenCase> which) {
        return Figures.of(
                contender,
                results.stream().filter(result -> which.test(result.golden())).toList());
    }

    /** One contender's, over all cases. */
    public Figures figures(Contender contender) {
        return figures(contender, golden -> true);
    }

    /** The groups of the set, in alphabetical order. */
    public List<String> groups() {
        return results.stream()
                .map(result -> result.golden().group())
                .distinct()
                .sorted()
                .toList();
    }

    /** How often each wrong answer was given where what was accepted: "imbalance | unsure -> misalignment". */
    public Map<String, Integer> confusion(Contender contender) {
        Map<String, Integer> wrong = new TreeMap<>();
        for (CaseResult result : results) {
            if (result.of(contender).isPresent() && !result.right(contender)) {
                String accepted = String.join(
                        " | ", result.golden().accept().stream().sorted().toList());
                String answer = result.of(contender).orElseThrow().answer();
                wrong.merge(accepted + " -> " + (answer.isEmpty() ? "no answer" : answer), 1, Integer::sum);
            }
        }
        return wrong;
    }

    /** Numbers without a source in the evidence that an operator would have read; must be empty. */
    public List<String> invented() {
        List<String> all = new ArrayList<>();
        results.forEach(result ->
                result.invented().forEach(number -> all.add(result.golden().id() + ": " + number)));
        return all;
    }

    /** Sentences of the model that the check kept from the operator. */
    public int blocked() {
        return results.stream()
                .mapToInt(result -> result.checked() == null
                        ? 0
                        : result.checked().blocked().size())
                .sum();
    }

    /** Explanations the model wrote. */
    public int explained() {
        return (int) results.stream().filter(CaseResult::explained).count();
    }

    /** Cases in which the model gave an answer that did not come whole. */
    public int absent() {
        return (int)
                results.stream().filter(result -> !result.absent().isEmpty()).count();
    }

    public Times rulesTimes() {
        return times(CaseResult::rulesMicros);
    }

    public Times labelTimes() {
        return times(CaseResult::labelMicros);
    }

    public Times explanationTimes() {
        return times(CaseResult::explanationMicros);
    }

    private Times times(ToLongFunction<CaseResult> which) {
        long[] micros = results.stream()
                .mapToLong(which)
                .filter(time -> time > 0)
                .sorted()
                .toArray();
        return micros.length == 0
                ? new Times(0, 0, 0, 0)
                : new Times(
                        micros.length,
                        micros[micros.length / 2],
                        micros[Math.min(micros.length - 1, (int) (0.95 * micros.length))],
                        Arrays.stream(micros).max().orElse(0));
    }
}
