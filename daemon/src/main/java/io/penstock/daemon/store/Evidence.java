package io.penstock.daemon.store;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Copies of the readings a case's evidence rests on, made in the transaction that saves the case: they outlive the raw readings.
 * Kept are the reading each line names, what the machine's speed was then, and a sample of the named channels from before the
 * opening to the end. Copying the same again changes nothing. Used by the sense lane alone.
 */
public final class Evidence {
    /** Bytes of a row besides its samples, with its three index entries: an estimate, on the safe side. */
    private static final long ROW_BYTES = 160;
    /** How much before the opening and after the last finding is sampled: what {@code plot} shows by itself. */
    private static final long AROUND = 300_000_000;
    /** Readings sampled of one channel at most; each costs one look into an index, however many readings there are. */
    private static final int SAMPLED = 300;
    /** Channels sampled at most: as many as {@code plot} draws. */
    private static final int CHANNELS = 8;
    /** How old a speed may be to stand for the present one. */
    private static final long STALE = 60_000_000;

    private static final String COPY = "INSERT OR IGNORE INTO evidence (case_id, position, channel, source_time,"
            + " received_time, quality, value, rate, bytes, samples) SELECT ?1, r.position, r.channel, r.source_time,"
            + " r.received_time, r.quality, r.value, r.rate, " + ROW_BYTES
            + " + ifnull(length(r.samples), 0), r.samples"
            + " FROM reading r";

    private final KeepSettings settings;
    private long bytes;
    private long change;
    private long leftOut;

