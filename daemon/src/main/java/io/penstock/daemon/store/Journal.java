package io.penstock.daemon.store;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The ring of raw readings. A reading is known by channel and source time: what is appended a second time, after a redelivery, is
 * recognised and not kept twice. Used by the sense lane alone; what an append changes belongs to the store's writing thread.
 */
public final class Journal {
    /** Bytes a row takes besides its samples: seven integers and its index entry: an estimate, on the safe side. */
    private static final long ROW_BYTES = 64;

    /** The ring's size among the snapshot's states: bytes, and the position up to which they are counted, both i64. */
    private static final String SIZE = "journal";

    private static final int PURGE_ROWS = 20_000;
    /** Channels remembered, here and in the store. Names come from outside: a broker's topics may be without end. */
    static final int MOST_CHANNELS = 100_000;

    private static final Quality[] QUALITIES = Quality.values();

    private final Database database;
    private StoreSettings settings;

    private enum Kind {
        SCALAR("value) VALUES (?, ?, ?, ?, ?, ?)"),
        WAVEFORM("rate, samples) VALUES (?, ?, ?, ?, ?, ?, ?)");

        private final String sql;

        Kind(String rest) {
            this.sql = "INSERT INTO reading (position, channel, source_time, received_time, quality, " + rest
                    + " ON CONFLICT (source_time, channel) DO NOTHING";
        }
    }

    private final Map<Kind, PreparedStatement> inserts = new EnumMap<>(Kind.class);
    private final Map<ChannelId, Integer> channels = new HashMap<>();
    /** Read by whoever reads the journal, while the next readings are appended. */
    private final Map<Integer, ChannelId> names = new ConcurrentHashMap<>();
    /** Named first in the transaction that runs, and those whose readings it did not keep. */
    private final List<ChannelId> newChannels = new ArrayList<>();

    private final List<ChannelId> withoutPlace = new ArrayList<>();

    private Predicate<ChannelId> hasPlace = channel -> true;
    private Consumer<ChannelId> turnedAway = channel -> {};

    private final @Nullable ClockSpans spans;
    private long next;
    private volatile long bytes;
    private volatile long duplicates;
    private long newestReceived = Long.MIN_VALUE;

    /** A journal whose receive times are taken as they come. */
    public Journal(Database database, StoreSettings settings) throws StoreFailed {
        this(database, settings, null);
    }

    /** @param spans are told what the gateway's clock was worth when a reading came */
    public Journal(Database database, StoreSettings settings, @Nullable ClockSpans spans) throws StoreFailed {
        this.database = database;
        this.spans = spans;
        this.settings = settings;
        database.run(c -> {
            try (Statement s = c.createStatement()) {
                try (ResultSet r = s.executeQuery("SELECT id, asset, channel FROM channel")) {
                    while (r.next()) {
                        remember(r.getInt(1), new ChannelId(r.getString(2), r.getString(3)));
                    }
                }
                try (ResultSet r = s.executeQuery("SELECT max(ifnull((SELECT max(position) FROM reading), 0),"
                        + " ifnull((SELECT max(position) FROM snapshot), 0)) + 1")) {
                    next = r.getLong(1);
                }
            }
            bytes = size(c);
        });
    }

