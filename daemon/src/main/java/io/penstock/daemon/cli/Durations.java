package io.penstock.daemon.cli;

import io.penstock.daemon.check.Diagnosis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people type and read them. */
final class Durations {
    private static final Pattern TYPED = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    /** Years are counted in nanoseconds later on, and a long holds 292 of them. */
    private static final Duration LONGEST = Duration.ofDays(36_600);

    private Durations() {}

    /** {@code 90s}, {@code 5m}, {@code 2h}, up to a hundred years; empty for anything else. */
    static Optional<Duration> parse(String text) {
        Matcher m = TYPED.matcher(text.strip());
        if (!m.matches()) {
            return Optional.empty();
        }
        long n = Long.parseLong(m.group(1));
        Duration typed = switch (m.group(2)) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            default -> Duration.ofDays(n);
        };
        return Optional.of(typed).filter(time -> time.compareTo(LONGEST) <= 0);
    }

    /** How long each step took from the receipt of the sample that changed the case. */
    static String tokenToAction(Diagnosis.Timing t) {
        List<String> steps = new ArrayList<>();
        step(steps, "alarm", t.sampleMicros(), t.alarmMicros());
        step(steps, "label", t.sampleMicros(), t.labelMicros());
        step(steps, "explanation", t.sampleMicros(), t.explanationMicros());
        return steps.isEmpty() ? "not measured" : "sample -> " + String.join(" -> ", steps);
    }

    private static void step(List<String> steps, String name, long from, long to) {
        if (from > 0 && to >= from) {
            steps.add(String.format(Locale.ROOT, "%s %.2f s", name, (to - from) / 1e6));
        }
    }
}
