package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.PlantText;

/** How a payload writes a time: a number since the epoch in a unit, or text as in RFC 3339. */
public enum TimeFormat {
    MICROSECONDS(1),
    MILLISECONDS(1_000),
    SECONDS(1_000_000),
    RFC3339(0);

    /** Stands for a time that is none of the years 2000 to 2099. */
    static final long NO_TIME = Long.MIN_VALUE;

    private final long micros;

    TimeFormat(long micros) {
        this.micros = micros;
    }

    /** Microseconds since the epoch. */
    long whole(long number) {
        // bounded first: the product of a hostile number would wrap into a plausible time
        boolean bounded = micros > 0 && number > 0 && number < Long.MAX_VALUE / micros;
        return bounded ? plausible(number * micros) : NO_TIME;
    }

    /** Microseconds since the epoch. */
    long fraction(double number) {
        return micros > 0 ? plausible(Math.round(number * micros)) : NO_TIME;
    }

    /** Microseconds since the epoch, from the number or the RFC 3339 time in a text. */
    long text(String text) {
        if (this == RFC3339) {
            Long time = PlantText.time(text);
            return time == null ? NO_TIME : time;
        }
        String trimmed = text.strip();
        if (trimmed.length() <= 18 && !trimmed.isEmpty() && trimmed.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return whole(Long.parseLong(trimmed));
        }
        Double number = PlantText.number(trimmed);
        return number == null ? NO_TIME : fraction(number);
    }

    private static long plausible(long micros) {
        return PlantText.isPlausibleTime(micros) ? micros : NO_TIME;
    }
}
