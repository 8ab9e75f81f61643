package io.penstock.models.remote;

import io.penstock.models.language.ModelUnavailable;
import java.time.Duration;

/** Carries one question to a server and its answer back; what stands between may refuse, count and keep what passes. */
public interface Wire extends AutoCloseable {
    /**
     * Posts JSON to {@code /v1/chat/completions} and gives the body of the answer, bounded. Tried once.
     *
     * @throws ModelUnavailable when there is no answer of status 200 by the deadline
     */
    byte[] post(byte[] body, Duration deadline) throws ModelUnavailable;

    /** Ends what is on its way. Closing twice is not an error. */
    @Override
    void close();
}
