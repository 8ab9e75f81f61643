package io.penstock.models.language;

/** How soon a question wants its turn at a model. The most urgent goes first; of equals the one that came first. */
public enum Urgency {
    /** A case that wants a person now. */
    ALARM,
    WARNING,
    ADVISORY,
    /** A person asks, and no machine waits. */
    QUESTION,
    /** Another node asks, about a case of its own. */
    GUEST,
    /** A model is measured. */
    EVALUATION
}
