package io.penstock.sensors.reading;

/**
 * What a source is doing now.
 *
 * @param detail the address it speaks to and what it waits for, for a person
 * @param received readings handed to the sink since start
 * @param rejected messages or values that could not be used since start
 * @param reconnects connections made after the first
 */
public record SourceHealth(State state, String detail, long received, long rejected, long reconnects) {
    public enum State {
        CONNECTING,
        RUNNING,
        FINISHED,
        CLOSED
    }
}
