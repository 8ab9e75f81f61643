package io.penstock.sensors.file;

import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.List;

/** What one line of a file holds. */
sealed interface LineOutcome {
    /** @param readings none where a row's cells are all empty */
    record Readings(List<Reading> readings) implements LineOutcome {
        public Readings {
            readings = List.copyOf(readings);
        }
    }

    /** @param found what was found and what was expected; may quote the file */
    record Unusable(RejectReason reason, String found) implements LineOutcome {}
}
