package io.penstock.daemon.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One SQLite file: write-ahead log, {@code synchronous=FULL}, every write on one thread in one transaction. When {@link #write}
 * has returned, what it wrote survives a kill and a power cut; when it has thrown, nothing of it was kept.
 */
public final class Database implements AutoCloseable {
    private static final int SCHEMA_VERSION = 8;

    /** Statements of one transaction, or of one read. */
    @FunctionalInterface
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** A transaction whose owner keeps in memory what it wrote; all three are called on the writing thread, before the next one. */
    interface Transaction<T> extends Work<T> {
        /** It is on disk. */
        void committed(T result);

        /** Nothing of it was kept. */
        void undone() throws StoreFailed;
    }

    /** Statements that give nothing back. */
    @FunctionalInterface
    public interface Action {
        void on(Connection connection) throws SQLException;
    }

    private final Path file;
    private final ExecutorService writer;
    private final Connection connection;
    private final Object readLock = new Object();
    private @Nullable Connection reader;

    private Database(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
        this.writer = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("penstock-store").factory());
    }

    /** Opens the file, making it and its folder when missing, and brings its schema up to date. */
    public static Database open(Path file) throws StoreFailed {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Connection connection = config(false).createConnection("jdbc:sqlite:" + file);
            try {
                migrate(file, connection);
                connection.setAutoCommit(false);
            } catch (SQLException | IOException | RuntimeException e) {
                connection.close();
                throw e;
            }
            return new Database(file, connection);
        } catch (SQLException | IOException e) {
            throw failed("open", file, e);
        }
    }

    /** Reads a file another process may be writing; it must exist. */
    public static <T> T readOnly(Path file, Work<T> work) throws StoreFailed {
        if (!Files.isRegularFile(file)) {
            throw new StoreFailed(
                    "read " + file + ": there is no such file; has the daemon run with this configuration?",
                    new IOException("missing"),
                    false);
        }
        try (Connection reader = config(true).createConnection("jdbc:sqlite:" + file)) {
            return work.on(reader);
        } catch (SQLException e) {
            throw failed("read", file, e);
        }
    }

    private static SQLiteConfig config(boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(5_000);
        config.setReadOnly(readOnly);
        // left on, the driver asks for last_insert_rowid() by a statement of its own after every single insert
        config.setGetGeneratedKeys(false);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            config.enforceForeignKeys(true);
        }
        return config;
    }

    private static void migrate(Path file, Connection connection) throws SQLException, IOException {
        int version;
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("PRAGMA user_version")) {
            version = r.getInt(1);
        }
        if (version > SCHEMA_VERSION) {
            throw new SQLException("schema version " + version + " was written by a newer Penstock; this one knows "
                    + SCHEMA_VERSION + ": install the newer version, or restore the backup taken before the upgrade");
        }
        for (int next = version + 1; next <= SCHEMA_VERSION; next++) {
            try (InputStream in = Database.class.getResourceAsStream(next + ".sql");
                    Statement s = connection.createStatement()) {
                if (in == null) {
                    throw new IOException("migration " + next + ".sql is not in this build");
                }
                String script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                s.executeUpdate("BEGIN IMMEDIATE;\n" + script + "\nPRAGMA user_version = " + next + ";\nCOMMIT;");
            }
        }
    }

    public Path file() {
        return file;
    }

    /** Runs the work on the writer thread in one transaction and waits for its commit. */
    public <T> T write(Work<T> work) throws StoreFailed {
        return submit(work).await();
    }

    /** As {@link #write}, without waiting: the caller may go on with what does not need it. */
    <T> Commit<T> begin(Transaction<T> transaction) {
        return submit(transaction);
    }

    private <T> Commit<T> submit(Work<T> work) {
        long began = System.nanoTime();
        return new Commit<>(this, writer.submit(() -> {
            T result;
            try {
                result = work.on(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                undo(connection, e);
                if (work instanceof Transaction<T> transaction) {
                    undone(transaction, e);
                }
                throw e;
            }
            if (work instanceof Transaction<T> transaction) {
                transaction.committed(result);
            }
            return new Commit.Done<>(result, Duration.ofNanos(System.nanoTime() - began));
        }));
    }

    private static void undone(Transaction<?> transaction, Exception cause) {
        try {
            transaction.undone();
        } catch (StoreFailed e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * SQLite undoes a transaction by itself when the disk is full or fails: the driver's rollback then finds none, throws, and begins
     * no new one. That must neither hide what happened nor leave the next work without a transaction.
     */
    private static void undo(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException undone) {
            cause.addSuppressed(undone);
            try (Statement s = connection.createStatement()) {
                s.execute("BEGIN");
            } catch (SQLException e) {
                cause.addSuppressed(e);
            }
        }
    }

    /** As {@link #write}, for work without a result. */
    public void run(Action action) throws StoreFailed {
        write(c -> {
            action.on(c);
            return true;
        });
    }

    /** Reads beside the writer, on a connection kept for it; one read at a time. */
    public <T> T read(Work<T> work) throws StoreFailed {
        synchronized (readLock) {
            try {
                Connection connected = reader;
                if (connected == null) {
                    connected = config(true).createConnection("jdbc:sqlite:" + file);
                    reader = connected;
                }
                return work.on(connected);
            } catch (SQLException e) {
                throw failed("read", file, e);
            }
        }
    }

    /** What a transaction failed with, for the one who waits for it; a bug is thrown as it is. */
    StoreFailed failed(String what, Throwable e) {
        if (e instanceof SQLException sql) {
            return failed(what, file, sql);
        }
        if (e instanceof RuntimeException bug) {
            throw bug;
        }
        throw new IllegalStateException(e);
    }

    private static StoreFailed failed(String what, Path file, Exception e) {
        boolean full = e instanceof SQLiteException s
                && (s.getResultCode() == SQLiteErrorCode.SQLITE_FULL
                        || s.getResultCode().name().startsWith("SQLITE_IOERR_WRITE"));
        return new StoreFailed(what + " " + file + ": " + e.getMessage(), e, full);
    }

    /** Finishes the running transaction and closes the file. */
    @Override
    public void close() {
        writer.close();
        try {
            synchronized (readLock) {
                if (reader != null) {
                    reader.close();
                }
            }
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("close " + file + ": " + e.getMessage(), e);
        }
    }
}
