package io.penstock.models.language;

import java.time.Duration;
import java.util.List;

/**
 * A language model, wherever it runs. Calls are answered one at a time; others wait within their own deadlines.
 * After {@code close} every call throws {@link ModelUnavailable}; closing twice is not an error.
 */
public interface LanguageModel extends AutoCloseable {
    /**
     * Scores every label of a closed set by its exact log-probability as the continuation of the prompt.
     *
     * @param labels 2 to 32 distinct, non-blank labels
     */
    LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable;

    /**
     * Writes text under a grammar.
     *
     * @param grammar GBNF with a rule {@code root}; must not be blank: free text is never asked for
     * @param maxTokens 1 to 512
     */
    Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline) throws ModelUnavailable;

    /**
     * The same model for questions of this urgency: waiting ones get their turn in that order. One without a queue of its own is
     * asked as it is.
     */
    default LanguageModel at(Urgency urgency) {
        return this;
    }

    /** Whether a question would be begun at once, as far as is known without asking. One that is not may be asked, and waits. */
    default boolean isReady() {
        return true;
    }

    @Override
    void close();
}
