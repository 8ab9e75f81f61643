package io.penstock.sensors.reading;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers and times as plants write them. Pure; every text has an answer, in time proportional to its length. */
public final class PlantText {
    private static final int LONGEST = 64;
    private static final int QUOTED = 40;
    private static final long EARLIEST_SECOND =
            Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();
    private static final long LATEST_SECOND =
            Instant.parse("2100-01-01T00:00:00Z").getEpochSecond();

    private PlantText() {}

    /**
     * The number in a text with a decimal point; NaN where the text says that there is none (NaN, inf).
     *
     * @return null when the text is no number
     */
    public static @Nullable Double number(String text) {
        String trimmed = text.strip();
        if (trimmed.isEmpty() || trimmed.length() > LONGEST) {
            return null;
        }
        switch (trimmed.toLowerCase(Locale.ROOT)) {
            case "nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity" -> {
                return Double.NaN;
            }
            default -> {}
        }
        for (int i = 0; i < trimmed.length(); i++) {
            // Double.parseDouble takes Java's own suffixes and hexadecimal form as well
            if ("0123456789+-.eE".indexOf(trimmed.charAt(i)) < 0) {
                return null;
            }
        }
        try {
            return Double.parseDouble(trimmed);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Whether a time in microseconds since the epoch lies in the years 2000 to 2099, as every living clock's does. */
    public static boolean isPlausibleTime(long micros) {
        return micros >= EARLIEST_SECOND * 1_000_000 && micros < LATEST_SECOND * 1_000_000;
    }

    /**
     * A time as in RFC 3339, or with a blank for its T and without an offset, which is then UTC.
     *
     * @return microseconds since the epoch; null when the text is no time of the years 2000 to 2099
     */
    public static @Nullable Long time(String text) {
        String trimmed = text.strip();
        if (trimmed.length() < 19 || trimmed.length() > LONGEST) {
            return null;
        }
        String iso = trimmed.charAt(10) == ' ' ? trimmed.substring(0, 10) + 'T' + trimmed.substring(11) : trimmed;
        boolean offset = iso.endsWith("Z") || iso.endsWith("z") || iso.indexOf('+') > 0 || iso.lastIndexOf('-') > 10;
        try {
            Instant instant = offset
                    ? OffsetDateTime.parse(iso).toInstant()
                    : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
            return instant.getEpochSecond() < EARLIEST_SECOND || instant.getEpochSecond() >= LATEST_SECOND
                    ? null
                    : micros(instant);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Microseconds since the epoch. */
    public static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }

    /** A short piece of a text, for a message; made printable where it is logged. */
    public static String quoted(String text) {
        return "'" + (text.length() > QUOTED ? text.substring(0, QUOTED) + "..." : text) + "'";
    }
}
