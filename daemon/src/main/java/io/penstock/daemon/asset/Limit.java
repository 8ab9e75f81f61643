package io.penstock.daemon.asset;

import java.time.Duration;

/**
 * An alarm limit of a scalar channel or of a feature of a waveform channel.
 *
 * @param of what is compared: {@code value} for a scalar, {@code velocity_rms} (mm/s), {@code kurtosis}, ... for a waveform
 * @param above true when crossing upwards alarms, false when crossing downwards does
 * @param value in the unit of what is compared
 * @param hysteresis how far back inside the value must come before the alarm clears, same unit, 0 or more
 * @param onDelay how long the limit must be crossed before it alarms
 * @param offDelay how long it must be back inside before it clears
 * @param severity what crossing it means
 * @param source the named table or person it comes from, shown with every alarm
 */
public record Limit(
        String of,
        boolean above,
        double value,
        double hysteresis,
        Duration onDelay,
        Duration offDelay,
        Severity severity,
        String source) {
    public Limit {
        if (!Double.isFinite(value) || !(hysteresis >= 0)) {
            throw new IllegalArgumentException("limit " + value + " with hysteresis " + hysteresis);
        }
    }
}
