package io.penstock.daemon.peer;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that answers elsewhere, and this node answering others.
 *
 * @param standbys in the order they are tried
 */
public record PeerSettings(List<StandbySettings> standbys, ServeSettings serve) {
    public static final PeerSettings NONE = new PeerSettings(List.of(), ServeSettings.OFF);

    public PeerSettings {
        standbys = List.copyOf(standbys);
        Set<String> names = new HashSet<>();
        for (StandbySettings standby : standbys) {
            if (!names.add(standby.name())) {
                throw new IllegalArgumentException("two standbys are named " + standby.name() + "; names are unique");
            }
        }
    }
}
