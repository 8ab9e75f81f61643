package io.penstock.daemon.route;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a call was for, and up to which complexity a local model of 3 to 8 billion parameters is worth trying on it. */
public enum Task {
    CLASSIFICATION(Complexity.MODERATE, "a closed set of labels, held against a grammar"),
    EXTRACTION(Complexity.MODERATE, "fields out of a text that is there, held against a schema"),
    SUMMARIZATION(Complexity.MODERATE, "a text that is there, made shorter"),
    REWRITING(Complexity.MODERATE, "a text that is there, in other words"),
    TRANSLATION(Complexity.SIMPLE, "short texts; loss by language must be measured first"),
    QUESTION(Complexity.SIMPLE, "short questions, best with the source at hand"),
    CHAT(Complexity.SIMPLE, "small talk"),
    CODE(null, "small models lose much on it"),
    REASONING(null, "plans, proofs and mathematics: small models lose much on it"),
    NOT_RECOGNISED(null, "nobody knows what it was: look at it first");

    private final @Nullable Complexity localUpTo;
    private final String why;

    Task(@Nullable Complexity localUpTo, String why) {
        this.localUpTo = localUpTo;
        this.why = why;
    }

    /** The task of a route's name; {@link #NOT_RECOGNISED} for the fallback. */
    public static Task of(String route) {
        for (Task task : values()) {
            if (task.word().equals(route)) {
                return task;
            }
        }
        return NOT_RECOGNISED;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isLocal(Complexity complexity) {
        return localUpTo != null && complexity.compareTo(localUpTo) <= 0;
    }

    public String why() {
        return why;
    }
}
