package io.penstock.sensors.mqtt.payload;

/** {@code kept = sent * factor + offset}. */
public record UnitConversion(double factor, double offset) {
    public static final UnitConversion NONE = new UnitConversion(1, 0);

    public double of(double value) {
        return value * factor + offset;
    }
}