    public Evidence(Database database, KeepSettings settings) throws StoreFailed {
        this.settings = settings;
        this.bytes = database.read(c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT ifnull(sum(bytes), 0) FROM evidence")) {
                return r.getLong(1);
            }
        });
    }

    /** Begins a transaction's copies: what an earlier one that failed had counted is forgotten. */
    public void begin() {
        change = 0;
    }

    /** The transaction since {@link #begin} was committed. */
    public void committed() {
        bytes += change;
        change = 0;
    }

    /**
     * Copies what a case rests on, as it now stands.
     *
     * @param speeds scalar channels of the asset without which its waveforms cannot be judged
     */
    public void keep(Connection c, CaseRecord record, List<String> speeds) throws SQLException {
        dropSuperseded(c, record);
        for (EvidenceLine line : record.evidence()) {
            one(c, record.id(), line.position());
            for (String speed : speeds) {
                before(c, record, speed, line.position());
            }
        }
        if (record.version() == 1 || !record.open()) {
            Set<String> channels = new TreeSet<>();
            for (EvidenceLine line : record.evidence()) {
                if (line.channel() != null && channels.size() < CHANNELS) {
                    channels.add(line.channel());
                }
            }
            for (String channel : channels) {
                sample(c, record, channel);
            }
        }
    }

    /** A waveform that no line rests on any more makes room for the one that took its place. */
    private void dropSuperseded(Connection c, CaseRecord record) throws SQLException {
        List<Long> gone = new ArrayList<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT position, bytes FROM evidence WHERE case_id = ? AND samples IS NOT NULL")) {
            s.setString(1, record.id());
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    long position = r.getLong(1);
                    if (record.evidence().stream().noneMatch(line -> line.position() == position)) {
                        gone.add(position);
                        change -= r.getLong(2);
                    }
                }
            }
        }
        try (PreparedStatement s = c.prepareStatement("DELETE FROM evidence WHERE case_id = ? AND position = ?")) {
            for (long position : gone) {
                s.setString(1, record.id());
                s.setLong(2, position);
                s.executeUpdate();
            }
        }
    }

    private void one(Connection c, String caseId, long position) throws SQLException {
        long size;
        try (PreparedStatement s =
                c.prepareStatement("SELECT ifnull(length(samples), 0) FROM reading WHERE position = ?1"
                        + " AND NOT EXISTS (SELECT 1 FROM evidence WHERE case_id = ?2 AND position = ?1)")) {
            s.setLong(1, position);
            s.setString(2, caseId);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return;
                }
                size = ROW_BYTES + r.getLong(1);
            }
        }
        if (of(c, caseId) + size > settings.caseBytes()) {
            leftOut++;
            return;
        }
        try (PreparedStatement s = c.prepareStatement(COPY + " WHERE r.position = ?2")) {
            s.setString(1, caseId);
            s.setLong(2, position);
            change += s.executeUpdate() * size;
        }
    }

    private void before(Connection c, CaseRecord record, String channel, long position) throws SQLException {
        long found;
        try (PreparedStatement s = c.prepareStatement("SELECT r.position FROM reading at JOIN channel k ON k.asset = ?2"
                + " AND k.channel = ?3 JOIN reading r ON r.channel = k.id AND r.source_time BETWEEN at.source_time - ?4"
                + " AND at.source_time AND r.position < at.position WHERE at.position = ?1 AND at.samples IS NOT NULL"
                + " ORDER BY r.source_time DESC LIMIT 1")) {
            s.setLong(1, position);
            s.setString(2, record.asset());
            s.setString(3, channel);
            s.setLong(4, STALE);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return;
                }
                found = r.getLong(1);
            }
        }
        one(c, record.id(), found);
    }

    private void sample(Connection c, CaseRecord record, String channel) throws SQLException {
        if (of(c, record.id()) + SAMPLED * ROW_BYTES > settings.caseBytes()) {
            leftOut++;
            return;
        }
        long from = record.openedMicros() - AROUND;
        long to = Math.max(record.updatedMicros(), record.closedMicros()) + AROUND;
        long step = Math.max(1, (to - from) / SAMPLED + 1);
        try (PreparedStatement s = c.prepareStatement("WITH RECURSIVE place (at) AS (VALUES (?2) UNION ALL"
                + " SELECT at + ?3 FROM place WHERE at + ?3 <= ?4) " + COPY
                + " JOIN place JOIN channel k ON k.asset = ?5"
                + " AND k.channel = ?6 WHERE r.samples IS NULL AND r.position = (SELECT n.position FROM reading n"
                + " WHERE n.channel = k.id AND n.source_time >= place.at AND n.source_time < place.at + ?3"
                + " ORDER BY n.source_time LIMIT 1)")) {
            s.setString(1, record.id());
            s.setLong(2, from);
            s.setLong(3, step);
            s.setLong(4, to);
            s.setString(5, record.asset());
            s.setString(6, channel);
            change += s.executeUpdate() * ROW_BYTES;
        }
    }

    private static long of(Connection c, String caseId) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT ifnull(sum(bytes), 0) FROM evidence WHERE case_id = ?")) {
            s.setString(1, caseId);
            try (ResultSet r = s.executeQuery()) {
                return r.getLong(1);
            }
        }
    }

    /**
     * Deletes the evidence of the oldest case that is over a bound: closed before a time, or all cases together over their size.
     *
     * @return rows deleted; 0 where all is within bounds
     */
    int purge(Database database, long closedBefore) throws StoreFailed {
        return dropOldest(
                database,
                bytes > settings.evidenceBytes()
                        ? ""
                        : "k.closed_time > 0 AND k.closed_time < " + closedBefore + " AND ");
    }

    /** Deletes the oldest case's evidence, closed cases first, because the disk is full. */
    int shed(Database database) throws StoreFailed {
        return dropOldest(database, "");
    }

    private int dropOldest(Database database, String which) throws StoreFailed {
        long[] freed = new long[1];
        int rows = database.write(c -> {
            String id;
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT k.id FROM asset_case k WHERE " + which
                            + "EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = k.id)"
                            + " ORDER BY k.closed_time = 0, k.opened_time LIMIT 1")) {
                if (!r.next()) {
                    return 0;
                }
                id = r.getString(1);
            }
            freed[0] = of(c, id);
            try (PreparedStatement s = c.prepareStatement("DELETE FROM evidence WHERE case_id = ?")) {
                s.setString(1, id);
                return s.executeUpdate();
            }
        });
        bytes -= freed[0];
        return rows;
    }

    /** What all of it takes, in bytes, roughly. */
    public long bytes() {
        return bytes;
    }

    /** Readings and samples that were not copied because the case was at its bound, since start. */
    public long leftOut() {
        return leftOut;
    }
}
