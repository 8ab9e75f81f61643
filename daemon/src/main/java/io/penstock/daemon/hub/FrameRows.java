package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.Verdict;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Frames that were taken, and counts of those that were not. */
final class FrameRows {
    private FrameRows() {}

    /** A frame to be saved. */
    record Row(long no, int site, Verdict.Taken taken, long receivedMicros) {}

    /** @param site its number; 0 for none that is known here */
    record RefusedAs(int site, Verdict.Reason reason) {}

    static void put(Connection c, List<Row> rows) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO hub_frame (no, site, key_id, counter, received, bytes,"
                        + " billed, money, readable, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (Row row : rows) {
                s.setLong(1, row.no());
                s.setLong(2, row.site());
                s.setLong(3, row.taken().keyId());
                s.setLong(4, row.taken().counter());
                s.setLong(5, row.receivedMicros());
                s.setLong(6, row.taken().cost().bytes());
                s.setLong(7, row.taken().cost().billed());
                s.setDouble(8, row.taken().cost().money());
                s.setLong(9, row.taken().readable() ? 1 : 0);
                s.setBytes(10, row.taken().content());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    static void refuse(Connection c, Map<RefusedAs, Long> counts, long micros) throws SQLException {
        if (counts.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement("INSERT INTO hub_refused (site, reason, frames, newest)"
                + " VALUES (?, ?, ?, ?) ON CONFLICT (site, reason) DO UPDATE SET"
                + " frames = hub_refused.frames + excluded.frames, newest = excluded.newest")) {
            for (Map.Entry<RefusedAs, Long> count : counts.entrySet()) {
                s.setLong(1, count.getKey().site());
                s.setString(2, count.getKey().reason().word());
                s.setLong(3, count.getValue());
                s.setLong(4, micros);
                s.addBatch();
            }
            s.executeBatch();
        }
    }
}
