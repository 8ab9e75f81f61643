package io.penstock.models.remote;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A language model behind an OpenAI-compatible server. Each question is one request, tried once; whether and when to try again is the
 * caller's. Its messages begin with the server's name.
 */
public final class RemoteModel implements LanguageModel {
    private static final Prompt TINY = new Prompt(
            "You help the operator of a machine. Choose the one possible fault that explains the evidence best.",
            "Evidence:\n[1] bearing temperature very high\nPossible faults: bearing fault, nothing wrong.\nFault:");
    private static final List<String> TINY_LABELS = List.of("bearing fault", "nothing wrong");

    private final String name;
    private final ServerKind kind;
    private final String model;
    private final Wire wire;
    private volatile String sha256 = "";

    /**
     * @param name of the server, for messages: {@code standby gw-b}
     * @param model as the server names it
     */
    public RemoteModel(String name, ServerKind kind, String model, Wire wire) {
        this.name = name;
        this.kind = kind;
        this.model = model;
        this.wire = wire;
    }

    /** Of the model file there, as last told by a Penstock; empty where nobody tells. */
    public String sha256() {
        return sha256;
    }

    /** The least measured work: a scored question of two labels. Its answer must have the right form; what it says is not judged. */
    public Duration probe(Duration deadline) throws ModelUnavailable {
        return score(TINY, TINY_LABELS, deadline).latency();
    }

    @Override
    public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
        if (labels.size() < 2 || labels.size() > 32 || new HashSet<>(labels).size() != labels.size()) {
            throw new IllegalArgumentException("labels must be 2 to 32 and distinct: " + labels);
        }
        if (kind != ServerKind.PENSTOCK && labels.size() > ChatRequest.MOST_LETTERS) {
            throw named(new ModelUnavailable(
                    ModelUnavailable.Reason.FAILED,
                    "it can be asked for one of " + ChatRequest.MOST_LETTERS + " labels at most, not of "
                            + labels.size()));
        }
        try {
            ChatAnswer answer = ask(ChatRequest.labels(kind, model, prompt, labels), deadline);
            return kind == ServerKind.PENSTOCK ? answer.exact(labels) : answer.byLetter(labels);
        } catch (ModelUnavailable e) {
            throw named(e);
        }
    }

    @Override
    public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
            throws ModelUnavailable {
        if (grammar.isBlank()) {
            throw new IllegalArgumentException("the grammar is empty: free text is never asked for");
        }
        return complete(ChatRequest.grammar(kind, model, prompt, grammar, maxTokens), deadline);
    }

    /** As {@link #complete(Prompt, String, int, Duration)}, by the schema where the server takes no grammar. */
    public Completion complete(Prompt prompt, String grammar, ObjectNode schema, int maxTokens, Duration deadline)
            throws ModelUnavailable {
        return kind.takesGrammar()
                ? complete(prompt, grammar, maxTokens, deadline)
                : complete(ChatRequest.schema(kind, model, prompt, schema, maxTokens), deadline);
    }

    private Completion complete(byte[] question, Duration deadline) throws ModelUnavailable {
        try {
            return ask(question, deadline).completion();
        } catch (ModelUnavailable e) {
            throw named(e);
        }
    }

    private ChatAnswer ask(byte[] question, Duration deadline) throws ModelUnavailable {
        long began = System.nanoTime();
        byte[] body = wire.post(question, deadline);
        ChatAnswer answer = ChatAnswer.read(body, Duration.ofNanos(System.nanoTime() - began));
        if (!answer.sha256().isEmpty()) {
            sha256 = answer.sha256();
        }
        return answer;
    }

    private ModelUnavailable named(ModelUnavailable e) {
        return new ModelUnavailable(e.reason(), name + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        wire.close();
    }
}
