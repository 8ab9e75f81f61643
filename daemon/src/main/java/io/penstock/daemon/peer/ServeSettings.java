package io.penstock.daemon.peer;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code [serve]} table. Off is the default: nothing listens.
 *
 * @param listen where; null: nowhere
 * @param tls our certificate, and whose questions are answered
 * @param guests questions of guests at a time, at most; further ones are sent away
 * @param deadline for one answer
 */
public record ServeSettings(@Nullable InetSocketAddress listen, PeerTls tls, int guests, Duration deadline) {
    public static final ServeSettings OFF =
            new ServeSettings(null, new PeerTls(List.of(), null, null, null, null), 2, Duration.ofSeconds(20));

    public ServeSettings {
        if (listen != null && tls.certificateFile() == null) {
            throw new IllegalArgumentException("needs certificate_file and key_file; 'penstock serve key' makes both");
        }
        if (listen != null && !tls.namesSomeone()) {
            throw new IllegalArgumentException(
                    "names no client: set clients (their certificates' SHA-256) or client_ca_file;"
                            + " it is never open to all");
        }
    }

    public boolean enabled() {
        return listen != null;
    }
}
