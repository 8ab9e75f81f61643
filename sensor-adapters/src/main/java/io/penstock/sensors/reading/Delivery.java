package io.penstock.sensors.reading;

import java.util.List;

/**
 * Readings that arrived together and are acknowledged together.
 *
 * @param readings at least one
 * @param saved called once, from another thread, after the commit that holds all of them; must not block or throw
 */
public record Delivery(List<Reading> readings, Runnable saved) {
    public Delivery {
        readings = List.copyOf(readings);
        if (readings.isEmpty()) {
            throw new IllegalArgumentException("a delivery holds at least one reading");
        }
    }

    /** A delivery that nobody waits for. */
    public static Delivery unacknowledged(Reading reading) {
        return new Delivery(List.of(reading), () -> {});
    }
}
