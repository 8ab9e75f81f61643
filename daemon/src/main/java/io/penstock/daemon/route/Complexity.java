package io.penstock.daemon.route;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** How much is asked of a model, by rules on length and words; in {@link Signals} also on what a text names. */
public enum Complexity {
    SIMPLE,
    MODERATE,
    HARD;

    private static final long LONG_INPUT = 6_000;
    private static final long LONG_OUTPUT = 1_200;
    private static final long SHORT_INPUT = 800;
    private static final long SHORT_OUTPUT = 200;
    private static final int MANY_STEPS = 4;
    private static final Pattern DEEP = Pattern.compile(
            "\\b(?:step by step|prove|derive|trade-?offs?|architecture|root cause|strategy|refactor|debug|optimi[sz]e|multi-step)\\b");
    private static final List<String> DEEP_WORDS = RequiredWords.of(DEEP.pattern());
    private static final Pattern STEP = Pattern.compile("(?m)^\\s{0,4}(?:\\d{1,2}[.)]|[-*])\\s");

    /**
     * @param asked what is wanted, in the asker's words
     * @param inputTokens that a model has to read
     * @param outputTokens that it wrote; 0 where nobody knows yet
     */
    public static Complexity of(String asked, long inputTokens, long outputTokens) {
        if (inputTokens > LONG_INPUT || outputTokens > LONG_OUTPUT) {
            return HARD;
        }
        String lower = asked.toLowerCase(Locale.ROOT);
        // a list has lines, and a step each
        boolean steps = lower.indexOf('\n') >= 0
                && STEP.matcher(lower).results().limit(MANY_STEPS).count() == MANY_STEPS;
        if ((RequiredWords.in(DEEP_WORDS, lower) && DEEP.matcher(lower).find())
                || (steps && outputTokens > SHORT_OUTPUT)) {
            return HARD;
        }
        return inputTokens <= SHORT_INPUT && outputTokens <= SHORT_OUTPUT && !steps ? SIMPLE : MODERATE;
    }

    /** The harder of both. */
    public Complexity or(Complexity other) {
        return compareTo(other) >= 0 ? this : other;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
