package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The C functions we call, with llama.h's own names and types, of llama.cpp 0.5.0 exactly. Structs are opaque rows of
 * 8-byte words with known offsets; {@link #checkLayouts} compares what the library's own default functions return with
 * what that release returns, so another release is refused before it can misread us.
 */
final class LlamaLibrary {
    static final String FILE = "libllama.v0.5.0.so";

    static final StructLayout MODEL_PARAMS = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, JAVA_LONG));
    static final StructLayout CONTEXT_PARAMS = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(20, JAVA_LONG));
    static final StructLayout BATCH = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(7, JAVA_LONG));

    /** llama_model_default_params() of 0.5.0 as 32-bit words. */
    private static final int[] MODEL_DEFAULTS = {0, 0, 0, 0, -1, 1, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65536, 0};
    /** llama_context_default_params() of 0.5.0 as 32-bit words. */
    private static final int[] CONTEXT_DEFAULTS = {
        512,
        2048,
        512,
        1,
        0,
        0,
        1,
        4,
        4,
        0,
        -1,
        -1,
        -1,
        -1,
        0,
        0,
        -1082130432,
        -1082130432,
        -1082130432,
        -1082130432,
        0,
        -1082130432,
        0,
        0,
        0,
        0,
        1,
        1,
        0,
        0,
        0,
        0,
        16843008,
        1,
        0,
        0,
        0,
        0,
        0,
        0
    };

    private static final Linker LINKER = Linker.nativeLinker();

    private final SymbolLookup symbols;

    final MethodHandle ggmlBackendLoadAllFromPath;
    final MethodHandle ggmlBackendDevCount;
    final MethodHandle backendInit;
    final MethodHandle logSet;
    final MethodHandle printSystemInfo;
    final MethodHandle modelDefaultParams;
    final MethodHandle modelLoadFromFile;
    final MethodHandle modelGetVocab;
    final MethodHandle modelNCtxTrain;
    final MethodHandle vocabNTokens;
    final MethodHandle vocabIsEog;
    final MethodHandle vocabGetAddBos;
    final MethodHandle tokenize;
    final MethodHandle tokenToPiece;
    final MethodHandle contextDefaultParams;
    final MethodHandle initFromModel;
    final MethodHandle adapterLoraInit;
    final MethodHandle setAdaptersLora;
    final MethodHandle nCtx;
    final MethodHandle nSeqMax;
    final MethodHandle decode;
    final MethodHandle synchronize;
    final MethodHandle getLogitsIth;
    final MethodHandle setAbortCallback;
    final MethodHandle getMemory;
    final MethodHandle memoryClear;
    final MethodHandle memorySeqRm;
    final MethodHandle memorySeqCp;
    final MethodHandle samplerInitGrammar;
    final MethodHandle samplerApply;
    final MethodHandle samplerAccept;
    final MethodHandle samplerClone;
    final MethodHandle samplerFree;

    /**
     * Opens the library; its folder's other libraries follow by its run path.
     *
     * @throws LlamaFailure when it cannot be opened or lacks a function
     */
    LlamaLibrary(Path folder) throws LlamaFailure {
        try {
            symbols = SymbolLookup.libraryLookup(folder.resolve(FILE), Arena.global());
        } catch (IllegalArgumentException e) {
            throw new LlamaFailure("opening " + folder.resolve(FILE) + " failed (" + e.getMessage()
                    + "); it needs glibc 2.34 or newer and libstdc++6");
        }
        ggmlBackendLoadAllFromPath = nothing("ggml_backend_load_all_from_path", ADDRESS);
        ggmlBackendDevCount = gives(JAVA_LONG, "ggml_backend_dev_count");
        backendInit = nothing("llama_backend_init");
        logSet = nothing("llama_log_set", ADDRESS, ADDRESS);
        printSystemInfo = gives(ADDRESS, "llama_print_system_info");
        modelDefaultParams = gives(MODEL_PARAMS, "llama_model_default_params");
        modelLoadFromFile = gives(ADDRESS, "llama_model_load_from_file", ADDRESS, MODEL_PARAMS);
        modelGetVocab = gives(ADDRESS, "llama_model_get_vocab", ADDRESS);
        modelNCtxTrain = gives(JAVA_INT, "llama_model_n_ctx_train", ADDRESS);
        vocabNTokens = gives(JAVA_INT, "llama_vocab_n_tokens", ADDRESS);
        vocabIsEog = gives(JAVA_BOOLEAN, "llama_vocab_is_eog", ADDRESS, JAVA_INT);
        vocabGetAddBos = gives(JAVA_BOOLEAN, "llama_vocab_get_add_bos", ADDRESS);
        tokenize = gives(
                JAVA_INT, "llama_tokenize", ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_BOOLEAN, JAVA_BOOLEAN);
        tokenToPiece =
                gives(JAVA_INT, "llama_token_to_piece", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_BOOLEAN);
        contextDefaultParams = gives(CONTEXT_PARAMS, "llama_context_default_params");
        initFromModel = gives(ADDRESS, "llama_init_from_model", ADDRESS, CONTEXT_PARAMS);
        adapterLoraInit = gives(ADDRESS, "llama_adapter_lora_init", ADDRESS, ADDRESS);
        setAdaptersLora = gives(JAVA_INT, "llama_set_adapters_lora", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        nCtx = gives(JAVA_INT, "llama_n_ctx", ADDRESS);
        nSeqMax = gives(JAVA_INT, "llama_n_seq_max", ADDRESS);
        decode = gives(JAVA_INT, "llama_decode", ADDRESS, BATCH);
        synchronize = nothing("llama_synchronize", ADDRESS);
        getLogitsIth = gives(ADDRESS, "llama_get_logits_ith", ADDRESS, JAVA_INT);
        setAbortCallback = nothing("llama_set_abort_callback", ADDRESS, ADDRESS, ADDRESS);
        getMemory = gives(ADDRESS, "llama_get_memory", ADDRESS);
        memoryClear = nothing("llama_memory_clear", ADDRESS, JAVA_BOOLEAN);
        memorySeqRm = gives(JAVA_BOOLEAN, "llama_memory_seq_rm", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
        memorySeqCp = nothing("llama_memory_seq_cp", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        samplerInitGrammar = gives(ADDRESS, "llama_sampler_init_grammar", ADDRESS, ADDRESS, ADDRESS);
        samplerApply = nothing("llama_sampler_apply", ADDRESS, ADDRESS);
        samplerAccept = nothing("llama_sampler_accept", ADDRESS, JAVA_INT);
        samplerClone = gives(ADDRESS, "llama_sampler_clone", ADDRESS);
        samplerFree = nothing("llama_sampler_free", ADDRESS);
    }

    /**
     * Compares the library's default parameters with those of the release we were written against.
     *
     * @throws LlamaFailure when a word differs: the layouts have moved
     */
    void checkLayouts() throws LlamaFailure {
        try (Arena arena = Arena.ofConfined()) {
            compare("llama_model_default_params", modelDefaults(arena), MODEL_DEFAULTS);
            compare("llama_context_default_params", contextDefaults(arena), CONTEXT_DEFAULTS);
        }
    }

    MemorySegment modelDefaults(Arena arena) {
        try {
            return (MemorySegment) modelDefaultParams.invokeExact((SegmentAllocator) arena);
        } catch (Throwable e) {
            throw bug(e);
        }
    }

    MemorySegment contextDefaults(Arena arena) {
        try {
            return (MemorySegment) contextDefaultParams.invokeExact((SegmentAllocator) arena);
        } catch (Throwable e) {
            throw bug(e);
        }
    }

    /** A downcall throws nothing of its own: what comes out is a wrong call of ours, or memory at its end. */
    static RuntimeException bug(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("calling llama.cpp", e);
    }

    private static void compare(String function, MemorySegment found, int[] expected) throws LlamaFailure {
        for (int i = 0; i < expected.length; i++) {
            int word = found.get(JAVA_INT, 4L * i);
            if (word != expected[i]) {
                throw new LlamaFailure(
                        function + " returns " + word + " at byte " + 4 * i + ", llama.cpp 0.5.0 returns " + expected[i]
                                + ": this is another release; install the pinned natives again");
            }
        }
    }

    /** A function that is wanted once in a while, and so bound by who wants it. */
    MethodHandle bound(String name, FunctionDescriptor signature) throws LlamaFailure {
        return handle(name, signature);
    }

    /** llama_model_quantize_default_params, into a buffer that is larger than the struct. */
    void quantizeDefaults(MemorySegment params) throws LlamaFailure {
        MethodHandle defaults = handle(
                "llama_model_quantize_default_params",
                FunctionDescriptor.of(MemoryLayout.structLayout(MemoryLayout.sequenceLayout(8, JAVA_LONG))));
        try (Arena arena = Arena.ofConfined()) {
            params.copyFrom((MemorySegment) defaults.invokeExact((SegmentAllocator) arena));
        } catch (Throwable e) {
            throw bug(e);
        }
    }

    private MethodHandle gives(MemoryLayout result, String name, MemoryLayout... arguments) throws LlamaFailure {
        return handle(name, FunctionDescriptor.of(result, arguments));
    }

    private MethodHandle nothing(String name, MemoryLayout... arguments) throws LlamaFailure {
        return handle(name, FunctionDescriptor.ofVoid(arguments));
    }

    private MethodHandle handle(String name, FunctionDescriptor signature) throws LlamaFailure {
        MemorySegment address = symbols.find(name).orElse(null);
        if (address == null) {
            throw new LlamaFailure(FILE + " has no function " + name + ": install the pinned natives again");
        }
        return LINKER.downcallHandle(address, signature);
    }
}
