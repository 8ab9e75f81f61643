package io.penstock.daemon.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * How sure a diagnosis is, measured: features of the evidence become one score by a logistic model, the score a probability by isotonic
 * regression (monotone steps, joined by lines), both fitted on cases whose answer is known. What a model says moves the odds by as much
 * as its answers were worth there. The file says where each number comes from.
 *
 * @param intercept of the logistic model
 * @param weights of {@link Features}, in their order
 * @param scores ends of the steps, rising
 * @param probabilities at them, never falling
 * @param voices what a model's word is worth, by manifest name; {@code ""} for one that was never measured
 */
public record Confidence(
        double intercept,
        List<Double> weights,
        List<Double> scores,
        List<Double> probabilities,
        Map<String, Voice> voices) {
    /** Nothing is certain, and nothing is certainly wrong. */
    private static final double LEAST = 0.05;

    private static final double MOST = 0.97;

    /** Where no fault is named, the one held likeliest may not look like an answer. */
    private static final double MOST_UNSURE = 0.3;

    /**
     * What is known of a diagnosis before a model is asked.
     *
     * @param score of the fault in the ranking, 0..1; of the likeliest where none is named
     * @param margin over the second, 0 at a tie and 1 from 0.3 on
     * @param retrieval 1 when the nearest past case was the same fault, -1 when it was another, 0 where there is none
     * @param doubt 0 where all supporting data is good, 0.5 where some is uncertain, 1 where some is bad
     * @param unsure 1 where no fault is named, else 0
     */
    public record Features(double score, double margin, double retrieval, double doubt, double unsure) {
        double[] values() {
            return new double[] {score, margin, retrieval, doubt, unsure};
        }
    }

    /**
     * What a model's agreement and dissent are worth: natural logarithms of how much likelier each is when the diagnosis is right than when
     * it is wrong.
     */
    public record Voice(double agree, double dissent) {}

    public Confidence {
        weights = List.copyOf(weights);
        scores = List.copyOf(scores);
        probabilities = List.copyOf(probabilities);
        voices = Map.copyOf(voices);
        if (weights.size() != 5 || scores.size() != probabilities.size() || scores.isEmpty()) {
            throw new IllegalArgumentException("a confidence has 5 weights and as many probabilities as scores");
        }
        for (int i = 1; i < scores.size(); i++) {
            if (scores.get(i) < scores.get(i - 1) || probabilities.get(i) < probabilities.get(i - 1)) {
                throw new IllegalArgumentException("scores rise and probabilities never fall");
            }
        }
        if (!voices.containsKey("")) {
            throw new IllegalArgumentException("it says nothing of models that were never measured");
        }
    }

    private static final class Shipped {
        static final Confidence ONE = read(text());
    }

    /** The product's own, fitted on the golden set's first half. */
    public static Confidence shipped() {
        return Shipped.ONE;
    }

    /** The logistic score, any number. */
    public double score(Features features) {
        double[] values = features.values();
        double score = intercept;
        for (int i = 0; i < values.length; i++) {
            score += weights.get(i) * values[i];
        }
        return score;
    }

    /** Without a model's word. */
    public double of(Features features) {
        return bounded(step(score(features)), features);
    }

    /**
     * With a model's word.
     *
     * @param model its manifest name
     * @param agrees whether it holds the same fault for the most probable
     */
    public double of(Features features, String model, boolean agrees) {
        Voice voice = voices.getOrDefault(model, voices.get(""));
        double before = step(score(features));
        double odds = Math.log(before / (1 - before)) + (voice == null ? 0 : agrees ? voice.agree() : voice.dissent());
        return bounded(1 / (1 + Math.exp(-odds)), features);
    }

    private double step(double score) {
        int last = scores.size() - 1;
        double p = probabilities.get(last);
        if (score <= scores.getFirst()) {
            p = probabilities.getFirst();
        } else if (score < scores.get(last)) {
            int i = 1;
            while (scores.get(i) < score) {
                i++;
            }
            double span = scores.get(i) - scores.get(i - 1);
            double part = span == 0 ? 1 : (score - scores.get(i - 1)) / span;
            p = probabilities.get(i - 1) + part * (probabilities.get(i) - probabilities.get(i - 1));
        }
        return Math.clamp(p, 0.001, 0.999);
    }

    private static double bounded(double p, Features features) {
        double most = features.unsure() > 0 ? MOST_UNSURE : MOST;
        return Math.clamp(Math.rint(100 * p) / 100, LEAST, most);
    }

    /**
     * Reads a confidence file.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static Confidence read(String toml) {
        TomlParseResult file = Toml.parse(toml);
        if (file.hasErrors()) {
            throw new IllegalArgumentException("confidence: " + file.errors().getFirst());
        }
        TomlTable features = table(file, "features");
        List<Double> weights = new ArrayList<>();
        for (String name : List.of("score", "margin", "retrieval", "doubt", "unsure")) {
            weights.add(number(features, name));
        }
        Map<String, Voice> voices = new LinkedHashMap<>();
        TomlTable models = table(file, "models");
        for (String name : models.keySet()) {
            TomlTable voice = models.getTable(List.of(name));
            if (voice == null) {
                throw new IllegalArgumentException("confidence: models." + name + " is no table");
            }
            voices.put(
                    name.equals("unmeasured") ? "" : name, new Voice(number(voice, "agree"), number(voice, "dissent")));
        }
        return new Confidence(
                number(features, "intercept"),
                weights,
                numbers(table(file, "steps"), "scores"),
                numbers(table(file, "steps"), "probabilities"),
                voices);
    }

    private static TomlTable table(TomlTable in, String name) {
        TomlTable table = in.getTable(name);
        if (table == null) {
            throw new IllegalArgumentException("confidence: [" + name + "] is missing");
        }
        return table;
    }

    private static double number(TomlTable in, String name) {
        if (in.get(List.of(name)) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("confidence: " + name + " is no number");
    }

    private static List<Double> numbers(TomlTable in, String name) {
        TomlArray array = in.getArray(name);
        List<Double> all = new ArrayList<>();
        for (int i = 0; array != null && i < array.size(); i++) {
            if (!(array.get(i) instanceof Number number)) {
                throw new IllegalArgumentException("confidence: " + name + " holds what is no number");
            }
            all.add(number.doubleValue());
        }
        return all;
    }

    private static String text() {
        try (InputStream in = Confidence.class.getResourceAsStream("/io/penstock/daemon/check/confidence.toml")) {
            if (in == null) {
                throw new IllegalStateException("the product was built without check/confidence.toml");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("check/confidence.toml could not be read from the product", e);
        }
    }
}
