package io.penstock.sensors.mqtt.payload;

/**
 * How the payloads of a topic are read. Pure, thread-safe, and total: every sequence of bytes has an outcome.
 *
 * <p>A device that says it has no number (JSON null, NaN, infinity) or gives one beyond 1e30, which is no physical
 * quantity in any unit, has said something: the reading is {@code BAD} with the value NaN. Text that is no number, a
 * missing field and a time outside the years 2000 to 2099 are rejected. So is a waveform with a sample that is not
 * finite, since its other samples would be judged as if they were whole. A message is taken whole or not at all.
 */
public sealed interface PayloadFormat permits Plain, Json, JsonTable, JsonWaveform, Csv, SenMl, Binary, Compressed {
    /** The default of the bound that callers put on a payload. */
    int DEFAULT_LARGEST_BYTES = 1 << 20;

    /** More readings in one message are refused: one delivery is one piece of a commit. */
    int MOST_READINGS = 10_000;

    /** @param receivedMicros the time the message came, microseconds since the epoch; in the readings' receive time */
    PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros);

    /** Whether the payload says which channels its readings are of, so that the topic need not. */
    default boolean namesChannels() {
        return false;
    }
}
