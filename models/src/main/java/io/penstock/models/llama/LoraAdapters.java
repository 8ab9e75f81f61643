package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model's LoRA adapters, loaded before its context as llama.cpp wants it. At most one is in use; the base is there once, whatever
 * their number. Lives as long as the process.
 */
final class LoraAdapters {
    private final LlamaLibrary library;
    private final Map<String, MemorySegment> usable = new HashMap<>();
    private final Map<String, String> unusable = new LinkedHashMap<>();
    private String inUse = "";

    /** @param files by the adapter's name; one that the library refuses is left out, with its reason */
    LoraAdapters(LlamaModel model, Map<String, Path> files) {
        library = model.library();
        files.forEach((name, file) -> {
            try (Arena arena = Arena.ofConfined()) {
                model.log().drain();
                MemorySegment adapter = (MemorySegment)
                        library.adapterLoraInit.invokeExact(model.pointer(), arena.allocateFrom(file.toString()));
                if (adapter.equals(MemorySegment.NULL)) {
                    unusable.put(
                            name,
                            "llama.cpp refuses adapter file " + file + ": "
                                    + model.log().drain());
                } else {
                    usable.put(name, adapter);
                }
            } catch (Throwable e) {
                throw LlamaLibrary.bug(e);
            }
        });
    }

    /** Why adapters cannot be used, by name. */
    Map<String, String> unusable() {
        return Map.copyOf(unusable);
    }

    /**
     * Answers come through this adapter from now on.
     *
     * @param name empty for the base alone
     * @return whether that was another one before: what was computed is then worth nothing
     */
    boolean use(String name, MemorySegment context) throws LlamaFailure {
        if (name.equals(inUse)) {
            return false;
        }
        MemorySegment adapter = usable.get(name);
        if (adapter == null && !name.isEmpty()) {
            throw new LlamaFailure(unusable.getOrDefault(name, "this model has no adapter " + name));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(ADDRESS);
            one.set(ADDRESS, 0, adapter == null ? MemorySegment.NULL : adapter);
            MemorySegment scale = arena.allocateFrom(JAVA_FLOAT, 1f);
            int result = (int) library.setAdaptersLora.invokeExact(context, one, adapter == null ? 0L : 1L, scale);
            if (result != 0) {
                throw new LlamaFailure("llama_set_adapters_lora returned " + result + " for adapter " + name);
            }
        } catch (LlamaFailure e) {
            throw e;
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
        inUse = name;
        return true;
    }
}
