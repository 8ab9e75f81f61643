package io.penstock.models.store;

/** Told how a pull goes on, a few times a second, on the puller's thread. */
@FunctionalInterface
public interface PullProgress {
    /** Tells nobody. */
    PullProgress SILENT = (model, bytes, total) -> {};

    /**
     * One step.
     *
     * @param model the manifest's name
     * @param bytes on disk so far
     * @param total expected in all
     */
    void at(String model, long bytes, long total);
}
