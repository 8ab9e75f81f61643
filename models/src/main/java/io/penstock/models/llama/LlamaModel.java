package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A loaded model and its vocabulary. Lives as long as the process. */
final class LlamaModel {
    private static final int PIECE_BYTES = 256;
    /** All bytes a UTF-8 text can hold but NUL. */
    private static final Set<Integer> UTF8_BYTES = IntStream.concat(
                    IntStream.range(0x01, 0xc0), IntStream.range(0xc2, 0xf5))
            .boxed()
            .collect(Collectors.toUnmodifiableSet());

    private final LlamaLibrary library;
    private final NativeLog log;
    private final MemorySegment model;
    private final MemorySegment vocab;
    private final boolean startsWithBos;
    private @Nullable SingleBytes singleBytes;
    private boolean singleBytesSought;

    LlamaModel(LlamaLibrary library, NativeLog log, Path file) throws LlamaFailure {
        this.library = library;
        this.log = log;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = library.modelDefaults(arena);
            log.drain();
            model = (MemorySegment) library.modelLoadFromFile.invokeExact(arena.allocateFrom(file.toString()), params);
            if (model.equals(MemorySegment.NULL)) {
                throw new LlamaFailure("llama.cpp refuses model file " + file + ": " + log.drain());
            }
            vocab = (MemorySegment) library.modelGetVocab.invokeExact(model);
            startsWithBos = (boolean) library.vocabGetAddBos.invokeExact(vocab);
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    MemorySegment pointer() {
        return model;
    }

    MemorySegment vocabPointer() {
        return vocab;
    }

    LlamaLibrary library() {
        return library;
    }

    NativeLog log() {
        return log;
    }

    int vocabularySize() {
        try {
            return (int) library.vocabNTokens.invokeExact(vocab);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    int trainedContextTokens() {
        try {
            return (int) library.modelNCtxTrain.invokeExact(model);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    boolean isEnd(int token) {
        try {
            return (boolean) library.vocabIsEog.invokeExact(vocab, token);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** Tokens of the pieces one after the other, with the model's own start token first where it wants one. */
    int[] tokens(List<ChatLayout.Piece> pieces, boolean start) throws LlamaFailure {
        IntStream.Builder all = IntStream.builder();
        boolean first = start && startsWithBos;
        for (ChatLayout.Piece piece : pieces) {
            int[] tokens = tokens(piece.text(), first, piece.control());
            if (piece.control() && tokens.length - (first ? 1 : 0) != 1) {
                throw new LlamaFailure("this model has no token " + piece.text()
                        + ": its template is another one; set template = \"plain\"");
            }
            for (int token : tokens) {
                all.add(token);
            }
            first = false;
        }
        return all.build().toArray();
    }

    /** Tokens of a plain text. */
    int[] tokens(String text) {
        return tokens(text, false, false);
    }

    private int[] tokens(String text, boolean addSpecial, boolean parseSpecial) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment bytes = arena.allocate(utf8.length + 1L);
            MemorySegment.copy(utf8, 0, bytes, JAVA_BYTE, 0, utf8.length);
            int room = utf8.length + 8;
            MemorySegment out = arena.allocate(JAVA_INT, room);
            int count =
                    (int) library.tokenize.invokeExact(vocab, bytes, utf8.length, out, room, addSpecial, parseSpecial);
            if (count < 0) {
                throw new IllegalStateException("llama_tokenize wants room for " + -count + " tokens, given " + room);
            }
            return out.asSlice(0, 4L * count).toArray(JAVA_INT);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /**
     * The tokens that stand for one byte, and one that ends a text.
     *
     * @param tokens of them all, the end last
     * @param bytes what each but the end stands for
     */
    record SingleBytes(int[] tokens, byte[] bytes) {
        int end() {
            return tokens[tokens.length - 1];
        }

        /** The byte of a token of {@link #tokens}; below 0 where it is no ASCII. */
        byte of(int token) {
            for (int i = 0; i < bytes.length; i++) {
                if (tokens[i] == token) {
                    return bytes[i];
                }
            }
            return -1;
        }
    }

    /** Null where this vocabulary cannot spell every text byte by byte. */
    @Nullable
    SingleBytes singleBytes() {
        if (!singleBytesSought) {
            singleBytesSought = true;
            singleBytes = seekSingleBytes();
        }
        return singleBytes;
    }

    private @Nullable SingleBytes seekSingleBytes() {
        int[] tokenOf = new int[256];
        Arrays.fill(tokenOf, -1);
        int end = -1;
        int count = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(PIECE_BYTES);
            int size = vocabularySize();
            for (int token = 0; token < size; token++) {
                int length = (int) library.tokenToPiece.invokeExact(vocab, token, out, PIECE_BYTES, 0, false);
                if (length == 1 && tokenOf[out.get(JAVA_BYTE, 0) & 0xff] < 0 && !isEnd(token)) {
                    tokenOf[out.get(JAVA_BYTE, 0) & 0xff] = token;
                    count++;
                } else if (end < 0 && isEnd(token)) {
                    end = token;
                }
            }
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
        int[] tokens = new int[count + 1];
        byte[] bytes = new byte[count];
        int filled = 0;
        for (int value = 0; value < 256; value++) {
            if (tokenOf[value] >= 0) {
                tokens[filled] = tokenOf[value];
                bytes[filled++] = (byte) value;
            } else if (UTF8_BYTES.contains(value)) {
                return null;
            }
        }
        tokens[count] = end;
        return end < 0 ? null : new SingleBytes(tokens, bytes);
    }

    /** Appends the token's bytes; a character may be spread over several tokens. */
    void append(int token, ByteArrayOutputStream text, Arena arena) {
        try {
            MemorySegment out = arena.allocate(PIECE_BYTES);
            int length = (int) library.tokenToPiece.invokeExact(vocab, token, out, PIECE_BYTES, 0, false);
            if (length > 0) {
                text.writeBytes(out.asSlice(0, length).toArray(JAVA_BYTE));
            }
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }
}
