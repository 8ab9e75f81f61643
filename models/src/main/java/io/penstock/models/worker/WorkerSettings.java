package io.penstock.models.worker;

import java.time.Duration;

/**
 * How a worker is run.
 *
 * @param deadline for callers that state none of their own
 * @param loadDeadline how long checking and loading a model may take
 * @param threads compute threads for writing, one token at a time
 * @param threadsBatch compute threads for reading a prompt
 * @param memoryMiB resident memory after which the process is killed; 0 takes the manifest's
 * @param contextTokens room for prompt and answer; 0 takes the manifest's
 * @param backOffMin pause before the second restart in a row, the first comes at once; doubles with each further one
 * @param backOffMax longest pause
 * @param pinned whether it keeps its room in a memory budget, whoever else wants it
 * @param niceness 0 (as we) to 19 (last)
 * @param classPath of the process; empty takes our own
 */
public record WorkerSettings(
        Duration deadline,
        Duration loadDeadline,
        int threads,
        int threadsBatch,
        int memoryMiB,
        int contextTokens,
        Duration backOffMin,
        Duration backOffMax,
        boolean pinned,
        int niceness,
        String classPath) {
    public WorkerSettings {
        positive("deadline", deadline);
        positive("load_deadline", loadDeadline);
        positive("back_off_min", backOffMin);
        within("threads", threads, 1, 256);
        within("threads_batch", threadsBatch, 1, 256);
        within("memory_mib", memoryMiB, 0, 1 << 20);
        within("context_tokens", contextTokens, 0, io.penstock.models.manifest.ModelManifest.MAX_CONTEXT_TOKENS);
        within("niceness", niceness, 0, 19);
        if (backOffMax.compareTo(backOffMin) < 0) {
            throw new IllegalArgumentException(
                    "back_off_max is " + backOffMax + ", expected at least back_off_min, " + backOffMin);
        }
    }

    /**
     * Half the processors, at most four, so that on two there is one thread. llama.cpp's threads wait for each other
     * spinning: with two threads on two busy processors (load 15) scoring took 4-11 s and 28 written tokens 36-54 s, with
     * one thread 0.7-1.2 s and 1.0-1.7 s. Idle, two threads are only about twice as fast as one.
     */
    public static WorkerSettings defaults() {
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);
        return new WorkerSettings(
                Duration.ofSeconds(20),
                Duration.ofMinutes(2),
                threads,
                threads,
                0,
                0,
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                false,
                5,
                "");
    }

    /** The same with other pauses between restarts. */
    public WorkerSettings withBackOff(Duration min, Duration max) {
        return new WorkerSettings(
                deadline,
                loadDeadline,
                threads,
                threadsBatch,
                memoryMiB,
                contextTokens,
                min,
                max,
                pinned,
                niceness,
                classPath);
    }

    /** The same with other bounds: MiB of resident memory and tokens of context, 0 takes the manifest's. */
    public WorkerSettings withBounds(int newMemoryMiB, int newContextTokens) {
        return new WorkerSettings(
                deadline,
                loadDeadline,
                threads,
                threadsBatch,
                newMemoryMiB,
                newContextTokens,
                backOffMin,
                backOffMax,
                pinned,
                niceness,
                classPath);
    }

    /** The same with other numbers of compute threads. */
    public WorkerSettings withThreads(int newThreads, int newThreadsBatch) {
        return new WorkerSettings(
                deadline,
                loadDeadline,
                newThreads,
                newThreadsBatch,
                memoryMiB,
                contextTokens,
                backOffMin,
                backOffMax,
                pinned,
                niceness,
                classPath);
    }

    /** The same, keeping its room or not. */
    public WorkerSettings withPinned(boolean newPinned) {
        return new WorkerSettings(
                deadline,
                loadDeadline,
                threads,
                threadsBatch,
                memoryMiB,
                contextTokens,
                backOffMin,
                backOffMax,
                newPinned,
                niceness,
                classPath);
    }

    private static void positive(String key, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(key + " is " + value + ", expected more than nothing");
        }
    }

    private static void within(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(key + " is " + value + ", expected " + least + " to " + most);
        }
    }
}
