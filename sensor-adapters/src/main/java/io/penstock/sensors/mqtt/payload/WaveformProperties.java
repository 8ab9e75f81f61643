package io.penstock.sensors.mqtt.payload;

/**
 * Names of the MQTT 5 user properties that describe a waveform.
 *
 * @param time of the first sample; a message without it is rejected, where no header holds the time
 * @param rate samples per second
 * @param unit of the samples after scaling
 * @param samples int16, int32, float32 or float64
 */
public record WaveformProperties(String time, TimeFormat timeFormat, String rate, String unit, String samples) {
    public WaveformProperties {
        for (String name : new String[] {time, rate, unit, samples}) {
            if (name.isBlank() || name.length() > 200) {
                throw new IllegalArgumentException(
                        "the name of a user property has " + name.length() + " characters, expected 1 to 200");
            }
        }
    }
}
