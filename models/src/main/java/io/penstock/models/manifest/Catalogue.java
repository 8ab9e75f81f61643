package io.penstock.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The models we ship a manifest for. A new model is a new file and a line in {@link #FILES}. */
public record Catalogue(List<ModelManifest> manifests) {
    /** The language model of tests and demonstration. */
    public static final String DEFAULT_LANGUAGE_MODEL = "smollm2-135m-instruct-q4_1";
    /** The embedder of the router. */
    public static final String DEFAULT_EMBEDDER = "bge-small-en-v1.5-int8";

    private static final List<String> FILES = List.of(
            "smollm2-135m-instruct-q4_1.toml",
            "smollm2-360m-instruct-q8_0.toml",
            "smollm2-1.7b-instruct-q4_k_m.toml",
            "qwen2.5-1.5b-instruct-q4_k_m.toml",
            "phi-4-mini-instruct-q4_k_m.toml",
            "llama-3.1-8b-instruct-q4_k_m.toml",
            "bge-small-en-v1.5-int8.toml",
            "llama-natives-linux-x64.toml",
            "llama-natives-linux-arm64.toml",
            "onnxruntime-natives-linux-x64.toml",
            "onnxruntime-natives-linux-arm64.toml");

    public Catalogue {
        manifests = List.copyOf(manifests);
    }

    /** The manifests inside this module. */
    public static Catalogue builtIn() {
        return new Catalogue(FILES.stream().map(Catalogue::load).toList());
    }

    /** The same with others, which stand for those of the same name. */
    public Catalogue with(List<ModelManifest> others) {
        List<ModelManifest> all = new ArrayList<>(manifests);
        for (ModelManifest other : others) {
            all.removeIf(manifest -> manifest.name().equals(other.name()));
            all.add(other);
        }
        return new Catalogue(all);
    }

    /** The manifest of that name. */
    public Optional<ModelManifest> byName(String name) {
        return manifests.stream()
                .filter(manifest -> manifest.name().equals(name))
                .findFirst();
    }

    /**
     * The shared libraries a model of that format needs on this machine.
     *
     * @throws IllegalStateException on a processor we have no libraries for
     */
    public ModelManifest nativesFor(ModelManifest.Format format) {
        String architecture = System.getProperty("os.arch", "");
        String suffix = switch (architecture) {
            case "amd64", "x86_64" -> "linux-x64";
            case "aarch64", "arm64" -> "linux-arm64";
            default ->
                throw new IllegalStateException("no native libraries for processor " + architecture
                        + "; Penstock runs models on x86_64 and aarch64");
        };
        String name = switch (format) {
            case GGUF -> "llama-natives-" + suffix;
            case ONNX -> "onnxruntime-natives-" + suffix;
            case NATIVES -> throw new IllegalArgumentException("native libraries need no others");
        };
        return byName(name).orElseThrow(() -> new IllegalStateException("the catalogue lacks " + name));
    }

    /** What must be installed to run the default models on this machine. */
    public List<ModelManifest> defaults() {
        return List.of(
                nativesFor(ModelManifest.Format.GGUF),
                byName(DEFAULT_LANGUAGE_MODEL).orElseThrow(),
                nativesFor(ModelManifest.Format.ONNX),
                byName(DEFAULT_EMBEDDER).orElseThrow());
    }

    private static ModelManifest load(String file) {
        try (InputStream in = Catalogue.class.getResourceAsStream("/io/penstock/models/manifests/" + file)) {
            if (in == null) {
                throw new IllegalStateException("manifest " + file + " is not in this build");
            }
            return ModelManifest.read(in, file);
        } catch (IOException e) {
            throw new UncheckedIOException("manifest " + file, e);
        }
    }
}
