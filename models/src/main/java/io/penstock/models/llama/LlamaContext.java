package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One llama context: key-value cells whose sequence 0 begins with a kept prefix, read in at most two steps: the instruction, and a
 * question of which several things are asked. Every answer leaves these cells as it found them, so equal questions meet
 * equal layouts and give equal numbers, whether the prefix was kept or not.
 */
final class LlamaContext {
    /** Tokens the library takes in one call; a longer batch aborts the process. */
    static final int BATCH_TOKENS = 1024;

    private static final int DECODE_ABORTED = 2;

    private final LlamaModel model;
    private final LlamaLibrary library;
    private final MemorySegment context;
    private final MemorySegment memory;
    private final int contextTokens;
    private final float[] logitsRow;
    private volatile long deadlineNanos = Long.MAX_VALUE;
    private final AtomicLong steps = new AtomicLong();
    private int[] kept = {};
    private int[] keptQuestion = {};

    LlamaContext(LlamaModel model, int contextTokens, int sequences, int threads, int threadsBatch)
            throws LlamaFailure {
        this.model = model;
        this.library = model.library();
        this.logitsRow = new float[model.vocabularySize()];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = library.contextDefaults(arena);
            params.set(JAVA_INT, 0, contextTokens); // n_ctx
            params.set(JAVA_INT, 4, BATCH_TOKENS); // n_batch
            params.set(JAVA_INT, 8, 512); // n_ubatch
            params.set(JAVA_INT, 12, sequences); // n_seq_max
            params.set(JAVA_INT, 28, threads); // n_threads
            params.set(JAVA_INT, 32, threadsBatch); // n_threads_batch
            params.set(JAVA_BYTE, 130, (byte) 1); // no_perf
            params.set(JAVA_BYTE, 133, (byte) 1); // kv_unified: a prefix can be shared by copying
            model.log().drain();
            context = (MemorySegment) library.initFromModel.invokeExact(model.pointer(), params);
            if (context.equals(MemorySegment.NULL)) {
                throw new LlamaFailure("no context of " + contextTokens + " tokens: "
                        + model.log().drain() + "; ask for fewer context_tokens");
            }
            int got = (int) library.nCtx.invokeExact(context);
            int sequencesGot = (int) library.nSeqMax.invokeExact(context);
            if (got < contextTokens || sequencesGot != sequences) {
                throw new LlamaFailure("asked for " + contextTokens + " tokens and " + sequences
                        + " sequences, got " + got + " and " + sequencesGot
                        + ": the library reads our parameters otherwise; install the pinned natives again");
            }
            this.contextTokens = contextTokens;
            memory = (MemorySegment) library.getMemory.invokeExact(context);
            MemorySegment stub = Linker.nativeLinker()
                    .upcallStub(
                            MethodHandles.lookup()
                                    .findVirtual(
                                            LlamaContext.class,
                                            "overdue",
                                            MethodType.methodType(boolean.class, MemorySegment.class))
                                    .bindTo(this),
                            FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS),
                            Arena.global());
            library.setAbortCallback.invokeExact(context, stub, MemorySegment.NULL);
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    int contextTokens() {
        return contextTokens;
    }

    /** Called by the library between two steps of a computation. */
    @SuppressWarnings("unused")
    boolean overdue(MemorySegment userData) {
        steps.incrementAndGet();
        return System.nanoTime() - deadlineNanos > 0;
    }

    /** Of all computations until now; from any thread. */
    long steps() {
        return steps.get();
    }

    /** Goes on with this adapter; cells that another one filled are forgotten. */
    void use(LoraAdapters adapters, String name) throws LlamaFailure {
        if (adapters.use(name, context)) {
            clear();
        }
    }

    /** From now on work stops at this {@link System#nanoTime}. */
    void until(long nanos) {
        deadlineNanos = nanos;
    }

    void stopIfOverdue() throws OverBudget {
        if (overdue(MemorySegment.NULL)) {
            throw new OverBudget();
        }
    }

    /**
     * Makes sequence 0 hold exactly this prefix.
     *
     * @param question nothing, or what is read in a step of its own after the instruction
     * @return how many of its tokens were there already: of each step all or none, so that the layout is always the same
     */
    int keepPrefix(int[] instruction, int[] question) throws OverBudget, LlamaFailure {
        int reused = instruction.length;
        if (!Arrays.equals(kept, instruction)) {
            clear();
            decodeAll(instruction, 0, instruction.length, 0, false);
            kept = instruction.clone();
            reused = 0;
        } else if (Arrays.equals(keptQuestion, question)) {
            return reused + question.length;
        }
        keptQuestion = new int[0];
        removeFrom(0, kept.length);
        if (question.length > 0) {
            decodeAll(question, 0, question.length, kept.length, false);
            keptQuestion = question.clone();
        }
        return reused;
    }

    private int keptTokens() {
        return kept.length + keptQuestion.length;
    }

    /** Forgets everything after the prefix, in all sequences. */
    void backToPrefix(int sequences) {
        for (int sequence = 1; sequence < sequences; sequence++) {
            removeFrom(sequence, -1);
        }
        removeFrom(0, keptTokens());
    }

