package io.penstock.daemon.store;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The {@code [store]} table.
 *
 * @param file the SQLite file
 * @param keepReadings raw readings older than this are purged; ages count the time the gateway was running
 * @param readingBytes raw readings are purged, oldest first, above this size
 * @param queue readings waiting for their commit at most; a full queue makes sources wait
 * @param batch readings in one commit at most
 * @param linger least time between two commits, unless a batch is full: the durability window of a steady stream
 * @param snapshotEvery how often detector state is saved: what a restart has to go through again
 * @param keepResults closed cases, their diagnoses and sent messages older than this are purged
 * @param keep what is kept of everything else
 */
public record StoreSettings(
        Path file,
        Duration keepReadings,
        long readingBytes,
        int queue,
        int batch,
        Duration linger,
        Duration snapshotEvery,
        Duration keepResults,
        KeepSettings keep) {
    /** The same bounds for another file. */
    public StoreSettings at(Path other) {
        return new StoreSettings(
                other, keepReadings, readingBytes, queue, batch, linger, snapshotEvery, keepResults, keep);
    }

    /** The same with the classes' bounds of another, which are read at the start only. */
    public StoreSettings keeping(KeepSettings other) {
        return new StoreSettings(
                file, keepReadings, readingBytes, queue, batch, linger, snapshotEvery, keepResults, other);
    }

    public static StoreSettings of(Path file) {
        return new StoreSettings(
                file,
                Duration.ofDays(7),
                512L << 20,
                10_000,
                2_000,
                Duration.ofMillis(10),
                Duration.ofSeconds(60),
                Duration.ofDays(730),
                KeepSettings.standard());
    }
}
