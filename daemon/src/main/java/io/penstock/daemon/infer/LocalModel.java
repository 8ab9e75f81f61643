package io.penstock.daemon.infer;

import io.penstock.models.manifest.ModelManifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A language model of this machine: the general one that {@code [infer]} names by itself, or an {@code [[infer.expert]]}.
 *
 * @param name of the catalogue; with a file of the site's own, any
 * @param roles it fills: roles of routes ("vibration", "general", ...) or routes' names
 * @param file a GGUF file of the site's own instead of the catalogue's
 * @param sha256 of that file; must be given with it
 * @param template how that file's model wants to be spoken to
 * @param memoryMiB resident memory its process may use; 0 takes the catalogue's
 * @param threads for generation
 * @param pinned started with the gateway, and kept whoever else wants its room
 * @param adapters that make other experts of it
 */
public record LocalModel(
        String name,
        List<String> roles,
        @Nullable String file,
        @Nullable String sha256,
        ModelManifest.Template template,
        int memoryMiB,
        int threads,
        boolean pinned,
        List<LoraAdapter> adapters) {
    public LocalModel {
        roles = List.copyOf(roles);
        adapters = List.copyOf(adapters);
    }

    /**
     * A LoRA adapter on the model.
     *
     * @param roles it fills instead of the base
     */
    public record LoraAdapter(String name, List<String> roles, String file, String sha256) {
        public LoraAdapter {
            roles = List.copyOf(roles);
        }
    }

    /** Another model of the catalogue in its place: the adapters are the old one's, and the memory's bound is its own. */
    public LocalModel replacedBy(String other) {
        return new LocalModel(other, roles, null, null, template, 0, threads, pinned, List.of());
    }

    /** What the base together with this adapter is called. */
    public String nameOf(LoraAdapter adapter) {
        return name + "+" + adapter.name();
    }
}
