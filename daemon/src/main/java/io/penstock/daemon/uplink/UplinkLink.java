package io.penstock.daemon.uplink;

import java.io.IOException;
import java.util.List;

/**
 * The line frames leave by. One frame at a time, from one thread. A frame that was handed over may still be lost; one that was not
 * throws, and is tried again later.
 */
public interface UplinkLink extends AutoCloseable {
    /** Where it leads to, for a person. */
    String name();

    /** Whether a frame could be handed over now; cheap. A link that is hung up begins to connect, and says no until then. */
    boolean isOpen();

    /**
     * Hands a frame over.
     *
     * @param keyId with the counter it tells one frame from all others
     * @throws NotCarried when it is sure that nothing went over the line that is charged
     * @throws IOException when it was not taken
     */
    void send(int keyId, long counter, byte[] frame) throws IOException;

    /** What came down since the last call, oldest first, each once; at most {@link #MOST_RECEIVED}, what is beyond it is dropped. */
    default List<byte[]> received() {
        return List.of();
    }

    /** What was last {@link #received} is carried out: a link that has kept it until then lets it go. */
    default void settled() {}

    /** Whether the other end tells nothing by itself: then {@link #ask} fetches what waits there. */
    default boolean mustAsk() {
        return false;
    }

    /**
     * Asks the other end what waits there; it is then among the {@link #received}.
     *
     * @throws NotCarried when it is sure that nothing went over the line that is charged
     */
    default void ask() throws IOException {}

    /** The contact is over: no byte until {@link #isOpen} is asked again. */
    default void hangUp() {}

    int MOST_RECEIVED = 64;

    /** As {@link #hangUp}, for the last time. */
    @Override
    default void close() {
        hangUp();
    }

    /** Nothing went over the line that is charged. */
    final class NotCarried extends IOException {
        private static final long serialVersionUID = 1L;

        public NotCarried(String message) {
            super(message);
        }

        public NotCarried(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
