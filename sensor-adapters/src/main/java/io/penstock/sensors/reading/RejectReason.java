package io.penstock.sensors.reading;

/** Why something could not be used: a small closed set, so that rejects can be counted by it. */
public enum RejectReason {
    /** The topic, or a name in the message, leads to no channel. */
    TOPIC,
    /** The bytes are not of the expected format, or more than one meaning of them is possible. */
    SYNTAX,
    /** gzip or zstd content that is broken, or compressed in a way that is not known. */
    COMPRESSION,
    /** A field that has to be there is not. */
    MISSING,
    /** A value that is no number, or a waveform with a sample that is not finite. */
    VALUE,
    /** No time, or one outside the years 2000 to 2099. */
    TIME,
    /** A unit that is not known or does not measure what the channel does. */
    UNIT,
    /** Larger, longer or more than the configured bound. */
    SIZE,
    /** Lost on the way: a queue was full, here or at the server. */
    LOST,
    /** No asset file names the channel. */
    UNWATCHED
}
