package io.penstock.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/** A copy of a store that may be in use, as it stood at one moment, by SQLite's own backup; it has its name only once it was checked. */
public final class Backup {
    private static final int ALL_PAGES = -1;

    private Backup() {}

    /**
     * Copies a store.
     *
     * @param to a file that does not exist yet
     * @throws IOException when the copy cannot be written, or is not sound
     */
    public static void copy(Path store, Path to) throws StoreFailed, IOException {
        if (Files.exists(to)) {
            throw new IOException(to + " exists already; name another file");
        }
        Path part = to.resolveSibling(to.getFileName() + ".part");
        Files.deleteIfExists(part);
        try {
            int code = Database.readOnly(store, c -> {
                // one step: the daemon writes on, and a copy page by page would begin anew at each of its commits
                return c.unwrap(SQLiteConnection.class)
                        .getDatabase()
                        .backup("main", part.toString(), null, 0, 0, ALL_PAGES);
            });
            if (code != SQLiteErrorCode.SQLITE_OK.code && code != SQLiteErrorCode.SQLITE_DONE.code) {
                throw new IOException("copy " + store + " to " + part + ": SQLite says "
                        + SQLiteErrorCode.getErrorCode(code) + "; is there room?");
            }
            String verdict = Database.readOnly(part, Backup::check);
            if (!verdict.equals("ok")) {
                throw new IOException("the copy of " + store + " is not sound: " + verdict
                        + "; 'PRAGMA integrity_check' on the store itself tells whether it is the store");
            }
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static String check(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("PRAGMA integrity_check")) {
            return r.getString(1);
        }
    }
}
