package io.penstock.models.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.models.language.Prompt;
import java.util.List;

/** Questions as bodies of {@code POST /v1/chat/completions}, in each server's dialect. Pure. */
final class ChatRequest {
    static final int MOST_LETTERS = 26;
    /** What the OpenAI API allows; enough, because a case has at most ten labels. */
    private static final int TOP = 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ChatRequest() {}

    /** Asks for the probability of each label: exactly of a Penstock, by one letter of any other. */
    static byte[] labels(ServerKind kind, String model, Prompt prompt, List<String> labels) {
        if (kind == ServerKind.PENSTOCK) {
            ObjectNode body = body(kind, model, prompt, 1);
            ArrayNode asked = body.withObject("penstock").putArray("labels");
            labels.forEach(asked::add);
            return bytes(body);
        }
        StringBuilder question = new StringBuilder(prompt.question()).append("\nAnswers:\n");
        for (int i = 0; i < labels.size(); i++) {
            question.append(letter(i)).append(") ").append(labels.get(i)).append('\n');
        }
        question.append("Answer with the letter of the right answer alone.");
        ObjectNode body = body(model, prompt.instruction(), question.toString(), 1);
        body.put("logprobs", true).put("top_logprobs", TOP);
        if (kind == ServerKind.LLAMA_CPP) {
            body.put("grammar", "root ::= [A-" + letter(labels.size() - 1) + "]");
        } else if (kind == ServerKind.VLLM) {
            ArrayNode choice = body.putObject("structured_outputs").putArray("choice");
            for (int i = 0; i < labels.size(); i++) {
                choice.add(letter(i));
            }
        }
        return bytes(body);
    }

    /** Asks for a text under a grammar; of a server that takes none, for a JSON object as the question describes it. */
    static byte[] grammar(ServerKind kind, String model, Prompt prompt, String grammar, int maxTokens) {
        ObjectNode body = body(kind, model, prompt, maxTokens);
        switch (kind) {
            case PENSTOCK, LLAMA_CPP -> body.put("grammar", grammar);
            case VLLM -> body.putObject("structured_outputs").put("grammar", grammar);
            case OLLAMA, OPENAI -> body.putObject("response_format").put("type", "json_object");
        }
        return bytes(body);
    }

    /** Asks for a JSON object of a schema. */
    static byte[] schema(ServerKind kind, String model, Prompt prompt, ObjectNode schema, int maxTokens) {
        ObjectNode body = body(kind, model, prompt, maxTokens);
        ObjectNode format = body.putObject("response_format").put("type", "json_schema");
        format.putObject("json_schema")
                .put("name", "answer")
                .put("strict", true)
                .set("schema", schema);
        return bytes(body);
    }

    static String letter(int index) {
        return String.valueOf((char) ('A' + index));
    }

    /** To a Penstock what is asked goes apart from the question, which its model then reads once for all that is asked of it. */
    private static ObjectNode body(ServerKind kind, String model, Prompt prompt, int maxTokens) {
        boolean apart = kind == ServerKind.PENSTOCK && !prompt.ask().isEmpty();
        ObjectNode body = body(
                model, prompt.instruction(), apart ? prompt.question() : prompt.question() + prompt.ask(), maxTokens);
        if (apart) {
            body.withObject("penstock").put("ask", prompt.ask());
        }
        return body;
    }

    private static ObjectNode body(String model, String instruction, String question, int maxTokens) {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", model);
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "system").put("content", instruction);
        messages.addObject().put("role", "user").put("content", question);
        return body.put("max_tokens", maxTokens).put("temperature", 0).put("stream", false);
    }

    private static byte[] bytes(ObjectNode body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always written", e);
        }
    }
}
