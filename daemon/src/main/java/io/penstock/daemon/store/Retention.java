package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is forgotten, and in which order. Each class has its own age and size; ages count the time the gateway was running. On a full
 * disk raw readings go first, then aggregates, then evidence, and results last: open cases and unsent messages never. Freed pages
 * stay in the file and are used again: the file never shrinks, and a full ring costs the flash no moving of pages. Used by the
 * sense lane alone.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    /** Attempts at one commit, each after shedding once: 512 MiB of raw readings are gone after fewer. */
    private static final int ATTEMPTS = 2_000;

    private static final long MOST_PAGES = 4_294_967_294L;

    private final Database database;
    private final Journal journal;
    private final Aggregates aggregates;
    private final Evidence evidence;
    private final AgeMarks ages;
    private StoreSettings settings;
    private final Reserve reserve;
    private volatile long sheds;
    private boolean tight;
    private long nextTold = Long.MIN_VALUE;

    public Retention(
            Database database,
            Journal journal,
            Aggregates aggregates,
            Evidence evidence,
            AgeMarks ages,
            StoreSettings settings)
            throws StoreFailed {
        this.database = database;
        this.journal = journal;
        this.aggregates = aggregates;
        this.evidence = evidence;
        this.ages = ages;
        this.settings = settings;
        this.reserve = new Reserve(settings.file(), settings.keep().reserveBytes());
        reserve.hold();
        limitGrowth(reserve.growth());
    }

    /**
     * The file stops growing before the disk is full: SQLite needs room for its log even to delete, and for what the log has yet to bring
     * into the file.
     */
    private void limitGrowth(long bytes) throws StoreFailed {
        if (settings.keep().reserveBytes() <= 0) {
            return;
        }
        database.run(c -> {
            try (Statement s = c.createStatement()) {
                long pages = number(s, "PRAGMA page_count");
                long size = number(s, "PRAGMA page_size");
                long most = Math.min(MOST_PAGES, pages + bytes / size);
                s.execute("PRAGMA max_page_count = " + most);
            }
        });
    }

    /** From now on ages and sizes are these; the classes' own ones and the reserve stay as they were at the start. */
    public void bounds(StoreSettings next) {
        settings = next.keeping(settings.keep());
    }

    private static long number(Statement s, String sql) throws SQLException {
        try (ResultSet r = s.executeQuery(sql)) {
            return r.getLong(1);
        }
    }

    /** A commit that may find the disk full. */
    @FunctionalInterface
    public interface Attempt<T> {
        T run() throws StoreFailed;
    }

    /** Where the ages end, as the clock showed then. */
    private record Ends(long position, long minutes, long hours, long evidence, long results) {}

    /**
     * Purges what is over its age or size, a bounded number of rows a call.
     *
     * @param covered the journal position the snapshots cover
     * @param clockMicros what the machine's clock shows
     * @return whether there is more to do at once
     */
    public boolean keep(long covered, long clockMicros) throws StoreFailed {
        reserve.hold();
        tight = tight && !reserve.isHeld();
        limitGrowth(reserve.growth());
        KeepSettings keep = settings.keep();
        Duration evidenceAge = least(keep.evidence(), settings.keepResults());
        Ends ends = database.read(c -> new Ends(
                ages.positionOlderThan(c, settings.keepReadings()),
                ages.clockOlderThan(c, keep.minutes(), clockMicros),
                ages.clockOlderThan(c, keep.hours(), clockMicros),
                ages.clockOlderThan(c, evidenceAge, clockMicros),
                ages.clockOlderThan(c, settings.keepResults(), clockMicros)));
        int gone = journal.purge(ends.position(), covered);
        gone += aggregates.purge(database, ends.minutes(), ends.hours(), keep.aggregateBytes());
        gone += evidence.purge(database, ends.evidence());
        if (gone == 0) {
            database.run(c -> {
                CaseStore.purge(c, ends.results());
                ages.thin(c, settings.keepReadings(), longest());
            });
        }
        return gone > 0;
    }

    /** Notes the journal's size beside a snapshot, in its transaction. */
    public void noteSize(Connection c, long position) throws SQLException {
        journal.noteSize(c, position);
    }

    private Duration longest() {
        KeepSettings keep = settings.keep();
        Duration longest = settings.keepReadings();
        for (Duration age : new Duration[] {keep.minutes(), keep.hours(), keep.evidence(), settings.keepResults()}) {
            longest = age.compareTo(longest) > 0 ? age : longest;
        }
        return longest;
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /**
     * Runs a commit; where the disk is full, gives up the reserve, sheds what is worth least, and tries again until it fits or nothing is
     * left to shed.
     */
    public <T> T makingRoom(long covered, Attempt<T> commit) throws StoreFailed {
        StoreFailed full = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return commit.run();
            } catch (StoreFailed e) {
                if (!e.full()) {
                    throw e;
                }
                if (full == null) {
                    full = e;
                    tight = true;
                    tell(e);
                    if (reserve.giveUp()) {
                        // a quarter for what cannot wait, a snapshot or an alarm; the rest is for SQLite's log
                        limitGrowth(settings.keep().reserveBytes() / 4);
                        continue;
                    }
                    limitGrowth(0);
                } else {
                    e.addSuppressed(full);
                }
                full = e;
            }
            String what = shed(covered);
            if (what.isEmpty()) {
                throw full;
            }
            sheds = sheds + 1;
            LOG.debug("shed {}", what);
        }
        throw new StoreFailed(
                "write " + database.file() + ": the disk stays full however much is shed; make room on it",
                new SQLException("full"),
                true);
    }

    /** Once a minute: a log may lie on the same disk. */
    private void tell(StoreFailed full) {
        long now = ages.running();
        if (now >= nextTold) {
            nextTold = now + 60_000_000;
            LOG.error(
                    "the disk is full, so the oldest is shed ({} times so far; the next line in a minute): {}",
                    sheds,
                    full.getMessage());
        }
    }

    /** Gives up the reserve and sheds one step, because another lane's commit found the disk full. */
    public void giveRoom(long covered) throws StoreFailed {
        reserve.giveUp();
        limitGrowth(0);
        if (!shed(covered).isEmpty()) {
            sheds = sheds + 1;
        }
    }

    /** One step of the order in which a full disk is emptied; empty where nothing is left. */
    String shed(long covered) throws StoreFailed {
        if (journal.shed(covered) > 0) {
            return "raw readings";
        }
        long tenth = Math.min(aggregates.bytes() - Aggregates.ROW_BYTES, aggregates.bytes() * 9 / 10);
        if (aggregates.bytes() > 0
                && aggregates.purge(database, Long.MIN_VALUE, Long.MIN_VALUE, Math.max(0, tenth)) > 0) {
            return "aggregates";
        }
        if (evidence.shed(database) > 0) {
            return "evidence";
        }
        return database.write(CaseStore::shed) > 0 ? "results" : "";
    }

    /**
     * Whether the disk was full and the reserve is not there again: then each batch is covered by a snapshot at once, so that there is
     * always something that may be shed.
     */
    public boolean tight() {
        return tight;
    }

    /** How often something was shed because the disk was full, since start. */
    public long sheds() {
        return sheds;
    }
}