    /** What the ring takes: as it was noted last, and what has come since; a ring of which nothing was noted is counted. */
    private static long size(Connection c) throws SQLException {
        long noted = 0;
        long upTo = 0;
        try (PreparedStatement s = c.prepareStatement("SELECT state FROM snapshot WHERE name = ?")) {
            s.setString(1, SIZE);
            try (ResultSet r = s.executeQuery()) {
                if (r.next()) {
                    ByteBuffer state = ByteBuffer.wrap(r.getBytes(1));
                    noted = state.getLong();
                    upTo = state.getLong();
                }
            }
        }
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) * " + ROW_BYTES
                + " + ifnull(sum(length(samples)), 0) FROM reading WHERE position > ?")) {
            s.setLong(1, upTo);
            try (ResultSet r = s.executeQuery()) {
                return noted + r.getLong(1);
            }
        }
    }

    /**
     * Notes beside a snapshot, in its transaction, what the ring takes, so that a start need not read the whole ring.
     *
     * @param position the snapshot's
     */
    public void noteSize(Connection c, long position) throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT OR REPLACE INTO snapshot (name, position, state) VALUES (?, ?, ?)")) {
            s.setString(1, SIZE);
            s.setLong(2, position);
            s.setBytes(3, sizeState(bytes));
            s.executeUpdate();
        }
    }

    private byte[] sizeState(long size) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(size)
                .putLong(next - 1)
                .array();
    }

    /** Other bounds of age and size, from the next purge on. */
    public void bounds(StoreSettings next) {
        settings = next;
    }

    /**
     * Whose readings are kept even when {@value #MOST_CHANNELS} channels are known. Before the first append; called on the writing thread.
     *
     * @param named whether somebody looks at a channel
     * @param refused told of each reading of a further one, which is not kept
     */
    public void places(Predicate<ChannelId> named, Consumer<ChannelId> refused) {
        hasPlace = named;
        turnedAway = refused;
    }

    private void remember(int id, ChannelId channel) {
        channels.put(channel, id);
        names.put(id, channel);
    }

    /**
     * Saves the readings of all deliveries in one transaction. Does not acknowledge them: that is the caller's next step.
     *
     * @return those that are new and have a place, in order
     */
    public List<Journalled> append(List<Delivery> deliveries) throws StoreFailed {
        return begin(deliveries).await();
    }

    /** As {@link #append}, without waiting for the disk. */
    public Commit<List<Journalled>> begin(List<Delivery> deliveries) {
        return database.begin(new Append(deliveries));
    }

    /**
     * Whether deliveries may be journalled while readings before them are still judged: what is known of the gateway's clock, by which
     * they are judged, does not change with these.
     */
    public boolean mayRunAhead(List<Delivery> deliveries) {
        return spans == null || spans.hasNothingToNote(deliveries, newestReceived);
    }

    /** One commit, with what it would be undone to. */
    private final class Append implements Database.Transaction<List<Journalled>> {
        private final List<Delivery> deliveries;
        private long start;
        private long bytesBefore;
        private long duplicatesBefore;
        private long receivedBefore;

        Append(List<Delivery> deliveries) {
            this.deliveries = deliveries;
        }

        @Override
        public List<Journalled> on(Connection c) throws SQLException {
            start = next;
            bytesBefore = bytes;
            duplicatesBefore = duplicates;
            receivedBefore = newestReceived;
            newChannels.clear();
            withoutPlace.clear();
            try {
                return insert(c, deliveries);
            } catch (SQLException e) {
                forgetStatements(e);
                throw e;
            }
        }

        @Override
        public void committed(List<Journalled> saved) {
            withoutPlace.forEach(turnedAway);
            if (spans != null) {
                spans.committed();
            }
        }

        @Override
        public void undone() throws StoreFailed {
            next = start;
            bytes = bytesBefore;
            duplicates = duplicatesBefore;
            newestReceived = receivedBefore;
            newChannels.forEach(channel -> {
                Integer id = channels.remove(channel);
                if (id != null) {
                    names.remove(id);
                }
            });
            if (spans != null) {
                spans.undo();
            }
        }
    }

    private List<Journalled> insert(Connection c, List<Delivery> deliveries) throws SQLException {
        List<Journalled> saved = new ArrayList<>(deliveries.size());
        for (Delivery delivery : deliveries) {
            for (Reading given : delivery.readings()) {
                Integer channel = id(c, given.channel());
                if (channel == null) {
                    withoutPlace.add(given.channel());
                    continue;
                }
                Reading reading = inOrder(given);
                long size = ROW_BYTES;
                PreparedStatement insert;
                switch (reading) {
                    case Reading.Scalar scalar -> {
                        insert = statement(c, Kind.SCALAR);
                        if (Double.isNaN(scalar.value())) {
                            insert.setNull(6, Types.DOUBLE);
                        } else {
                            insert.setDouble(6, scalar.value());
                        }
                    }
                    case Reading.Waveform wave -> {
                        insert = statement(c, Kind.WAVEFORM);
                        ByteBuffer blob = ByteBuffer.allocate(wave.samples().length * Float.BYTES)
                                .order(ByteOrder.LITTLE_ENDIAN);
                        blob.asFloatBuffer().put(wave.samples());
                        insert.setDouble(6, wave.rateHz());
                        insert.setBytes(7, blob.array());
                        size += blob.capacity();
                    }
                }
                insert.setLong(1, next);
                insert.setInt(2, channel);
                insert.setLong(3, reading.sourceMicros());
                insert.setLong(4, reading.receivedMicros());
                insert.setInt(5, reading.quality().ordinal());
                if (insert.executeUpdate() == 1) {
                    if (spans != null) {
                        spans.note(next, reading.receivedMicros());
                    }
                    saved.add(new Journalled(next, reading));
                    next++;
                    bytes = bytes + size;
                } else {
                    duplicates = duplicates + 1;
                }
            }
        }
        if (spans != null) {
            spans.save(c);
        }
        return saved;
    }

    /** The driver finalizes a statement that failed otherwise than by a constraint, on a full disk for one: it never runs again. */
    private void forgetStatements(SQLException cause) {
        for (PreparedStatement insert : inserts.values()) {
            try {
                insert.close();
            } catch (SQLException e) {
                cause.addSuppressed(e);
            }
        }
        inserts.clear();
    }

    /** Two sources may hand over in another order than they received: what comes later is received no earlier. */
    private Reading inOrder(Reading reading) {
        long received = reading.receivedMicros();
        if (spans == null || !spans.isOfThisRun(received)) {
            return reading;
        }
        if (received >= newestReceived) {
            newestReceived = received;
            return reading;
        }
        return reading.at(reading.sourceMicros() == received ? newestReceived : reading.sourceMicros(), newestReceived);
    }

    /** Prepared once until one fails; the store's connection closes them. */
    private PreparedStatement statement(Connection c, Kind kind) throws SQLException {
        PreparedStatement known = inserts.get(kind);
        if (known == null) {
            known = c.prepareStatement(kind.sql);
            inserts.put(kind, known);
        }
        return known;
    }

    /** Null for a channel beyond the bound. */
    private @Nullable Integer id(Connection c, ChannelId channel) throws SQLException {
        Integer known = channels.get(channel);
        if (known != null) {
            return known;
        }
        if (channels.size() >= MOST_CHANNELS && !hasPlace.test(channel)) {
            return null;
        }
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO channel (asset, channel) VALUES (?, ?) RETURNING id")) {
            s.setString(1, channel.asset());
            s.setString(2, channel.channel());
            try (ResultSet r = s.executeQuery()) {
                int id = r.getInt(1);
                remember(id, channel);
                newChannels.add(channel);
                return id;
            }
        }
    }

    /** Gives every reading after a position, in order: what a snapshot does not cover. */
    public void readAfter(long position, Consumer<Journalled> to) throws StoreFailed {
        database.read(c -> {
            try (PreparedStatement s =
                    c.prepareStatement("SELECT position, channel, source_time, received_time, quality, value, rate,"
                            + " samples FROM reading WHERE position > ? ORDER BY position")) {
                s.setLong(1, position);
                try (ResultSet r = s.executeQuery()) {
                    while (r.next()) {
                        to.accept(row(r));
                    }
                }
            }
            return true;
        });
    }

    /**
     * The newest readings of a stretch, newest first.
     *
     * @param mostRows at least one is given where there is one
     * @param mostBytes of samples, roughly
     */
    List<Journalled> newestOf(long first, long last, int mostRows, long mostBytes) throws StoreFailed {
        return database.read(c -> {
            List<Journalled> rows = new ArrayList<>();
            long taken = 0;
            try (PreparedStatement s = c.prepareStatement(
                    "SELECT position, channel, source_time, received_time, quality,"
                            + " value, rate, samples FROM reading WHERE position BETWEEN ? AND ? ORDER BY position DESC")) {
                s.setLong(1, first);
                s.setLong(2, last);
                try (ResultSet r = s.executeQuery()) {
                    while (rows.size() < mostRows && taken < mostBytes && r.next()) {
                        Journalled row = row(r);
                        rows.add(row);
                        taken += row.reading() instanceof Reading.Waveform w ? 4L * w.samples().length : 0;
                    }
                }
            }
            return rows;
        });
    }

    private Journalled row(ResultSet r) throws SQLException {
        ChannelId channel = names.get(r.getInt(2));
        if (channel == null) {
            throw new SQLException("reading " + r.getLong(1) + " belongs to no known channel");
        }
        Quality quality = QUALITIES[r.getInt(5)];
        byte[] blob = r.getBytes(8);
        if (blob == null) {
            double number = r.getDouble(6);
            double value = r.wasNull() ? Double.NaN : number;
            return new Journalled(
                    r.getLong(1), new Reading.Scalar(channel, r.getLong(3), r.getLong(4), quality, value));
        }
        float[] samples = new float[blob.length / Float.BYTES];
        ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
        return new Journalled(
                r.getLong(1),
                new Reading.Waveform(channel, r.getLong(3), r.getLong(4), quality, samples, r.getDouble(7)));
    }

    /**
     * Deletes the oldest readings while the ring is over its age or its size, a bounded number a call; never one the snapshots do
     * not cover yet.
     *
     * @param agedPosition the newest position that is over its age
     * @return how many were deleted
     */
    public int purge(long agedPosition, long coveredPosition) throws StoreFailed {
        return purge(agedPosition, bytes - settings.readingBytes(), coveredPosition);
    }

    /** Deletes the oldest tenth of the ring at once, because the disk is full; never what the snapshots do not cover yet. */
    public int shed(long coveredPosition) throws StoreFailed {
        return purge(0, Math.max(1, bytes / 10), coveredPosition);
    }

    private int purge(long agedPosition, long excess, long coveredPosition) throws StoreFailed {
        return database.begin(new Purge(agedPosition, excess, coveredPosition)).await();
    }

    /** Deletes the oldest, up to the last that is over its age or stands for too many bytes; gives how many. */
    private final class Purge implements Database.Transaction<Integer> {
        private final long agedPosition;
        private final long excess;
        private final long coveredPosition;
        private long freed;

        Purge(long agedPosition, long excess, long coveredPosition) {
            this.agedPosition = agedPosition;
            this.excess = excess;
            this.coveredPosition = coveredPosition;
        }

        @Override
        public Integer on(Connection c) throws SQLException {
            long last = -1;
            freed = 0;
            try (PreparedStatement s = c.prepareStatement("SELECT position, ifnull(length(samples), 0)"
                    + " FROM reading WHERE position <= ? ORDER BY position LIMIT " + PURGE_ROWS)) {
                s.setLong(1, coveredPosition);
                try (ResultSet r = s.executeQuery()) {
                    while (r.next() && (r.getLong(1) <= agedPosition || freed < excess)) {
                        last = r.getLong(1);
                        freed += ROW_BYTES + r.getLong(2);
                    }
                }
            }
            if (last < 0) {
                return 0;
            }
            try (PreparedStatement s = c.prepareStatement("UPDATE snapshot SET state = ? WHERE name = ?")) {
                s.setBytes(1, sizeState(bytes - freed));
                s.setString(2, SIZE);
                s.executeUpdate();
            }
            try (PreparedStatement s = c.prepareStatement("DELETE FROM reading WHERE position <= ?")) {
                s.setLong(1, last);
                return s.executeUpdate();
            }
        }

        @Override
        public void committed(Integer rows) {
            bytes = bytes - freed;
        }

        @Override
        public void undone() {
            freed = 0;
        }
    }

    /** Readings that came again and were not kept twice, since start. */
    public long duplicates() {
        return duplicates;
    }

    /** What the ring takes, in bytes, roughly. */
    public long bytes() {
        return bytes;
    }
}
