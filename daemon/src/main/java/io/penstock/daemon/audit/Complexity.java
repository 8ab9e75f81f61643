package io.penstock.daemon.audit;

import java.util.Locale;
import java.util.regex.Pattern;

/** How much a call asks for, by rules on its length and its words. */
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
    private static final Pattern STEP = Pattern.compile("(?m)^\\s{0,4}(?:\\d{1,2}[.)]|[-*])\\s");

    public static Complexity of(Call call) {
        String asked = call.question().toLowerCase(Locale.ROOT);
        boolean deep = DEEP.matcher(asked).find();
        if (call.inputTokens() > LONG_INPUT || call.outputTokens() > LONG_OUTPUT) {
            return HARD;
        }
        boolean steps = STEP.matcher(asked).results().limit(MANY_STEPS).count() == MANY_STEPS;
        if (deep || (steps && call.outputTokens() > SHORT_OUTPUT)) {
            return HARD;
        }
        return call.inputTokens() <= SHORT_INPUT && call.outputTokens() <= SHORT_OUTPUT && !steps ? SIMPLE : MODERATE;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
