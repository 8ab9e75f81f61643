package io.penstock.daemon.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * Source times of the rows of a file. Each row is later than the one before, whatever its timestamp says: a repeated or earlier
 * one follows by a microsecond, an unreadable one by a second.
 */
final class RowClock {
    private static final long LATEST = 7_000_000_000_000_000L;

    /** What a timestamp was worth. */
    enum Worth {
        LATER,
        NOT_LATER,
        UNREADABLE
    }

    private long last;
    private Worth worth = Worth.LATER;

    long micros(String text) {
        long read = parse(text.strip());
        if (read > last && read < LATEST) {
            worth = Worth.LATER;
            last = read;
        } else {
            worth = read == Long.MIN_VALUE || read >= LATEST ? Worth.UNREADABLE : Worth.NOT_LATER;
            last += worth == Worth.UNREADABLE ? 1_000_000 : 1;
        }
        return last;
    }

    /** Of the newest one. */
    Worth worth() {
        return worth;
    }

    private static long parse(String text) {
        if (text.isEmpty() || text.length() > 40) {
            return Long.MIN_VALUE;
        }
        String iso =
                text.length() > 10 && text.charAt(10) == ' ' ? text.substring(0, 10) + "T" + text.substring(11) : text;
        try {
            Instant instant;
            if (iso.length() == 10 && iso.charAt(4) == '-') {
                instant = LocalDate.parse(iso).atStartOfDay().toInstant(ZoneOffset.UTC);
            } else if (iso.indexOf('T') == 10) {
                boolean zoned = iso.endsWith("Z") || iso.indexOf('+', 11) > 0 || iso.indexOf('-', 11) > 0;
                instant = zoned
                        ? OffsetDateTime.parse(iso).toInstant()
                        : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
            } else {
                double seconds = Double.parseDouble(text);
                // later than the year 5000 in seconds: milliseconds
                double scaled = seconds > 1e11 ? seconds * 1e3 : seconds * 1e6;
                return scaled >= 0 && scaled < LATEST ? (long) scaled : Long.MIN_VALUE;
            }
            return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
        } catch (DateTimeException | NumberFormatException | ArithmeticException e) {
            return Long.MIN_VALUE;
        }
    }
}
