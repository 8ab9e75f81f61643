package io.penstock.daemon.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model's explanation read strictly: one JSON object of {@code fault}, {@code because}, {@code summary} and nothing else.
 *
 * @param fault label of the closed set; empty when the form was wrong
 * @param sentences of the summary in printable ASCII, not yet checked; {@code ^} stands for what has no likeness there
 * @param errors what was wrong with the form
 */
record Explanation(String fault, List<String> sentences, List<String> errors) {
    private static final int LONGEST_ANSWER = 4096;
    private static final int LONGEST_SUMMARY = 400;
    private static final int MOST_SENTENCES = 4;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    Explanation {
        sentences = List.copyOf(sentences);
        errors = List.copyOf(errors);
    }

    static Explanation read(String text, List<String> labels, CaseRecord record) {
        if (text.length() > LONGEST_ANSWER) {
            return wrong("the answer has " + text.length() + " characters, expected at most " + LONGEST_ANSWER);
        }
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return wrong("the answer is not JSON");
        }
        if (root == null || !root.isObject()) {
            return wrong("the answer is no JSON object");
        }
        List<String> errors = new ArrayList<>();
        Set<String> keys = new LinkedHashSet<>();
        root.fieldNames().forEachRemaining(keys::add);
        if (!keys.equals(Set.of("fault", "because", "summary"))) {
            errors.add("the answer has other keys than fault, because, summary");
        }
        String fault = root.path("fault").asText("");
        if (!root.path("fault").isTextual() || !labels.contains(fault)) {
            errors.add("fault is none of the labels asked");
            fault = "";
        }
        because(root.path("because"), record, errors);
        String summary = root.path("summary").asText("");
        if (!root.path("summary").isTextual() || summary.isBlank() || summary.length() > LONGEST_SUMMARY) {
            errors.add("summary is no text of 1 to " + LONGEST_SUMMARY + " characters");
            summary = "";
        }
        return new Explanation(fault, errors.isEmpty() ? sentences(plain(summary)) : List.of(), errors);
    }

    private static void because(JsonNode because, CaseRecord record, List<String> errors) {
        Set<Integer> known =
                record.evidence().stream().map(EvidenceLine::number).collect(Collectors.toSet());
        boolean right = because.isArray() && because.size() <= 8;
        for (JsonNode number : because) {
            right &= number.isInt() && known.contains(number.asInt());
        }
        if (!right) {
            errors.add("because is no list of existing evidence numbers");
        }
    }

    private static Explanation wrong(String error) {
        return new Explanation("", List.of(), List.of(error));
    }

    /** Printable ASCII, without terminal sequences and markdown. */
    static String clean(String text) {
        return text.replaceAll("\\x1b\\[[0-9;?]*[ -/]*[@-~]", "")
                .replaceAll("[\\r\\n\\t]", " ")
                .replaceAll("[^\\x20-\\x7e]", "")
                .replaceAll("[*`#<>|~\\\\]", "")
                .replaceAll(" {2,}", " ")
                .trim();
    }

    /**
     * A summary in printable ASCII. Signs that have a likeness there get it. Nothing else is left out, as {@link #clean} does: a
     * sentence without its superscript, its fraction, its digits of another script or its "less than" is another sentence.
     */
    private static String plain(String text) {
        return text.replaceAll("\\x1b\\[[0-9;?]*[ -/]*[@-~]", "")
                .replaceAll("[\\r\\n\\t\\u00a0\\u2009\\u202f]", " ")
                .replaceAll("[\\u2018\\u2019]", "'")
                .replaceAll("[\\u201c\\u201d]", "\"")
                .replaceAll("[\\u2010-\\u2014\\u2212]", "-")
                .replaceAll("[\\u00b5\\u03bc]", "u")
                .replaceAll("(?<=\\bm)\\u00b3", "3")
                .replaceAll("\\u00b0(?= ?[CF]\\b)", "")
                // emphasis around words; between digits it is a product
                .replaceAll("(?<![0-9])[*`#]+|[*`#]+(?![0-9])", "")
                .replaceAll("[^\\x20-\\x7e]|[*`#<>|~\\\\]", "^")
                .replaceAll(" {2,}", " ")
                .trim();
    }

    private static List<String> sentences(String text) {
        List<String> sentences = new ArrayList<>();
        for (String sentence : text.split("(?<=[.!?;])\\s+")) {
            if (!sentence.isBlank() && sentences.size() < MOST_SENTENCES) {
                String plain = sentence.trim();
                sentences.add(plain.endsWith(".") || plain.endsWith("!") || plain.endsWith("?") ? plain : plain + ".");
            }
        }
        return sentences.stream().distinct().toList();
    }
}
