package io.penstock.daemon.cli;

import io.penstock.sensors.reading.PlantText;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A stretch of source time, as a person names it. */
final class Stretch {
    @Option(names = "--from", paramLabel = "TIME", description = "First source time, as 2026-03-01T12:00:00Z (UTC).")
    @Nullable
    String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Last source time (default: now).")
    @Nullable
    String to;

    @Option(names = "--last", paramLabel = "TIME", description = "So much before --to, e.g. 90s, 2h, 7d.")
    @Nullable
    String last;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Microseconds since the epoch, both inclusive. */
    record Micros(long from, long to) {}

    /** @param otherwise how far back where neither --from nor --last is given; null for everything there is */
    Micros micros(Instant now, @Nullable Duration otherwise) {
        long end = to == null ? PlantText.micros(now) : time("--to", to);
        if (from != null && last != null) {
            throw new ParameterException(spec.commandLine(), "--from and --last exclude each other");
        }
        if (from != null) {
            long start = time("--from", from);
            if (start > end) {
                throw new ParameterException(spec.commandLine(), "--from is later than --to");
            }
            return new Micros(start, end);
        }
        Duration back = last == null ? otherwise : duration(last);
        return new Micros(back == null ? Long.MIN_VALUE : end - back.toMillis() * 1_000, end);
    }

    private long time(String option, String text) {
        Long micros = PlantText.time(text);
        if (micros == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " is '" + text
                            + "', expected a time such as 2026-03-01T12:00:00Z, in UTC without an offset");
        }
        return micros;
    }

    private Duration duration(String text) {
        return Durations.parse(text)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--last is '" + text + "', expected a time such as 90s, 2h or 7d"));
    }

    /** RFC 3339, UTC, to the microsecond. */
    static String rfc3339(long micros) {
        return DateTimeFormatter.ISO_INSTANT.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
    }
}
