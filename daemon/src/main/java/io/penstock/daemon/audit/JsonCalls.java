package io.penstock.daemon.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Requests as JSON lines: OpenAI's chat, completion, responses and batch forms, and LiteLLM's logging payload, which wraps the
 * same. Keys are looked for in the line itself, then under {@code request}, {@code body} and {@code response}.
 */
public final class JsonCalls {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] REQUEST = {"request", "body", "params", "kwargs"};
    private static final String[] RESPONSE = {"response", "body", "output"};

    private JsonCalls() {}

    public static CallOutcome read(String line) {
        if (line.isBlank()) {
            return new CallOutcome.Other();
        }
        try {
            JsonNode root = JSON.readTree(line);
            return root.isObject()
                    ? read(root)
                    : new CallOutcome.Rejected("is JSON but no object; one request a line is expected");
        } catch (JsonProcessingException e) {
            return new CallOutcome.Rejected("is not JSON");
        }
    }

    private static CallOutcome read(JsonNode root) {
        JsonNode request = inner(root, REQUEST, "messages", "prompt", "input");
        JsonNode response = inner(root, RESPONSE, "usage", "choices", "output");
        StringBuilder all = new StringBuilder();
        String system = "";
        String user = "";
        JsonNode messages = request.has("messages") ? request.get("messages") : request.path("input");
        if (messages.isArray()) {
            for (JsonNode message : messages) {
                String text = text(message.has("content") ? message.get("content") : message);
                String role = message.path("role").asText("user");
                if (role.equals("system") || role.equals("developer")) {
                    system = system.isEmpty() ? text : system + "\n" + text;
                } else if (role.equals("user")) {
                    user = text;
                }
                all.append(text).append('\n');
            }
        } else {
            user = text(request.has("prompt") ? request.get("prompt") : messages);
            system = text(request.path("instructions"));
            all.append(system).append(user);
        }
        if (all.toString().isBlank()) {
            return new CallOutcome.Rejected("has no messages, prompt or input");
        }
        JsonNode usage = response.has("usage") ? response.get("usage") : root.path("usage");
        return new CallOutcome.Parsed(Call.of(
                first(root, request, response, "model"),
                system,
                user,
                all,
                tokens(usage, root, "prompt_tokens", "input_tokens"),
                tokens(usage, root, "completion_tokens", "output_tokens"),
                answer(response),
                cost(root, response)));
    }

    private static JsonNode inner(JsonNode root, String[] places, String... wanted) {
        for (String key : wanted) {
            if (root.has(key)) {
                return root;
            }
        }
        for (String place : places) {
            JsonNode found = root.path(place);
            for (String key : wanted) {
                if (found.has(key)) {
                    return found;
                }
            }
            if (found.path("body").isObject()) {
                return found.path("body");
            }
        }
        return root;
    }

    private static String first(JsonNode root, JsonNode request, JsonNode response, String key) {
        for (JsonNode place : new JsonNode[] {request, root, response}) {
            if (place.path(key).isTextual()) {
                return place.path(key).asText();
            }
        }
        return "";
    }

    /** A text, or the texts of a list of parts; pictures and sounds are passed over. */
    private static String text(JsonNode content) {
        if (content.isTextual()) {
            return content.asText();
        }
        StringBuilder all = new StringBuilder();
        if (content.isArray()) {
            for (JsonNode part : content) {
                String text =
                        part.isTextual() ? part.asText() : part.path("text").asText("");
                all.append(all.isEmpty() || text.isEmpty() ? "" : "\n").append(text);
            }
        }
        return all.toString();
    }

    private static long tokens(JsonNode usage, JsonNode root, String... keys) {
        for (JsonNode place : new JsonNode[] {usage, root}) {
            for (String key : keys) {
                if (place.path(key).isNumber() && place.path(key).asLong() >= 0) {
                    return place.path(key).asLong();
                }
            }
        }
        return -1;
    }

    private static long answer(JsonNode response) {
        JsonNode choice = response.path("choices").path(0);
        String text = choice.has("message") ? text(choice.path("message").path("content")) : text(choice.path("text"));
        return response.has("choices") ? text.length() : -1;
    }

    private static double cost(JsonNode root, JsonNode response) {
        for (JsonNode place : new JsonNode[] {root, response}) {
            for (String key : new String[] {"response_cost", "spend", "cost"}) {
                if (place.path(key).isNumber() && place.path(key).asDouble() >= 0) {
                    return place.path(key).asDouble();
                }
            }
        }
        return Double.NaN;
    }
}
