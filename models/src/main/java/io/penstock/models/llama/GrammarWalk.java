package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One answer's way through its grammar. llama.cpp's own grammar is asked, but only about tokens that come into question:
 * first the most probable one, then the most probable few, and the whole vocabulary only when it refuses all of these. What
 * comes out is the most probable token that is allowed, as if all had been asked.
 *
 * <p>Accepting a token the grammar forbids ends the process: every token is held against it before.
 */
final class GrammarWalk implements AutoCloseable {
    /** llama_token_data: id, logit, probability. */
    private static final long DATA_BYTES = 12;

    private static final int FEW = 48;
    private static final int MOST_FORCED_BYTES = 64;

    private final LlamaModel model;
    private final LlamaLibrary library;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment grammar;
    /** llama_token_data_array: data, size, selected, sorted. */
    private final MemorySegment array;

    private final MemorySegment data;

    /**
     * What must come next whatever the model thinks.
     *
     * @param tokens accepted already
     * @param ended whether the grammar allows nothing after them but the end
     */
    record Forced(int[] tokens, boolean ended) {}

    /** The beginning of a GBNF grammar with a rule {@code root}. */
    GrammarWalk(LlamaModel model, String gbnf) throws LlamaFailure {
        this.model = model;
        library = model.library();
        try (Arena call = Arena.ofConfined()) {
            model.log().drain();
            grammar = (MemorySegment) library.samplerInitGrammar.invokeExact(
                    model.vocabPointer(), call.allocateFrom(gbnf), call.allocateFrom("root"));
            if (grammar.equals(MemorySegment.NULL)) {
                throw new LlamaFailure(
                        "llama.cpp refuses the grammar: " + model.log().drain());
            }
        } catch (LlamaFailure e) {
            arena.close();
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
        data = arena.allocate(DATA_BYTES * model.vocabularySize(), 8);
        array = arena.allocate(32, 8);
        array.set(ADDRESS, 0, data);
    }

    /**
     * The most probable allowed token; it is not accepted yet.
     *
     * @param logits one float a token of the vocabulary
     */
    int choose(float[] logits) throws LlamaFailure {
        int best = mostProbable(logits);
        if (allows(best)) {
            return best;
        }
        int[] few = mostProbable(logits, Math.min(FEW, logits.length));
        for (int i = 0; i < few.length; i++) {
            put(i, few[i], logits[few[i]]);
        }
        int chosen = bestAllowed(few.length);
        if (chosen < 0) {
            for (int token = 0; token < logits.length; token++) {
                put(token, token, logits[token]);
            }
            chosen = bestAllowed(logits.length);
        }
        if (chosen < 0) {
            throw new LlamaFailure("no token of this model goes on with the grammar");
        }
        return chosen;
    }

    /** Goes on by a token that {@link #choose} gave. */
    void accept(int token) {
        accept(grammar, token);
    }

    /**
     * Goes on by what the grammar alone decides, in the words the model itself would cut it into. The last word is left to
     * the model, unless the text ends there: it may wish for a longer one.
     */
    Forced force(int most) {
        LlamaModel.SingleBytes bytes = model.singleBytes();
        if (bytes == null) {
            return new Forced(new int[0], false);
        }
        byte[] text = new byte[MOST_FORCED_BYTES];
        int length = 0;
        boolean ended = false;
        MemorySegment ahead = MemorySegment.NULL;
        try {
            while (length < MOST_FORCED_BYTES) {
                int only = onlyAllowed(length == 0 ? grammar : ahead, bytes.tokens());
                ended = only == bytes.end();
                if (only < 0 || ended || bytes.of(only) < 0) {
                    break;
                }
                if (length == 0) {
                    ahead = (MemorySegment) library.samplerClone.invokeExact(grammar);
                }
                accept(ahead, only);
                text[length++] = bytes.of(only);
            }
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        } finally {
            free(ahead);
        }
        return taken(text, length, ended, most);
    }

    private Forced taken(byte[] text, int length, boolean ended, int most) {
        if (length == 0) {
            return new Forced(new int[0], ended);
        }
        int[] words = model.tokens(new String(text, 0, length, java.nio.charset.StandardCharsets.US_ASCII));
        int wanted = Math.min(most, ended ? words.length : words.length - 1);
        int count = 0;
        while (count < wanted && allows(words[count])) {
            accept(grammar, words[count]);
            count++;
        }
        return new Forced(Arrays.copyOf(words, count), ended && count == words.length);
    }

    /** The single allowed one of these, or -1 when several are or none is. */
    private int onlyAllowed(MemorySegment walk, int[] tokens) {
        for (int i = 0; i < tokens.length; i++) {
            put(i, tokens[i], 0);
        }
        apply(walk, tokens.length);
        int only = -1;
        for (int i = 0; i < tokens.length; i++) {
            if (logit(i) == 0) {
                if (only >= 0) {
                    return -1;
                }
                only = tokens[i];
            }
        }
        return only;
    }

    boolean allows(int token) {
        put(0, token, 0);
        apply(grammar, 1);
        return logit(0) == 0;
    }

    /** Of the first {@code count} candidates, put in the vocabulary's order or the most probable first. */
    private int bestAllowed(int count) {
        apply(grammar, count);
        int best = -1;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            if (logit(i) > most) {
                most = logit(i);
                best = data.get(JAVA_INT, DATA_BYTES * i);
            }
        }
        return best;
    }

    /** The token of the greatest logit, of equal ones the lower number. */
    static int mostProbable(float[] logits) {
        int best = 0;
        for (int token = 1; token < logits.length; token++) {
            if (logits[token] > logits[best]) {
                best = token;
            }
        }
        return best;
    }

    /** The tokens of the greatest logits, greatest first, of equal ones the lower number first. */
    private static int[] mostProbable(float[] logits, int count) {
        int[] few = new int[count];
        int filled = 0;
        for (int token = 0; token < logits.length; token++) {
            float logit = logits[token];
            if (filled == count && logit <= logits[few[count - 1]]) {
                continue;
            }
            int at = filled < count ? filled++ : count - 1;
            while (at > 0 && logit > logits[few[at - 1]]) {
                few[at] = few[at - 1];
                at--;
            }
            few[at] = token;
        }
        return few;
    }

    private void put(int index, int token, float logit) {
        data.set(JAVA_INT, DATA_BYTES * index, token);
        data.set(JAVA_FLOAT, DATA_BYTES * index + 4, logit);
        data.set(JAVA_FLOAT, DATA_BYTES * index + 8, 0);
    }

    private float logit(int index) {
        return data.get(JAVA_FLOAT, DATA_BYTES * index + 4);
    }

    /** What is forbidden gets the logit minus infinity. */
    private void apply(MemorySegment walk, int count) {
        array.set(JAVA_LONG, 8, count);
        array.set(JAVA_LONG, 16, -1);
        array.set(JAVA_BYTE, 24, (byte) 0);
        try {
            library.samplerApply.invokeExact(walk, array);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    private void accept(MemorySegment walk, int token) {
        try {
            library.samplerAccept.invokeExact(walk, token);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    private void free(MemorySegment walk) {
        if (!walk.equals(MemorySegment.NULL)) {
            try {
                library.samplerFree.invokeExact(walk);
            } catch (Throwable e) {
                throw LlamaLibrary.bug(e);
            }
        }
    }

    @Override
    public void close() {
        free(grammar);
        arena.close();
    }
}
