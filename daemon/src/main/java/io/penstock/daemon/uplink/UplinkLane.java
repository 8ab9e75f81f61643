package io.penstock.daemon.uplink;

import java.util.Locale;

/** What waits to be sent, the most important first. Each has a part of the budget that no other takes. */
public enum UplinkLane {
    /** A case of severity alarm. */
    CRITICAL,
    /** Other diagnoses. */
    DIAGNOSIS,
    /** That the gateway lives. */
    HEALTH,
    /** What was asked for: evidence. */
    BULK;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
