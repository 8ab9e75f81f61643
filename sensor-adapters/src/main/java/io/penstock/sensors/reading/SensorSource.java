package io.penstock.sensors.reading;

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

    @Override
    void close();
}
