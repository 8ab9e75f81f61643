package io.penstock.sensors.reading;

/** Where sources put what they took in: a bounded queue. Any thread may call it. */
public interface ReadingSink {
    /**
     * Hands a delivery over, waiting a bounded time for room.
     *
     * @return false when there was no room in time: the caller leaves the message unacknowledged, so that it comes again
     */
    boolean offer(Delivery delivery);
}
