package io.penstock.daemon.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.store.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the configurations this store was run with: one JSON file beside the store, replaced as a whole by a rename, so
 * that a kill leaves the old one or the new one.
 *
 * @param good the last configuration that did well; null before the first start
 * @param trial the one that has been taken up and is not yet known to do well
 * @param rejected the one that was rolled back last
 */
public record KeptConfig(
        @Nullable Texts good,
        @Nullable Trial trial,
        @Nullable Rejected rejected) {
    private static final String FILE = "kept.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Nothing known. */
    public static final KeptConfig NONE = new KeptConfig(null, null, null);

    /**
     * A configuration as texts.
     *
     * @param file {@code penstock.toml}
     * @param texts by path
     */
    public record Texts(String file, Map<String, String> texts) {
        public static Texts of(Configuration configuration) {
            Map<String, String> texts = new HashMap<>();
            configuration.texts().forEach((path, text) -> texts.put(path.toString(), text));
            return new Texts(configuration.file().toString(), texts);
        }

        /** What they mean to this version. */
        public Configuration read() throws ConfigWrong, IOException {
            Map<Path, String> byPath = new HashMap<>();
            texts.forEach((path, text) -> byPath.put(Path.of(path), text));
            return ConfigFile.load(Path.of(file), byPath);
        }
    }

    /** @param awaited names of sources that ran before it and have not been seen to run with it */
    public record Trial(String fingerprint, List<String> awaited) {}

    public record Rejected(String fingerprint, String reason) {}

    /**
     * @param folder beside the store
     * @throws IOException when it is there and cannot be read, or is no such file
     */
    public static KeptConfig read(Path folder) throws IOException {
        try {
            KeptConfig kept = JSON.readValue(Files.readString(folder.resolve(FILE)), KeptConfig.class);
            return kept == null ? NONE : kept;
        } catch (NoSuchFileException e) {
            return NONE;
        } catch (JsonProcessingException e) {
            throw new IOException(folder.resolve(FILE) + " is no such file: " + e.getOriginalMessage(), e);
        }
    }

    /** When it has returned, it survives a power cut. */
    public void save(Path folder) throws IOException {
        WholeFile.put(folder.resolve(FILE), JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8));
    }
}
