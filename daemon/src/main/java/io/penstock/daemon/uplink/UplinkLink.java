package io.penstock.daemon.uplink;

import java.io.IOException;

/**
 * The line frames leave by. One frame at a time, from one thread. A frame that was handed over may still be lost; one that was not
 * throws, and is tried again later.
 */
public interface UplinkLink extends AutoCloseable {
    /** Where it leads to, for a person. */
    String name();

    /** Whether a frame could be handed over now; cheap. */
    boolean isOpen();

    /**
     * Hands a frame over.
     *
     * @param keyId with the counter it tells one frame from all others
     * @throws IOException when it was not taken
     */
    void send(int keyId, long counter, byte[] frame) throws IOException;

    @Override
    void close();
}
