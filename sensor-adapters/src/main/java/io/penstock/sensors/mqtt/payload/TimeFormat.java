package io.penstock.sensors.mqtt.payload;

/** How a payload writes a time: a number since the epoch in a unit, or text as in RFC 3339. */
public enum TimeFormat {
    MICROSECONDS(1),
    MILLISECONDS(1_000),
    SECONDS(1_000_000),
    RFC3339(0);

    private final long micros;

    TimeFormat(long micros) {
        this.micros = micros;
    }

    /** Microseconds in one unit; 0 for text. */
    long micros() {
        return micros;
    }
}
