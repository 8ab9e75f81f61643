package io.penstock.sensors.reading;

/** How far a value can be trusted: the three severities of OPC UA Part 4, 7.39 (StatusCode). */
public enum Quality {
    GOOD,
    UNCERTAIN,
    BAD
}
