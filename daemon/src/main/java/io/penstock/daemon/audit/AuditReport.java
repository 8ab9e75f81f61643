package io.penstock.daemon.audit;

import io.penstock.daemon.route.Complexity;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.route.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What an audit found. Counts of a task are exact where a pattern named it; what the router named in a sample is scaled up to all
 * calls of that complexity, with a 95 % interval (Wilson 1927).
 *
 * @param calls all of them
 * @param cost of the calls whose price is known
 * @param unpriced calls whose price neither the log nor a list knows
 * @param estimated calls of which a token count is an estimate from the characters
 * @param rows a task at a complexity each, what costs most first (most tokens where nothing is priced)
 * @param localCalls share of all calls that a local model is worth trying on, 0..1
 * @param localLow lower end of its interval
 * @param localHigh upper end of its interval
 * @param localCost money those calls took, of the priced ones
 * @param recognition share of the shipped samples whose task the router names right when each is left out; NaN where no router ran
 * @param sensitivities what the prompts hold, the worst first
 * @param models by cost, then calls
 * @param rejects lines that could not be read, by file and reason
 */
public record AuditReport(
        String currency,
        long calls,
        long inputTokens,
        long outputTokens,
        double cost,
        long unpriced,
        long estimated,
        List<Row> rows,
        double localCalls,
        double localLow,
        double localHigh,
        double localCost,
        double recognition,
        List<Group> sensitivities,
        List<Group> models,
        List<String> rejects) {
    private static final double Z95 = 1.959964;
    private static final int MOST_MODELS = 20;

    /**
     * @param calls the estimate; low and high are equal to it where it was counted
     * @param local whether a local model is worth trying
     * @param examples redacted
     */
    public record Row(
            Task task,
            Complexity complexity,
            double calls,
            double low,
            double high,
            double inputTokens,
            double outputTokens,
            double cost,
            boolean local,
            List<String> examples) {
        public Row {
            examples = List.copyOf(examples);
        }
    }

    /** Calls that have something in common. */
    public record Group(String name, long calls, long inputTokens, long outputTokens, double cost) {}

    public AuditReport {
        rows = List.copyOf(rows);
        sensitivities = List.copyOf(sensitivities);
        models = List.copyOf(models);
        rejects = List.copyOf(rejects);
    }

    /** What a local model is worth trying on, what pays most first. */
    public List<Row> lowHanging() {
        return rows.stream().filter(Row::local).toList();
    }

    /**
     * @param router names the task of a sampled call
     * @param recognition as in the report
     */
    public static AuditReport of(
            Tally tally, Function<Call, Task> router, double recognition, Redaction redaction, List<String> rejects) {
        Map<Tally.Cell, double[]> cells = new HashMap<>();
        tally.ruled()
                .forEach((cell, sum) -> merge(
                        cells,
                        cell,
                        sum.calls(),
                        sum.calls(),
                        sum.calls(),
                        sum.inputTokens(),
                        sum.outputTokens(),
                        sum.cost()));
        double localCalls = 0;
        double slack = 0;
        for (Map.Entry<Tally.Cell, Tally.Sum> each : tally.ruled().entrySet()) {
            localCalls += each.getKey().task().isLocal(each.getKey().complexity())
                    ? each.getValue().calls()
                    : 0;
        }
        for (Complexity complexity : Complexity.values()) {
            double[] local = spread(tally, complexity, router, cells);
            localCalls += local[0];
            slack += local[1];
        }
        List<Row> rows = new ArrayList<>();
        cells.forEach((cell, v) -> rows.add(new Row(
                cell.task(),
                cell.complexity(),
                v[0],
                v[1],
                v[2],
                v[3],
                v[4],
                v[5],
                cell.task().isLocal(cell.complexity()),
                tally.examples().getOrDefault(cell.task(), List.of()).stream()
                        .map(redaction::of)
                        .toList())));
        rows.sort(Comparator.comparingDouble(Row::cost)
                .thenComparingDouble(r -> r.inputTokens() + r.outputTokens())
                .reversed());
        Tally.Sum all = tally.all();
        double share = all.calls() == 0 ? 0 : 1.0 / all.calls();
        return new AuditReport(
                tally.prices().currency(),
                all.calls(),
                all.inputTokens(),
                all.outputTokens(),
                all.cost(),
                all.unpriced(),
                tally.estimated(),
                rows,
                localCalls * share,
                Math.max(0, (localCalls - slack) * share),
                Math.min(1, (localCalls + slack) * share),
                rows.stream().filter(Row::local).mapToDouble(Row::cost).sum(),
                recognition,
                Stream.of(Sensitivity.values())
                        .filter(tally.sensitivities()::containsKey)
                        .map(s -> group(s.word(), tally.sensitivities().getOrDefault(s, new Tally.Sum())))
                        .toList(),
                tally.models().entrySet().stream()
                        .map(e -> group(e.getKey().isEmpty() ? "(not said)" : e.getKey(), e.getValue()))
                        .sorted(Comparator.comparingDouble(Group::cost)
                                .thenComparingLong(Group::calls)
                                .reversed())
                        .limit(MOST_MODELS)
                        .toList(),
                rejects);
    }

    /** Scales the sample of one complexity up; gives the local calls among it and half their interval. */
    private static double[] spread(
            Tally tally, Complexity complexity, Function<Call, Task> router, Map<Tally.Cell, double[]> cells) {
        List<Tally.Sampled> sample = tally.sampled(complexity);
        Tally.Sum whole = tally.unruled(complexity);
        if (sample.isEmpty()) {
            return new double[] {0, 0};
        }
        Map<Task, Tally.Sum> found = new EnumMap<>(Task.class);
        Tally.Sum sampled = new Tally.Sum();
        for (Tally.Sampled each : sample) {
            Task task = router.apply(each.call());
            found.computeIfAbsent(task, k -> new Tally.Sum()).add(each.call(), each.cost());
            sampled.add(each.call(), each.cost());
            tally.example(task, each.call().ask());
        }
        boolean complete = sample.size() == whole.calls();
        int local = 0;
        for (Map.Entry<Task, Tally.Sum> each : found.entrySet()) {
            Tally.Sum sum = each.getValue();
            double[] interval = wilson(sum.calls(), sample.size());
            merge(
                    cells,
                    new Tally.Cell(each.getKey(), complexity),
                    (double) sum.calls() / sample.size() * whole.calls(),
                    complete ? sum.calls() : interval[0] * whole.calls(),
                    complete ? sum.calls() : interval[1] * whole.calls(),
                    scaled(sum.inputTokens(), sampled.inputTokens(), whole.inputTokens()),
                    scaled(sum.outputTokens(), sampled.outputTokens(), whole.outputTokens()),
                    scaled(sum.cost(), sampled.cost(), whole.cost()));
            local += each.getKey().isLocal(complexity) ? (int) sum.calls() : 0;
        }
        double[] interval = wilson(local, sample.size());
        return new double[] {
            (double) local / sample.size() * whole.calls(),
            complete ? 0 : (interval[1] - interval[0]) / 2 * whole.calls()
        };
    }

    private static double scaled(double part, double sampled, double whole) {
        return sampled > 0 ? part / sampled * whole : 0;
    }

    private static void merge(Map<Tally.Cell, double[]> cells, Tally.Cell cell, double... values) {
        cells.merge(cell, values, (a, b) -> {
            double[] sum = new double[a.length];
            for (int i = 0; i < a.length; i++) {
                sum[i] = a[i] + b[i];
            }
            return sum;
        });
    }

    private static Group group(String name, Tally.Sum sum) {
        return new Group(name, sum.calls(), sum.inputTokens(), sum.outputTokens(), sum.cost());
    }

    /** The 95 % interval of a share of {@code hits} in {@code n}. */
    static double[] wilson(long hits, long n) {
        double p = (double) hits / n;
        double z2 = Z95 * Z95;
        double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z95 * Math.sqrt(p * (1 - p) / n + z2 / (4.0 * n * n)) / (1 + z2 / n);
        return new double[] {Math.max(0, middle - half), Math.min(1, middle + half)};
    }
}
