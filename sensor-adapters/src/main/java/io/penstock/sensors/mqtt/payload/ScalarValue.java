package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of {@link PayloadFormat} for numbers and times, shared by its formats. */
final class ScalarValue {
    private static final double LARGEST = 1e30;
    private static final int LONGEST_NUMBER = 64;
    private static final int QUOTED = 40;
    private static final long EARLIEST_MICROS =
            Instant.parse("2000-01-01T00:00:00Z").getEpochSecond() * 1_000_000;
    private static final long LATEST_MICROS =
            Instant.parse("2100-01-01T00:00:00Z").getEpochSecond() * 1_000_000;

    private ScalarValue() {}

    static PayloadOutcome outcome(
            ChannelId channel, long sourceMicros, long receivedMicros, Quality quality, double value) {
        boolean usable = Math.abs(value) <= LARGEST;
        return new PayloadOutcome.Decoded(List.of(new Reading.Scalar(
                channel, sourceMicros, receivedMicros, usable ? quality : Quality.BAD, usable ? value : Double.NaN)));
    }

    /** The number in a text; NaN and infinities are numbers here; null when there is none. */
    static @Nullable Double parse(String text) {
        String trimmed = text.strip();
        if (trimmed.isEmpty() || trimmed.length() > LONGEST_NUMBER) {
            return null;
        }
        char last = trimmed.charAt(trimmed.length() - 1);
        // Double.parseDouble takes Java's own suffixes and hexadecimal form
        if (last == 'd' || last == 'D' || trimmed.indexOf('x') >= 0 || trimmed.indexOf('X') >= 0) {
            return null;
        }
        switch (trimmed.toLowerCase(java.util.Locale.ROOT)) {
            case "nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity" -> {
                return Double.NaN;
            }
            default -> {
                if (last == 'f' || last == 'F') {
                    return null;
                }
            }
        }
        try {
            return Double.parseDouble(trimmed);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    static boolean plausibleTime(long micros) {
        return micros >= EARLIEST_MICROS && micros < LATEST_MICROS;
    }

    /** Microseconds since the epoch; null when the text is no RFC 3339 time of the years 2000 to 2100. */
    static @Nullable Long parseTime(String text) {
        if (text.length() > LONGEST_NUMBER) {
            return null;
        }
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            if (instant.getEpochSecond() < EARLIEST_MICROS / 1_000_000
                    || instant.getEpochSecond() >= LATEST_MICROS / 1_000_000) {
                return null;
            }
            return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
        } catch (DateTimeException e) {
            return null;
        }
    }

    static String quoted(String text) {
        return "'" + (text.length() > QUOTED ? text.substring(0, QUOTED) + "..." : text) + "'";
    }
}
