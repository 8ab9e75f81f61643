package io.penstock.daemon.route;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a text is for, where a pattern of the shipped tasks leaves no doubt. These patterns are our own and every repetition in them is
 * bounded, so the JDK's engine may run them over ASCII: it takes a tenth of the time of the one that a routes file's patterns need. Other
 * texts go to that one, as the two see borders of words differently there.
 */
public final class TaskPatterns {
    private record Rule(Task task, Pattern ascii, com.google.re2j.Pattern other, List<String> words) {
        boolean isIn(String text, boolean plain) {
            return plain ? ascii.matcher(text).find() : other.matcher(text).find();
        }
    }

    private final List<Rule> rules;

    private TaskPatterns(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    private static final class Shipped {
        static final TaskPatterns ONE = read();
    }

    /** Read and compiled once: a router without its embedder is made anew at every try. */
    public static TaskPatterns shipped() {
        return Shipped.ONE;
    }

    private static TaskPatterns read() {
        return new TaskPatterns(ShippedRoutes.tasks().routes().stream()
                .flatMap(route -> route.patterns().stream()
                        .map(pattern -> new Rule(
                                Task.of(route.name()),
                                Pattern.compile(pattern.pattern(), Pattern.UNIX_LINES),
                                pattern,
                                RequiredWords.of(pattern.pattern()))))
                .toList());
    }

    /** {@link Task#NOT_RECOGNISED} where no pattern is found. */
    public Task of(String text) {
        String folded = RequiredWords.folded(text);
        boolean plain = RequiredWords.isAscii(text);
        for (Rule rule : rules) {
            if (RequiredWords.in(rule.words(), folded) && rule.isIn(text, plain)) {
                return rule.task();
            }
        }
        return Task.NOT_RECOGNISED;
    }
}
