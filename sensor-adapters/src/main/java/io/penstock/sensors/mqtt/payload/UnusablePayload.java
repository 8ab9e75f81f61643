package io.penstock.sensors.mqtt.payload;

import io.penstock.sensors.reading.RejectReason;

/** Ends the decoding of a payload; without a stack, since plants send such by the thousand. */
final class UnusablePayload extends Exception {
    private static final long serialVersionUID = 1L;
    private final RejectReason reason;
    private final String found;

    /** @param found what was found and what was expected */
    UnusablePayload(RejectReason reason, String found) {
        super(found, null, false, false);
        this.reason = reason;
        this.found = found;
    }

    PayloadOutcome outcome() {
        return new PayloadOutcome.Rejected(reason, found);
    }
}
