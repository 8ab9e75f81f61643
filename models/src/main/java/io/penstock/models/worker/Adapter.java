package io.penstock.models.worker;

import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.store.Checksum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A LoRA adapter of a worker's model: small matrices that are added to the base's for one kind of question.
 *
 * @param name what a question names it by
 * @param file a GGUF file
 * @param sha256 what it must be
 */
public record Adapter(String name, Path file, String sha256) {
    /** The base alone. */
    static final String NONE = "";

    public Adapter {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an adapter needs a name");
        }
    }

    /**
     * Reads every byte: the header's rules first, then the checksum.
     *
     * @param base the architecture of the model it is for
     * @return one line that says what is wrong; empty when nothing is
     */
    Optional<String> objection(String base) {
        try {
            if (!Files.isRegularFile(file)) {
                return wrong("file " + file + " is missing; copy the right file there");
            }
            GgufHeader.readAdapter(file, base);
            String found = Checksum.sha256(file);
            return found.equals(sha256)
                    ? Optional.empty()
                    : wrong("sha256 of " + file + " is " + found + ", the configuration says " + sha256
                            + "; it is damaged or not this adapter: copy the right file there");
        } catch (GgufHeader.Broken broken) {
            return wrong(String.valueOf(broken.getMessage()));
        } catch (IOException e) {
            return wrong("reading " + file + " failed (" + e + "); check the disk and the file's permissions");
        }
    }

    private Optional<String> wrong(String what) {
        return Optional.of("adapter " + name + ": " + what);
    }
}
