package io.penstock.daemon.uplink;

import java.util.Locale;

/** What waits to be sent, the most important first. Each has a part of the budget that no other takes. */
public enum UplinkLane {
    /** An open case of severity alarm. */
    CRITICAL,
    /** Other cases, and that one is over. */
    DIAGNOSIS,
    /** That the gateway lives, and what became of commands. */
    HEALTH,
    /** What was asked for: evidence. */
    BULK;

    /** Whether its items are summaries of cases. */
    boolean ofCases() {
        return this == CRITICAL || this == DIAGNOSIS;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
