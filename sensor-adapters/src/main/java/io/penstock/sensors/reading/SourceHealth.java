package io.penstock.sensors.reading;

import java.util.Map;

/**
 * What a source is doing now.
 *
 * @param detail the address it speaks to and what it waits for, for a person
 * @param received readings handed to the sink since start
 * @param rejects messages or values that could not be used since start, by reason; handed over, nobody writes to it
 * @param reconnects connections made after the first
 */
public record SourceHealth(
        State state, String detail, long received, Map<RejectReason, Long> rejects, long reconnects) {
    public enum State {
        CONNECTING,
        RUNNING,
        FINISHED,
        CLOSED
    }

    /** Messages or values that could not be used since start, whatever the reason. */
    public long rejected() {
        return rejects.values().stream().mapToLong(Long::longValue).sum();
    }
}
