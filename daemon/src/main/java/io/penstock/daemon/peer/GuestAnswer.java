package io.penstock.daemon.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Answers to guests as the OpenAI API writes them, with what only a Penstock knows under {@code penstock}. Pure. */
final class GuestAnswer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GuestAnswer() {}

    /** A model that guests may ask. */
    record Offered(String name, String sha256) {}

    static byte[] models(List<Offered> all) {
        ObjectNode root = JSON.createObjectNode().put("object", "list");
        ArrayNode data = root.putArray("data");
        all.forEach(one -> {
            ObjectNode model = data.addObject()
                    .put("id", one.name())
                    .put("object", "model")
                    .put("owned_by", "penstock");
            model.putObject("penstock").put("sha256", one.sha256());
        });
        return bytes(root);
    }

    static byte[] scores(String id, Offered model, Instant at, LabelScores scores) {
        ObjectNode root = root(id, model, at, scores.best().label(), "stop", scores.promptTokens(), 0);
        ObjectNode own = own(root, model, scores.reusedTokens());
        ArrayNode labels = own.putArray("labels");
        scores.scores()
                .forEach(score -> labels.addObject()
                        .put("label", score.label())
                        .put("log_probability", score.logProbability())
                        .put("probability", score.probability()));
        return bytes(root);
    }

    static byte[] completion(String id, Offered model, Instant at, Completion completion) {
        ObjectNode root = root(
                id,
                model,
                at,
                completion.text(),
                completion.stop() == Completion.Stop.LENGTH ? "length" : "stop",
                completion.promptTokens(),
                completion.generatedTokens());
        own(root, model, completion.reusedTokens());
        return bytes(root);
    }

    static byte[] error(String type, String message) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("error").put("message", message).put("type", type);
        return bytes(root);
    }

    private static ObjectNode root(
            String id, Offered model, Instant at, String content, String finish, int prompt, int generated) {
        ObjectNode root = JSON.createObjectNode()
                .put("id", id)
                .put("object", "chat.completion")
                .put("created", at.getEpochSecond())
                .put("model", model.name())
                .put("system_fingerprint", "sha256:" + model.sha256());
        ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
        choice.putObject("message").put("role", "assistant").put("content", content);
        choice.put("finish_reason", finish).putNull("logprobs");
        root.putObject("usage")
                .put("prompt_tokens", prompt)
                .put("completion_tokens", generated)
                .put("total_tokens", prompt + generated);
        return root;
    }

    private static ObjectNode own(ObjectNode root, Offered model, int reused) {
        return root.putObject("penstock").put("sha256", model.sha256()).put("reused_tokens", reused);
    }

    private static byte[] bytes(ObjectNode root) {
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }
}
