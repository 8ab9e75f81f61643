package io.penstock.sensors.sparkplug;

import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.ArrayList;
import java.util.List;

/** What came of a message: readings, what could not be used and why, nodes to be asked for their births. */
final class Taken {
    /** @param reason what was found and what was expected */
    record Reject(String where, RejectReason kind, String reason) {}

    final List<Reading> readings = new ArrayList<>();
    final List<Reject> rejects = new ArrayList<>();
    final List<RebirthRequest> rebirths = new ArrayList<>();

    void reject(String where, RejectReason kind, String reason) {
        rejects.add(new Reject(where, kind, reason));
    }
}
