package io.penstock.daemon.hub;

import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.sqlite.SQLiteConfig;

/**
 * One connection to SQLite or PostgreSQL, one transaction at a time. When {@link #write} has returned, what it wrote survives a kill
 * and a power cut; when it has thrown, nothing is known but that the connection was given up: the next call makes a new one.
 * One hub at a time writes: the counters it has taken are in its memory, too.
 */
public final class HubDatabase implements AutoCloseable {
    private static final int SCHEMA_VERSION = 2;
    /** "penstock" in letters of five bits or so: any number that no other program of the database takes. */
    private static final long ADVISORY_LOCK = 0x70656e73_746f636bL;

    private final StoreAddress address;
    private final boolean readOnly;
    private @Nullable Connection connection;
    private @Nullable FileChannel lockFile;
    private long session;

    private HubDatabase(StoreAddress address, boolean readOnly) {
        this.address = address;
        this.readOnly = readOnly;
    }

    /** For the one that writes; connects at the first work. */
    public static HubDatabase of(StoreAddress address) {
        return new HubDatabase(address, false);
    }

    /** Reads beside a hub that runs; nothing is made or brought up to date. */
    public static <T> T readOnly(StoreAddress address, Database.Work<T> work) throws StoreFailed {
        if (address instanceof StoreAddress.Sqlite(Path file) && !Files.isRegularFile(file)) {
            throw new StoreFailed(
                    "read " + file + ": there is no such file; has the hub run with this configuration?",
                    new IOException("missing"),
                    false);
        }
        try (HubDatabase database = new HubDatabase(address, true)) {
            return database.write(work);
        }
    }

    /** Which connection the next work finds; 0 when it makes a new one. */
    synchronized long session() {
        return connection == null ? 0 : session;
    }

    /** As {@link #write(Database.Work)}, on this very connection alone: on another, what was read by the first may be overtaken. */
    synchronized <T> T write(long on, Database.Work<T> work) throws StoreFailed {
        if (session() != on) {
            throw new StoreFailed(
                    "write " + address.text() + ": the connection was lost and made anew",
                    new IOException("lost"),
                    false);
        }
        return write(work);
    }

    /** Runs the work in one transaction and waits for its commit. */
    public synchronized <T> T write(Database.Work<T> work) throws StoreFailed {
        try {
            Connection open = connection;
            if (open == null) {
                open = connect();
                connection = open;
                session++;
            }
            T result = work.on(open);
            open.commit();
            return result;
        } catch (SQLException | IOException e) {
            giveUp(e);
            throw new StoreFailed("write " + address.text() + ": " + reason(e), e, false);
        } catch (RuntimeException e) {
            giveUp(e);
            throw e;
        }
    }

    private static String reason(Exception e) {
        return e instanceof SQLException sql && sql.getNextException() != null
                ? sql.getMessage() + "; " + sql.getNextException().getMessage()
                : String.valueOf(e.getMessage());
    }

    private Connection connect() throws SQLException, IOException {
        Connection opened = switch (address) {
            case StoreAddress.Sqlite(Path file) -> sqlite(file);
            case StoreAddress.Postgresql pg -> postgresql(pg);
        };
        try {
            opened.setAutoCommit(false);
            if (!readOnly) {
                lock(opened);
                migrate(opened);
            } else if (address instanceof StoreAddress.Postgresql) {
                opened.setReadOnly(true);
                // as SQLite does: all of one work sees the same state
                opened.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            }
            return opened;
        } catch (SQLException | IOException | RuntimeException e) {
            opened.close();
            unlock();
            throw e;
        }
    }

    private Connection sqlite(Path file) throws SQLException, IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !readOnly) {
            Files.createDirectories(folder);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(5_000);
        config.setReadOnly(readOnly);
        config.setGetGeneratedKeys(false);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        }
        return config.createConnection("jdbc:sqlite:" + file);
    }

    private static Connection postgresql(StoreAddress.Postgresql pg) throws SQLException, IOException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, pg.user());
        Path passwordFile = pg.passwordFile();
        if (passwordFile != null) {
            try (var lines = Files.lines(passwordFile)) {
                PGProperty.PASSWORD.set(
                        properties,
                        lines.findFirst().orElseThrow(() -> new IOException("the file " + passwordFile + " is empty")));
            }
        }
        PGProperty.APPLICATION_NAME.set(properties, "penstock hub");
        PGProperty.CONNECT_TIMEOUT.set(properties, 10);
        // a server that vanished without a word must not hold the hub for ever
        PGProperty.SOCKET_TIMEOUT.set(properties, 60);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.REWRITE_BATCHED_INSERTS.set(properties, true);
        Connection opened = new org.postgresql.Driver().connect(pg.url(), properties);
        if (opened == null) {
            throw new SQLException("the address " + pg.url() + " is not one of PostgreSQL's");
        }
        return opened;
    }

    private void lock(Connection opened) throws SQLException, IOException {
        boolean alone = switch (address) {
            case StoreAddress.Sqlite(Path file) -> lock(file.resolveSibling(file.getFileName() + ".lock"));
            case StoreAddress.Postgresql pg -> {
                try (Statement s = opened.createStatement();
                        ResultSet r = s.executeQuery("SELECT pg_try_advisory_lock(" + ADVISORY_LOCK + ")")) {
                    yield r.next() && r.getBoolean(1);
                }
            }
        };
        if (!alone) {
            throw new SQLException("another hub writes into it; stop that one first");
        }
    }

    private boolean lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lockFile = channel;
        try {
            FileLock held = channel.tryLock();
            return held != null;
        } catch (OverlappingFileLockException e) {
            // this very process has it
            return false;
        }
    }

    private void migrate(Connection opened) throws SQLException, IOException {
        boolean sqlite = address instanceof StoreAddress.Sqlite;
        try (Statement s = opened.createStatement()) {
            s.executeUpdate("CREATE TABLE IF NOT EXISTS hub_schema (version BIGINT NOT NULL)");
            long version;
            try (ResultSet r = s.executeQuery("SELECT coalesce(max(version), 0) FROM hub_schema")) {
                r.next();
                version = r.getLong(1);
            }
            if (version > SCHEMA_VERSION) {
                throw new SQLException("schema version " + version + " was written by a newer Penstock; this one knows "
                        + SCHEMA_VERSION + ": install the newer version");
            }
            for (long next = version + 1; next <= SCHEMA_VERSION; next++) {
                for (String statement : script(next, sqlite).split(";\\s*\n")) {
                    if (!statement.isBlank()) {
                        s.executeUpdate(statement);
                    }
                }
                s.executeUpdate("INSERT INTO hub_schema (version) VALUES (" + next + ")");
            }
        }
        opened.commit();
    }

    private static String script(long version, boolean sqlite) throws IOException {
        try (InputStream in = HubDatabase.class.getResourceAsStream(version + ".sql")) {
            if (in == null) {
                throw new IOException("migration " + version + ".sql is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^--.*$", "")
                    .replace("{id}", sqlite ? "INTEGER PRIMARY KEY" : "BIGINT PRIMARY KEY")
                    .replace("{bytes}", sqlite ? "BLOB" : "BYTEA");
        }
    }

    private void giveUp(Exception cause) {
        Connection failed = connection;
        connection = null;
        try {
            if (failed != null) {
                failed.close();
            }
            unlock();
        } catch (SQLException | IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void unlock() throws IOException {
        FileChannel channel = lockFile;
        lockFile = null;
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public synchronized void close() {
        IllegalStateException closed = new IllegalStateException("close " + address.text());
        giveUp(closed);
        if (closed.getSuppressed().length > 0) {
            throw closed;
        }
    }
}
