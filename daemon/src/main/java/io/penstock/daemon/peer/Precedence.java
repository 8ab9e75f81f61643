package io.penstock.daemon.peer;

import java.util.concurrent.atomic.AtomicInteger;

/** Cases of this site go before guests' questions: while one is asked about, no guest's question begins. */
public final class Precedence {
    private final AtomicInteger own = new AtomicInteger();

    /** An own question, from asking to its answer. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Begins an own question; closing ends it. */
    public Turn own() {
        own.incrementAndGet();
        return own::decrementAndGet;
    }

    /** Whether an own question is being asked. */
    public boolean isOwnBusy() {
        return own.get() > 0;
    }
}
