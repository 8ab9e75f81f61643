package io.penstock.models.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Answers of {@code /v1/chat/completions}, read as untrusted: what is not as it must be is an answer of the wrong form, whose words are
 * repeated nowhere. Pure.
 *
 * <p>By letters, a label's probability is what the server gave the first token that is its letter, among all letters; those it did not
 * tell get at most what the least it told has, and what is left to 1. A server that tells no probability has made a choice, and its choice counts {@value #UNTOLD}.
 */
final class ChatAnswer {
    /** What a choice counts whose probability nobody told. */
    static final double UNTOLD = 0.5;
    /** With less on all letters together the model does not answer by letter at all. */
    private static final double LEAST_MASS = 0.05;

    private static final double SUM_ERROR = 1e-3;
    private static final int LONGEST_TEXT = 16_384;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxNumberLength(64)
                            .build())
                    .build())
            .build();

    private final JsonNode root;
    private final Duration took;

    private ChatAnswer(JsonNode root, Duration took) {
        this.root = root;
        this.took = took;
    }

    /** @param took from asking to the last byte */
    static ChatAnswer read(byte[] body, Duration took) throws ModelUnavailable {
        try {
            JsonNode root = JSON.readTree(body);
            if (root != null && root.path("choices").path(0).path("message").isObject()) {
                return new ChatAnswer(root, took);
            }
        } catch (IOException e) {
            throw new ModelUnavailable(Reason.FAILED, "its answer is not JSON: is it a model's server?", e);
        }
        throw wrong("it has no choices[0].message");
    }

    /** What the server says it has loaded: 64 hexadecimal digits, or empty. */
    String sha256() {
        String told = root.path("penstock").path("sha256").asText("");
        return told.matches("[0-9a-f]{64}") ? told : "";
    }

    /** A Penstock's exact probabilities. */
    LabelScores exact(List<String> labels) throws ModelUnavailable {
        JsonNode told = root.path("penstock").path("labels");
        if (told.size() != labels.size()) {
            throw wrong("penstock.labels has " + told.size() + " entries, asked were " + labels.size());
        }
        List<LabelScores.Score> scores = new ArrayList<>();
        double sum = 0;
        for (int i = 0; i < labels.size(); i++) {
            JsonNode one = told.path(i);
            double logProbability = one.path("log_probability").asDouble(Double.NaN);
            double probability = one.path("probability").asDouble(Double.NaN);
            if (!one.path("label").asText("").equals(labels.get(i))
                    || !Double.isFinite(logProbability)
                    || !(probability >= 0 && probability <= 1)) {
                throw wrong("penstock.labels[" + i + "] is not the label asked with its probability");
            }
            sum += probability;
            scores.add(new LabelScores.Score(labels.get(i), logProbability, probability));
        }
        if (Math.abs(sum - 1) > SUM_ERROR) {
            throw wrong("the labels' probabilities do not add up to 1");
        }
        return scores(scores);
    }

    /** Probabilities by the first token's letter. */
    LabelScores byLetter(List<String> labels) throws ModelUnavailable {
        JsonNode first = root.path("choices")
                .path(0)
                .path("logprobs")
                .path("content")
                .path(0)
                .path("top_logprobs");
        if (!first.isArray() || first.isEmpty()) {
            return byChoice(labels);
        }
        double[] mass = new double[labels.size()];
        double least = 1;
        double told = 0;
        double all = 0;
        for (JsonNode one : first) {
            double probability = Math.exp(one.path("logprob").asDouble(Double.NaN));
            if (!(probability >= 0 && probability <= 1 + SUM_ERROR)) {
                throw wrong("a log-probability is no number up to 0");
            }
            least = Math.min(least, probability);
            told += probability;
            int index = index(one.path("token").asText(""), labels.size());
            if (index >= 0) {
                mass[index] += probability;
                all += probability;
            }
        }
        if (all < LEAST_MASS) {
            throw wrong("the first token is none of the letters asked for");
        }
        double floor = Math.max(Math.min(least, 1 - told), Double.MIN_NORMAL);
        double sum = Arrays.stream(mass).map(m -> m > 0 ? m : floor).sum();
        List<LabelScores.Score> scores = new ArrayList<>();
        for (int i = 0; i < mass.length; i++) {
            double probability = mass[i] > 0 ? mass[i] : floor;
            scores.add(new LabelScores.Score(labels.get(i), Math.log(probability), probability / sum));
        }
        return scores(scores);
    }

    private LabelScores byChoice(List<String> labels) throws ModelUnavailable {
        int chosen = index(content(), labels.size());
        if (chosen < 0) {
            throw wrong("the answer is none of the letters asked for");
        }
        double rest = (1 - UNTOLD) / (labels.size() - 1);
        List<LabelScores.Score> scores = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            double probability = i == chosen ? UNTOLD : rest;
            scores.add(new LabelScores.Score(labels.get(i), Math.log(probability), probability));
        }
        return scores(scores);
    }

    /** {@code B}, {@code B)} or {@code "B}: the letter's place, or -1. */
    private static int index(String token, int count) {
        String bare = token.strip().replaceAll("^[\"'(]+|[\"').:]+$", "");
        int index = bare.length() == 1 ? bare.charAt(0) - 'A' : -1;
        return index < count ? index : -1;
    }

    Completion completion() throws ModelUnavailable {
        String text = content();
        if (text.isEmpty() || text.length() > LONGEST_TEXT) {
            throw wrong("its text has " + text.length() + " characters, expected 1 to " + LONGEST_TEXT);
        }
        String reason = root.path("choices").path(0).path("finish_reason").asText("");
        return new Completion(
                text,
                tokens("prompt_tokens"),
                0,
                tokens("completion_tokens"),
                reason.equals("length") ? Completion.Stop.LENGTH : Completion.Stop.END,
                took);
    }

    private String content() throws ModelUnavailable {
        JsonNode content = root.path("choices").path(0).path("message").path("content");
        if (!content.isTextual()) {
            throw wrong("choices[0].message.content is no text");
        }
        return content.asText();
    }

    private LabelScores scores(List<LabelScores.Score> scores) {
        return new LabelScores(scores, tokens("prompt_tokens"), 0, took);
    }

    private int tokens(String which) {
        return Math.clamp(root.path("usage").path(which).asLong(0), 0, 1_000_000);
    }

    private static ModelUnavailable wrong(String what) {
        return new ModelUnavailable(Reason.FAILED, "its answer has the wrong form: " + what);
    }
}
