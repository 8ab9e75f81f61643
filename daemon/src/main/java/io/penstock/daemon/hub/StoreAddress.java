package io.penstock.daemon.hub;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a hub keeps what came in. */
public sealed interface StoreAddress {
    /** A file of its own, made when it is missing. */
    record Sqlite(Path file) implements StoreAddress {}

    /**
     * A database that is there, on a server.
     *
     * @param url {@code jdbc:postgresql://host:port/database}, with the driver's own options behind a question mark
     * @param passwordFile read at each connect; its first line is the password
     */
    record Postgresql(String url, String user, @Nullable Path passwordFile) implements StoreAddress {
        public Postgresql {
            if (!url.startsWith("jdbc:postgresql://")) {
                throw new IllegalArgumentException("found \"" + url
                        + "\", expected jdbc:postgresql://HOST:PORT/DATABASE, with ?sslmode=verify-full on a network");
            }
            if (url.contains("password=") || url.contains("user=")) {
                throw new IllegalArgumentException(
                        "the address holds a user or a password; set user and password_file instead");
            }
        }
    }

    /** For a person. */
    default String text() {
        return switch (this) {
            case Sqlite(Path file) -> file.toString();
            case Postgresql pg -> pg.url();
        };
    }
}
