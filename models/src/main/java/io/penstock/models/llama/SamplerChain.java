package io.penstock.models.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** A grammar, then the most probable token: one chain an answer. */
final class SamplerChain implements AutoCloseable {
    private final LlamaLibrary library;
    private final MemorySegment chain;

    /** A chain for a GBNF grammar with a rule {@code root}. */
    SamplerChain(LlamaModel model, String grammar) throws LlamaFailure {
        library = model.library();
        try (Arena arena = Arena.ofConfined()) {
            model.log().drain();
            MemorySegment grammarSampler = (MemorySegment) library.samplerInitGrammar.invokeExact(
                    model.vocabPointer(), arena.allocateFrom(grammar), arena.allocateFrom("root"));
            if (grammarSampler.equals(MemorySegment.NULL)) {
                throw new LlamaFailure(
                        "llama.cpp refuses the grammar: " + model.log().drain());
            }
            MemorySegment params =
                    (MemorySegment) library.samplerChainDefaultParams.invokeExact((SegmentAllocator) arena);
            chain = (MemorySegment) library.samplerChainInit.invokeExact(params);
            library.samplerChainAdd.invokeExact(chain, grammarSampler);
            MemorySegment greedy = (MemorySegment) library.samplerInitGreedy.invokeExact();
            library.samplerChainAdd.invokeExact(chain, greedy);
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    MemorySegment pointer() {
        return chain;
    }

    @Override
    public void close() {
        try {
            library.samplerFree.invokeExact(chain);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }
}
