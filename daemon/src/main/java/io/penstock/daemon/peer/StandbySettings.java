package io.penstock.daemon.peer;

import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.ServerKind;
import java.time.Duration;

/**
 * A {@code [[standby]]} table, or where the {@code [endpoint]} is.
 *
 * @param name unique among the standbys, {@code [A-Za-z0-9_.-]}
 * @param kind whose dialect it speaks
 * @param model as the server names it
 * @param probeEvery how often it is asked a tiny question, to know what it is worth
 * @param probeWithin a tiny question has to be answered in this time, or it does not stand ready
 */
public record StandbySettings(
        String name,
        ServerKind kind,
        String model,
        HttpWire.Target target,
        PeerTls tls,
        Duration probeEvery,
        Duration probeWithin) {
    public StandbySettings {
        if (!name.matches("[A-Za-z0-9_.-]{1,40}")) {
            throw new IllegalArgumentException("name is \"" + name + "\", expected up to 40 of A-Z a-z 0-9 _ . -");
        }
        if (!target.isPlain() && !tls.namesSomeone()) {
            throw new IllegalArgumentException(
                    "trusts nobody: set pins (SHA-256 of its certificate or public key) or ca_file");
        }
    }
}
