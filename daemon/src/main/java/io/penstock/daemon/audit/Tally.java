package io.penstock.daemon.audit;

import io.penstock.daemon.route.Complexity;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.route.Task;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Counts calls in bounded memory. A task that a pattern names is counted in full; of the others a uniform sample of each complexity
 * (reservoir sampling, Vitter 1985, algorithm R) is kept for the router to look at afterwards.
 */
public final class Tally {
    private static final int MOST_MODELS = 200;
    private static final int MOST_EXAMPLES = 3;
    private static final String OTHER_MODELS = "(others)";

    /** What a group of calls adds up to. */
    public static final class Sum {
        private long calls;
        private long inputTokens;
        private long outputTokens;
        private double cost;
        private long unpriced;

        void add(Call call, double itsCost) {
            calls++;
            inputTokens += call.inputTokens();
            outputTokens += call.outputTokens();
            if (Double.isNaN(itsCost)) {
                unpriced++;
            } else {
                cost += itsCost;
            }
        }

        public long calls() {
            return calls;
        }

        public long inputTokens() {
            return inputTokens;
        }

        public long outputTokens() {
            return outputTokens;
        }

        /** Of those calls whose price is known. */
        public double cost() {
            return cost;
        }

        public long unpriced() {
            return unpriced;
        }
    }

    /** A call that no pattern names, kept for the router. */
    public record Sampled(Call call, double cost) {}

    /** What is known of one task at one complexity. */
    public record Cell(Task task, Complexity complexity) {}

    private final Prices prices;
    private final int sample;
    private final Random random;
    private final Sum all = new Sum();
    private long estimated;
    private final Map<Cell, Sum> ruled = new HashMap<>();
    private final Map<Complexity, Sum> unruled = new EnumMap<>(Complexity.class);
    private final Map<Complexity, List<Sampled>> reservoirs = new EnumMap<>(Complexity.class);
    private final Map<Sensitivity, Sum> sensitivities = new EnumMap<>(Sensitivity.class);
    private final Map<String, Sum> models = new HashMap<>();
    private final Map<Task, List<String>> examples = new EnumMap<>(Task.class);

    /**
     * @param sample calls kept of each complexity, at most
     * @param seed of the sampling: the same log and seed give the same report
     */
    public Tally(Prices prices, int sample, long seed) {
        this.prices = prices;
        this.sample = sample;
        this.random = new Random(seed);
        for (Complexity complexity : Complexity.values()) {
            unruled.put(complexity, new Sum());
            reservoirs.put(complexity, new ArrayList<>());
        }
    }

    /** @param task as a pattern names it; {@link Task#NOT_RECOGNISED} where none does */
    public void add(Call call, Task task) {
        double cost = prices.cost(call);
        Complexity complexity = Complexity.of(call.question(), call.inputTokens(), call.outputTokens());
        all.add(call, cost);
        estimated += call.estimated() ? 1 : 0;
        sensitivities
                .computeIfAbsent(Sensitivity.of(call.body()), k -> new Sum())
                .add(call, cost);
        String model = models.containsKey(call.model()) || models.size() < MOST_MODELS ? call.model() : OTHER_MODELS;
        models.computeIfAbsent(model, k -> new Sum()).add(call, cost);
        if (task != Task.NOT_RECOGNISED) {
            ruled.computeIfAbsent(new Cell(task, complexity), k -> new Sum()).add(call, cost);
            example(task, call.ask());
            return;
        }
        Sum cell = unruled.get(complexity);
        List<Sampled> kept = reservoirs.get(complexity);
        if (cell == null || kept == null) {
            throw new IllegalStateException("no cell for " + complexity);
        }
        cell.add(call, cost);
        if (kept.size() < sample) {
            kept.add(new Sampled(call, cost));
        } else {
            long place = random.nextLong(cell.calls());
            if (place < sample) {
                kept.set((int) place, new Sampled(call, cost));
            }
        }
    }

    void example(Task task, String ask) {
        List<String> some = examples.computeIfAbsent(task, k -> new ArrayList<>());
        if (some.size() < MOST_EXAMPLES) {
            some.add(ask);
        }
    }

    public Prices prices() {
        return prices;
    }

    public Sum all() {
        return all;
    }

    /** Calls of which a token count is an estimate. */
    public long estimated() {
        return estimated;
    }

    Map<Cell, Sum> ruled() {
        return ruled;
    }

    /** All calls of a complexity that no pattern named. */
    Sum unruled(Complexity complexity) {
        return unruled.getOrDefault(complexity, new Sum());
    }

    /** The sample of them. */
    public List<Sampled> sampled(Complexity complexity) {
        return reservoirs.getOrDefault(complexity, List.of());
    }

    Map<Sensitivity, Sum> sensitivities() {
        return sensitivities;
    }

    Map<String, Sum> models() {
        return models;
    }

    /** Unredacted; for {@link Redaction} alone. */
    Map<Task, List<String>> examples() {
        return examples;
    }
}
