package io.penstock.daemon.eval;

/** Who answers a golden case: each part by itself, and all of them together as the daemon does. */
public enum Contender {
    /** The symptom matrix alone. */
    RULES("rules"),
    /** The nearest past case's fault, whatever the rules say. */
    RETRIEVAL("retrieval"),
    /** The model's most probable label, shown the evidence and nothing else. */
    MODEL_ALONE("model alone"),
    /** The model's most probable label, shown the nearest past cases as well: as it is asked by the daemon. */
    MODEL_WITH_CASES("model with cases"),
    /** The diagnosis as the daemon publishes it. */
    WHOLE("whole");

    private final String spoken;

    Contender(String spoken) {
        this.spoken = spoken;
    }

    /** For a person. */
    public String spoken() {
        return spoken;
    }
}
