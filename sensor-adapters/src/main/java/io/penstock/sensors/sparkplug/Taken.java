package io.penstock.sensors.sparkplug;

import io.penstock.sensors.reading.Reading;
import java.util.ArrayList;
import java.util.List;

/** What came of a message: readings, what could not be used and why, nodes to be asked for their births. */
final class Taken {
    record Reject(String where, String reason) {}

    final List<Reading> readings = new ArrayList<>();
    final List<Reject> rejects = new ArrayList<>();
    final List<RebirthRequest> rebirths = new ArrayList<>();

    void reject(String where, String reason) {
        rejects.add(new Reject(where, reason));
    }
}
