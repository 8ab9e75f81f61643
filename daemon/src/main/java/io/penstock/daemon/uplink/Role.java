package io.penstock.daemon.uplink;

import java.util.Arrays;
import java.util.Locale;

/** What the holder of a command key may do. Each may do what those before it may. */
public enum Role {
    /** Ask for a case's evidence. */
    VIEWER,
    /** Shelve an asset, hold the link. */
    OPERATOR,
    /** Change the budget and the configuration. */
    OWNER;

    boolean may(Command command) {
        return compareTo(command.needs()) >= 0;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException for another word */
    static Role parse(String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "found no role, expected one of viewer, operator, owner behind the key"));
    }
}
