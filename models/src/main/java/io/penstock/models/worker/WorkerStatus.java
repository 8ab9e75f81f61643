package io.penstock.models.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How a worker stands, for people.
 *
 * @param model the manifest's name
 * @param sha256 of the model file as computed before the last start; empty before the first
 * @param state what it is doing
 * @param pid of its process, 0 without one
 * @param starts processes started so far
 * @param deaths of them, ended without being asked to (killed at a deadline or over memory included)
 * @param evictions of them, ended to give another worker its room
 * @param waiting questions that wait for their turn
 * @param pinned whether it keeps its room
 * @param load time from start to ready, of the last start
 * @param residentMiB memory of the process as last seen, 0 without one
 * @param boundMiB memory after which it is killed
 * @param device what computes, as the runtime names it
 * @param notBefore earliest next start, while waiting
 * @param problem the last one, and those of its adapters, in one line; empty when there was none
 */
public record WorkerStatus(
        String model,
        String sha256,
        State state,
        long pid,
        int starts,
        int deaths,
        int evictions,
        int waiting,
        boolean pinned,
        Duration load,
        int residentMiB,
        int boundMiB,
        String device,
        Optional<Instant> notBefore,
        String problem) {
    /** What a worker is doing. */
    public enum State {
        /** No process yet; the first question or {@code start} makes one. */
        STOPPED,
        /** Checksums are computed, then the model is loaded. */
        STARTING,
        /** Ready. */
        RUNNING,
        /** Its process died; the next start waits. */
        WAITING,
        /** Its file is wrong. */
        REFUSED,
        CLOSED
    }
}
