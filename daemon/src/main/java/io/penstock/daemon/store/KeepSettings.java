package io.penstock.daemon.store;

import java.time.Duration;

/**
 * What is kept besides raw readings and results, in the {@code [store]} table. Ages count the time the gateway was running.
 *
 * @param minutes aggregates of a minute older than this are purged
 * @param hours aggregates of an hour older than this are purged
 * @param aggregateBytes above this size aggregates are purged, minutes first, oldest first
 * @param evidence readings kept as a case's evidence longer than this are purged
 * @param caseBytes evidence of one case at most; what does not fit is not copied
 * @param evidenceBytes evidence of all cases at most; the oldest case's goes first
 * @param reserveBytes a file of this size is held ready, and given up when the disk is full, so that there is room to delete
 */
public record KeepSettings(
        Duration minutes,
        Duration hours,
        long aggregateBytes,
        Duration evidence,
        long caseBytes,
        long evidenceBytes,
        long reserveBytes) {
    public static KeepSettings standard() {
        return new KeepSettings(
                Duration.ofDays(30),
                Duration.ofDays(730),
                256L << 20,
                Duration.ofDays(365),
                8L << 20,
                256L << 20,
                8L << 20);
    }
}
