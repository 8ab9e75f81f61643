package io.penstock.models.llama;

/** The time given for an answer was used up and the work stopped; the engine can be asked again. */
public final class OverBudget extends Exception {
    private static final long serialVersionUID = 1L;

    OverBudget() {
        super("time budget used up");
    }
}
