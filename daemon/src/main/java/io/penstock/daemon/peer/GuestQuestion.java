package io.penstock.daemon.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.models.language.Prompt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest's request, read strictly: what is not understood is refused, never left out. Pure.
 *
 * @param model as the guest names it; empty: the general one
 */
record GuestQuestion(String model, Prompt prompt, Wanted wanted) {
    /** What the answer is to be. */
    sealed interface Wanted {
        /** The probability of each label. */
        record Labels(List<String> labels) implements Wanted {}

        /** A text under a grammar. */
        record Text(String grammar, int maxTokens) implements Wanted {}
    }

    /** Why a request is not answered; the message is for whoever wrote the client. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private static final int LONGEST_GRAMMAR = 16_384;
    private static final int MOST_REPEATED = 1_000;
    private static final int DEEPEST_GRAMMAR = 64;
    private static final int LONGEST_LABEL = 100;
    private static final int MOST_TOKENS = 512;
    private static final int USUAL_TOKENS = 128;
    private static final Pattern REPETITION = Pattern.compile("\\{\\s*(\\d+)?\\s*(?:,\\s*(\\d+)?\\s*)?}");
    /** Any text, for who asks for no form. */
    private static final String FREE = "root ::= [\\n -~]+";

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(65_536)
                            .maxNumberLength(32)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    static GuestQuestion read(byte[] body) throws Refused {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (IOException e) {
            throw new Refused("the body is not JSON");
        }
        if (root == null || !root.isObject()) {
            throw new Refused("the body is no JSON object");
        }
        if (root.path("stream").asBoolean(false)) {
            throw new Refused("stream is true; answers come whole here");
        }
        if (root.path("n").asInt(1) != 1) {
            throw new Refused("n is not 1");
        }
        return new GuestQuestion(root.path("model").asText(""), prompt(root), wanted(root));
    }

    private static Prompt prompt(JsonNode root) throws Refused {
        JsonNode messages = root.path("messages");
        if (!messages.isArray() || messages.isEmpty() || messages.size() > 8) {
            throw new Refused("messages is no list of 1 to 8 messages");
        }
        StringBuilder instruction = new StringBuilder();
        StringBuilder question = new StringBuilder();
        for (JsonNode message : messages) {
            StringBuilder to = switch (message.path("role").asText("")) {
                case "system", "developer" -> instruction;
                case "user" -> question;
                default -> throw new Refused("a message's role is none of system, developer and user");
            };
            if (!message.path("content").isTextual()) {
                throw new Refused("a message's content is no text");
            }
            to.append(to.isEmpty() ? "" : "\n").append(message.path("content").asText());
        }
        if (question.toString().isBlank()) {
            throw new Refused("no message of the role user");
        }
        return new Prompt(
                instruction.toString(),
                question.toString(),
                root.path("penstock").path("ask").asText(""));
    }

    private static Wanted wanted(JsonNode root) throws Refused {
        JsonNode labels = root.path("penstock").path("labels");
        if (!labels.isMissingNode()) {
            return new Wanted.Labels(labels(labels));
        }
        int tokens = root.has("max_completion_tokens")
                ? root.path("max_completion_tokens").asInt(0)
                : root.path("max_tokens").asInt(USUAL_TOKENS);
        if (tokens < 1 || tokens > MOST_TOKENS) {
            throw new Refused("max_tokens is not 1 to " + MOST_TOKENS);
        }
        JsonNode grammar = root.path("grammar");
        if (!grammar.isMissingNode()) {
            return new Wanted.Text(checked(grammar), tokens);
        }
        JsonNode format = root.path("response_format");
        return new Wanted.Text(
                switch (format.path("type").asText("text")) {
                    case "text" -> FREE;
                    case "json_object" -> SchemaGrammar.anyObject();
                    case "json_schema" ->
                        SchemaGrammar.of(format.path("json_schema").path("schema"));
                    default -> throw new Refused("response_format.type is none of text, json_object, json_schema");
                },
                tokens);
    }

    private static List<String> labels(JsonNode given) throws Refused {
        List<String> labels = new ArrayList<>();
        given.forEach(label -> labels.add(label.isTextual() ? label.asText() : ""));
        if (labels.size() < 2
                || labels.size() > 32
                || new HashSet<>(labels).size() != labels.size()
                || labels.stream().anyMatch(label -> label.isBlank() || label.length() > LONGEST_LABEL)) {
            throw new Refused(
                    "penstock.labels is no list of 2 to 32 distinct texts of 1 to " + LONGEST_LABEL + " characters");
        }
        return labels;
    }

    /** A grammar runs in native code, which reads it by recursion: its size, repetitions and depth are bounded before. */
    private static String checked(JsonNode grammar) throws Refused {
        String text = grammar.isTextual() ? grammar.asText() : "";
        if (text.isBlank() || text.length() > LONGEST_GRAMMAR) {
            throw new Refused("grammar is no text of 1 to " + LONGEST_GRAMMAR + " characters");
        }
        int depth = 0;
        for (char c : text.toCharArray()) {
            depth = c == '(' ? depth + 1 : c == ')' ? Math.max(0, depth - 1) : depth;
            if (depth > DEEPEST_GRAMMAR) {
                throw new Refused("grammar is nested deeper than " + DEEPEST_GRAMMAR + " parentheses");
            }
        }
        Matcher repetition = REPETITION.matcher(text);
        while (repetition.find()) {
            for (int group = 1; group <= 2; group++) {
                String count = repetition.group(group);
                if (count != null && (count.length() > 6 || Integer.parseInt(count) > MOST_REPEATED)) {
                    throw new Refused("grammar repeats something more than " + MOST_REPEATED + " times");
                }
            }
        }
        return text;
    }
}
