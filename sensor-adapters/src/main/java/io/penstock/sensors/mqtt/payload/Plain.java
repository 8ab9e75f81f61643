package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.RejectReason;
import java.nio.charset.StandardCharsets;

/** A number as text, such as {@code 61.5} or {@code -1.2e3}, with a decimal point; the receive time is its time. */
public record Plain() implements PayloadFormat {
    private static final int LONGEST = 128;

    @Override
    public PayloadOutcome decode(ChannelId channel, byte[] payload, long receivedMicros) {
        if (payload.length > LONGEST) {
            return new PayloadOutcome.Rejected(
                    RejectReason.SYNTAX, payload.length + " bytes, expected a number of at most " + LONGEST);
        }
        String text = new String(payload, StandardCharsets.UTF_8);
        Double value = PlantText.number(text);
        if (value == null) {
            return new PayloadOutcome.Rejected(
                    RejectReason.VALUE, "found " + PlantText.quoted(text) + ", expected a number");
        }
        return PayloadOutcome.scalar(channel, receivedMicros, receivedMicros, Quality.GOOD, value);
    }
}
