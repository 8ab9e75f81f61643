package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A loaded model and its vocabulary. Lives as long as the process. */
final class LlamaModel {
    private static final int PIECE_BYTES = 256;

    private final LlamaLibrary library;
    private final NativeLog log;
    private final MemorySegment model;
    private final MemorySegment vocab;
    private final boolean startsWithBos;

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
        java.util.stream.IntStream.Builder all = java.util.stream.IntStream.builder();
        boolean first = start && startsWithBos;
        for (ChatLayout.Piece piece : pieces) {
            int[] tokens = tokens(piece.text(), first, piece.control());
            if (piece.control() && tokens.length - (first ? 1 : 0) != 1) {
                throw new LlamaFailure("this model has no token " + piece.text()
                        + ": its template is not chatml; set template = \"plain\"");
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