    /** Forgets everything. */
    void clear() {
        kept = new int[0];
        keptQuestion = new int[0];
        try {
            library.memoryClear.invokeExact(memory, true);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    private void removeFrom(int sequence, int position) {
        try {
            boolean removed = (boolean) library.memorySeqRm.invokeExact(memory, sequence, position, -1);
            if (!removed) {
                clear();
            }
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** Lets another sequence share all cells of sequence 0. */
    void shareWith(int sequence) {
        try {
            library.memorySeqCp.invokeExact(memory, 0, sequence, -1, -1);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** Decodes tokens on sequence 0 in chunks the library takes; the last one's logits on demand. */
    void decodeAll(int[] tokens, int from, int to, int firstPosition, boolean lastLogits)
            throws OverBudget, LlamaFailure {
        for (int start = from; start < to; start += BATCH_TOKENS) {
            int end = Math.min(to, start + BATCH_TOKENS);
            try (Arena arena = Arena.ofConfined()) {
                Batch batch = new Batch(arena, end - start, 1);
                for (int i = start; i < end; i++) {
                    batch.add(tokens[i], firstPosition + i - from, lastLogits && i == to - 1, 0);
                }
                decode(batch);
            }
        }
    }

    void decode(Batch batch) throws OverBudget, LlamaFailure {
        stopIfOverdue();
        int result;
        try {
            model.log().drain();
            result = (int) library.decode.invokeExact(context, batch.struct());
            library.synchronize.invokeExact(context);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
        if (result == 0) {
            return;
        }
        clear();
        if (result == DECODE_ABORTED) {
            throw new OverBudget();
        }
        throw new LlamaFailure("llama_decode returned " + result + " for a batch of " + batch.size() + " tokens: "
                + model.log().drain());
    }

    /**
     * The logits of a batch's row, valid until the next call.
     *
     * @param row -1 for the last
     * @return one a token of the vocabulary
     */
    float[] logits(int row) throws LlamaFailure {
        try {
            MemorySegment logits = (MemorySegment) library.getLogitsIth.invokeExact(context, row);
            if (logits.equals(MemorySegment.NULL)) {
                throw new LlamaFailure("llama.cpp has no logits for row " + row + ": "
                        + model.log().drain());
            }
            MemorySegment.copy(
                    logits.reinterpret((long) logitsRow.length * JAVA_FLOAT.byteSize()),
                    JAVA_FLOAT,
                    0,
                    logitsRow,
                    0,
                    logitsRow.length);
            return logitsRow;
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** A llama_batch: for each token its position, its sequences, and whether its logits are wanted. */
    static final class Batch {
        private final MemorySegment struct;
        private final MemorySegment tokens;
        private final MemorySegment positions;
        private final MemorySegment sequenceCounts;
        private final MemorySegment sequenceLists;
        private final MemorySegment sequenceIds;
        private final MemorySegment wanted;
        private final int capacity;
        private final int sequencesEach;
        private int size;

        Batch(Arena arena, int capacity, int sequencesEach) {
            if (capacity < 1 || capacity > BATCH_TOKENS) {
                throw new IllegalArgumentException("a batch of " + capacity + " tokens");
            }
            this.capacity = capacity;
            this.sequencesEach = sequencesEach;
            tokens = arena.allocate(JAVA_INT, capacity);
            positions = arena.allocate(JAVA_INT, capacity);
            sequenceCounts = arena.allocate(JAVA_INT, capacity);
            sequenceLists = arena.allocate(ADDRESS, capacity);
            sequenceIds = arena.allocate(JAVA_INT, (long) capacity * sequencesEach);
            wanted = arena.allocate(JAVA_BYTE, capacity);
            struct = arena.allocate(LlamaLibrary.BATCH);
            struct.set(ADDRESS, 8, tokens);
            struct.set(ADDRESS, 24, positions);
            struct.set(ADDRESS, 32, sequenceCounts);
            struct.set(ADDRESS, 40, sequenceLists);
            struct.set(ADDRESS, 48, wanted);
        }

        /** Adds a token that belongs to these sequences; returns its row. */
        int add(int token, int position, boolean logits, int... sequences) {
            if (size == capacity || sequences.length > sequencesEach) {
                throw new IllegalStateException("batch is full");
            }
            int row = size++;
            tokens.setAtIndex(JAVA_INT, row, token);
            positions.setAtIndex(JAVA_INT, row, position);
            sequenceCounts.setAtIndex(JAVA_INT, row, sequences.length);
            long first = (long) row * sequencesEach;
            for (int i = 0; i < sequences.length; i++) {
                sequenceIds.setAtIndex(JAVA_INT, first + i, sequences[i]);
            }
            sequenceLists.setAtIndex(ADDRESS, row, sequenceIds.asSlice(first * JAVA_INT.byteSize()));
            wanted.set(JAVA_BYTE, row, (byte) (logits ? 1 : 0));
            struct.set(JAVA_INT, 0, size);
            return row;
        }

        int size() {
            return size;
        }

        MemorySegment struct() {
            return struct;
        }
    }
}
