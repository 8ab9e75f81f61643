package io.penstock.sensors.reading;

import java.util.List;

/**
 * A place readings come from. {@code start} returns at once; connecting, and connecting again after an outage, is the
 * source's own work and goes on until {@code close}. After {@code close} has returned nothing more is offered. Closing
 * twice is not an error; starting twice is.
 */
public interface SensorSource extends AutoCloseable {
    /** As in the configuration; unique in a gateway. */
    String name();

    void start(ReadingSink sink);

    /** What this source is doing now; cheap, callable from any thread. */
    SourceHealth health();

    /** What is wrong with parts of it while the rest is read, such as single nodes: a line each, a bounded number; any thread. */
    default List<String> troubles() {
        return List.of();
    }

    @Override
    void close();
}
